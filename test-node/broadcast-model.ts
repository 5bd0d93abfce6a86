/** A broadcast as plain lists, and random programs that run on it and on the real one. */

import fc from 'fast-check'
import { BroadcastChannel, type BroadcastStrategy } from '../src/sync/broadcast.js'
import { ModelOp } from './channel-model.js'
import { flush, follow, Owner, show } from './sync-fixtures.js'

/** One line of a program. Subscribers and signals are numbers, taken modulo what there is. */
export type Command =
  | { readonly do: 'send'; readonly signal: boolean }
  | { readonly do: 'next' | 'leave'; readonly sub: number }
  | { readonly do: 'cancel'; readonly signal: number }
  | { readonly do: 'subscribe' | 'close' | 'abort' | 'flush' }

/** The broadcast of a program. */
export interface Setup {
  readonly capacity: number
  readonly strategy: BroadcastStrategy
  readonly replay: number
}

const sub = fc.nat(3)

/** All commands. */
export const commands: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('send' as const), signal: fc.boolean() }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('next' as const), sub }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('subscribe' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), sub }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), signal: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('close' as const, 'abort', 'flush', 'flush') }) },
)

/** Broadcasts of all kinds. */
export const setups: fc.Arbitrary<Setup> = fc
  .record({
    capacity: fc.constantFrom(0, 1, 2, Infinity),
    strategy: fc.constantFrom<BroadcastStrategy[]>('block', 'drop-oldest', 'drop-latest', 'error', 'lag'),
    replay: fc.constantFrom(0, 0, 1, 2),
  })
  .filter(({ capacity, replay }) => replay <= capacity)

interface ModelSubscriber {
  buffer: number[]
  readers: ModelOp[]
  skipped: number
  left: boolean
}

class Model {
  readonly subscribers: ModelSubscriber[] = []
  readonly ops: ModelOp[] = []
  readonly drops: number[] = []
  givers: { readonly op: ModelOp; readonly value: number }[] = []
  closed = false
  aborted = false
  #recent: number[] = []
  readonly #setup: Setup

  constructor(setup: Setup) {
    this.#setup = setup
  }

  get live(): ModelSubscriber[] {
    return this.subscribers.filter(({ left }) => !left)
  }

  subscribe(): void {
    this.subscribers.push({ buffer: [...this.#recent], readers: [], skipped: 0, left: false })
  }

  send(value: number): ModelOp {
    const op = this.#add()
    if (this.closed) op.settle('false')
    else if (this.aborted) op.settle('rejected Error: stop')
    else if (this.givers.length === 0 && this.#mayPublish()) {
      this.#publish(value)
      op.settle('true')
    } else if (this.#setup.strategy === 'error') op.settle('rejected ChannelFullError')
    else this.givers.push({ op, value })
    return op
  }

  next(subscriber: ModelSubscriber): ModelOp {
    const op = this.#add()
    const { buffer, skipped } = subscriber
    if (subscriber.left) op.settle(end)
    else if (this.aborted && !(this.closed && buffer.length === 0)) op.settle('rejected Error: stop')
    else if (skipped > 0) {
      op.settle(`rejected skipped ${skipped}`)
      subscriber.skipped = 0
    } else if (buffer.length > 0) {
      op.settle(item(buffer.shift() ?? Number.NaN))
      this.#relieve()
    } else if (this.closed) {
      op.settle(end)
      this.leave(subscriber)
    } else {
      subscriber.readers.push(op)
      this.#relieve()
    }
    return op
  }

  leave(subscriber: ModelSubscriber): void {
    subscriber.left = true
    for (const reader of subscriber.readers.splice(0)) reader.settle(end)
    this.#relieve()
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    for (const { op } of this.givers.splice(0)) op.settle('rejected ChannelClosedError')
    for (const it of this.live) if (it.buffer.length === 0 && it.skipped === 0) this.leave(it)
  }

  abort(): void {
    this.aborted = true
    this.givers = []
    for (const subscriber of this.subscribers) subscriber.readers = []
    for (const op of this.ops) if (op.pending) op.settle('rejected Error: stop')
  }

  cancel(op: ModelOp): void {
    if (!op.pending) return
    op.settle('rejected Error: cancel')
    this.givers = this.givers.filter((giver) => giver.op !== op)
  }

  #add(): ModelOp {
    const op = new ModelOp()
    this.ops.push(op)
    return op
  }

  #hasRoom({ buffer, readers }: ModelSubscriber): boolean {
    return readers.length > 0 || buffer.length < this.#setup.capacity
  }

  #mayPublish(): boolean {
    const all = this.#setup.strategy === 'block' || this.#setup.strategy === 'error'
    return !all || this.live.every((subscriber) => this.#hasRoom(subscriber))
  }

  #publish(value: number): void {
    for (const subscriber of this.live) {
      if (this.#hasRoom(subscriber)) {
        const reader = subscriber.readers.shift()
        if (reader === undefined) subscriber.buffer.push(value)
        else reader.settle(item(value))
        continue
      }
      const crowded = this.#setup.strategy !== 'drop-latest' && this.#setup.capacity > 0
      const victim = crowded ? (subscriber.buffer.shift() ?? Number.NaN) : value
      if (crowded) subscriber.buffer.push(value)
      if (this.#setup.strategy === 'lag') subscriber.skipped++
      else this.drops.push(victim)
    }
    this.#recent = this.#setup.replay === 0 ? [] : [...this.#recent, value].slice(-this.#setup.replay)
  }

  #relieve(): void {
    while (this.givers.length > 0 && this.#mayPublish()) {
      const { op, value } = this.givers.shift() as { op: ModelOp; value: number }
      op.settle('true')
      this.#publish(value)
    }
  }
}

/** Runs a program on both sides and compares them after each line and at the end. */
export async function check(setup: Setup, program: readonly Command[]): Promise<void> {
  const owner = new Owner()
  const model = new Model(setup)
  const drops: number[] = []
  const { capacity, strategy, replay } = setup
  const onDrop = (value: number): void => void drops.push(value)
  const real = new BroadcastChannel<number>(owner, { capacity, backpressure: strategy, replay, onDrop })
  const subscriptions: AsyncIterator<number, undefined>[] = []
  const outcomes: { readonly text: string }[] = []
  const signals: { readonly controller: AbortController; readonly op: ModelOp }[] = []
  let value = 0
  const step = async (command: Command): Promise<void> => {
    const at = 'sub' in command ? command.sub % subscriptions.length : 0
    const subscription = subscriptions[at]
    const subscriber = model.subscribers[at]
    if (command.do === 'flush') return flush()
    if (command.do === 'send') {
      const controller = command.signal ? new AbortController() : undefined
      outcomes.push(follow(real.send(++value, controller && { signal: controller.signal })))
      const op = model.send(value)
      if (controller !== undefined) signals.push({ controller, op })
    } else if (command.do === 'subscribe' && !model.closed) {
      subscriptions.push(real.subscribe())
      model.subscribe()
    } else if (command.do === 'close') {
      real.close()
      model.close()
    } else if (command.do === 'abort') {
      owner.cancel(new Error('stop'))
      model.abort()
    } else if (command.do === 'cancel') {
      const { controller, op } = signals[command.signal % signals.length] ?? {}
      controller?.abort(new Error('cancel'))
      if (op !== undefined) model.cancel(op)
    } else if (subscription !== undefined && subscriber !== undefined) {
      if (command.do === 'next') {
        outcomes.push(follow(subscription.next()))
        model.next(subscriber)
      } else if (!subscriber.left) {
        void subscription.return?.()
        model.leave(subscriber)
      }
    }
  }
  for (const command of program) {
    await step(command)
    same('subscriberCount', real.subscriberCount, model.live.length)
    same('drops', show(drops), show(model.drops))
  }
  await flush()
  for (const [at, op] of model.ops.entries()) same(`operation ${at}`, outcomes[at]?.text, op.text)
}

function item(value: number): string {
  return show({ value, done: false })
}

const end: string = show({ value: undefined, done: true })

function same(what: string, real: unknown, model: unknown): void {
  if (real !== model) throw new Error(`${what} is ${real}, the model says ${model}`)
}
