/** Random programs of channel operations, run on the real channels and on the model side by side. */

import fc from 'fast-check'
import type { BackpressureStrategy } from '../src/sync/backpressure.js'
import { type Channel, channel } from '../src/sync/channel.js'
import { select } from '../src/sync/select.js'
import { on, onSend, onTimeout, otherwise, type SelectCase } from '../src/sync/select-case.js'
import { Model, ModelChannel, type ModelOp } from './channel-model.js'
import { flush, follow, InstantClock, Owner, show } from './sync-fixtures.js'

/** One line of a program. Channels and signals are numbers, taken modulo what there is. */
export type Command =
  | { readonly do: 'send' | 'receive'; readonly ch: number; readonly signal: boolean }
  | { readonly do: 'next' | 'leave' | 'trySend' | 'tryReceive' | 'close'; readonly ch: number }
  | { readonly do: 'cancel'; readonly signal: number }
  | { readonly do: 'advance'; readonly ms: number }
  | { readonly do: 'abort' | 'flush' }
  | {
      readonly do: 'select'
      readonly cases: readonly { readonly ch: number; readonly send: boolean }[]
      readonly otherwise: boolean
      readonly timeout: number
      readonly late: boolean
      readonly signal: boolean
    }

/** The channels of a program. */
export interface Setup {
  readonly capacity: number
  readonly strategy: BackpressureStrategy
}

const ch = fc.nat(1)
const signal = fc.boolean()

/** Commands without `select`. */
export const channelCommands: fc.Arbitrary<Command> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('send' as const), ch, signal }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('receive' as const), ch, signal }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('next' as const, 'trySend', 'tryReceive'), ch }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('leave' as const, 'close'), ch }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), signal: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.constantFrom(4, 6, 10) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('abort' as const, 'flush', 'flush') }) },
)

/** All commands. */
export const selectCommands: fc.Arbitrary<Command> = fc.oneof(
  { weight: 3, arbitrary: channelCommands },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('select' as const),
      cases: fc.array(fc.record({ ch, send: fc.boolean() }), { minLength: 1, maxLength: 4 }),
      otherwise: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      timeout: fc.constantFrom(Infinity, Infinity, 5, 0),
      late: fc.boolean(),
      signal,
    }),
  },
)

/** Two channels of any kind, as the first part of a program. */
export const setups: fc.Arbitrary<Setup> = fc
  .record({
    capacity: fc.constantFrom(0, 1, 2, Infinity),
    strategy: fc.constantFrom<BackpressureStrategy[]>(
      'block',
      'block',
      'drop-oldest',
      'drop-latest',
      'error',
      'sample',
    ),
  })
  .filter(({ capacity, strategy }) => capacity > 0 || strategy !== 'sample')

/** Runs a program on both sides and compares them after each line and at the end. */
export class Run {
  readonly clock = new InstantClock()
  readonly owner: Owner
  readonly model: Model
  readonly #real: Channel<number>[] = []
  readonly #drops: number[][] = []
  readonly #iterators: AsyncIterator<number, undefined>[] = []
  readonly #reads: { readonly ch: number; readonly op: ModelOp }[] = []
  readonly #signals: { readonly controller: AbortController; readonly op: ModelOp }[] = []
  readonly #outcomes: { readonly text: string }[] = []
  #value = 0

  constructor(setup: readonly Setup[]) {
    this.clock.install()
    this.owner = new Owner(this.clock)
    this.model = new Model(setup.map(({ capacity, strategy }) => new ModelChannel(capacity, strategy, this.clock)))
    for (const { capacity, strategy } of setup) {
      const drops: number[] = []
      const made = channel<number>(this.owner, capacity, {
        backpressure: strategy,
        sampleWindow: 10,
        onDrop: (value) => {
          drops.push(value)
          throw new Error('onDrop')
        },
      })
      this.#drops.push(drops)
      this.#real.push(made)
      this.#iterators.push(made[Symbol.asyncIterator]())
    }
  }

  async all(program: readonly Command[]): Promise<void> {
    for (const command of program) {
      await this.#step(command)
      this.#compareChannels()
    }
    await flush()
    for (const [at, op] of this.model.ops.entries()) {
      const real = this.#outcomes[at]?.text
      if (real !== op.text) throw new Error(`operation ${at} is ${real}, the model says ${op.text}`)
    }
    this.#end()
  }

  async #step(command: Command): Promise<void> {
    switch (command.do) {
      case 'flush':
        return flush()
      case 'abort':
        this.owner.cancel(new Error('stop'))
        return this.model.abort()
      case 'advance':
        this.clock.advance(command.ms)
        return this.model.reach(this.clock.now)
      case 'cancel':
        return this.#cancel(command.signal)
      case 'select':
        return this.#select(command)
      default:
        return this.#operate(command, command.ch % this.#real.length)
    }
  }

  #operate(command: Extract<Command, { readonly ch: number }>, at: number): void {
    const real = this.#real[at] as Channel<number>
    const model = this.model.channels[at] as ModelChannel
    const options = 'signal' in command && command.signal ? { signal: this.#signal() } : undefined
    switch (command.do) {
      case 'send': {
        const value = this.#value++
        this.#follow(real.send(value, options), this.model.send(model, value), options !== undefined)
        return
      }
      case 'receive':
        this.#follow(real.receive(options), this.model.receive(model, show, '"undefined"'), options !== undefined)
        return
      case 'next':
        return this.#next(at)
      case 'leave':
        return this.#leave(at)
      case 'close':
        real.close()
        return model.close()
      case 'trySend': {
        const value = this.#value++
        const accepts = model.accepts && !this.model.aborted
        if (accepts) model.accept(value)
        return same('trySend', real.trySend(value), accepts)
      }
      case 'tryReceive':
        return same('tryReceive', real.tryReceive(), model.hasValue ? model.take() : undefined)
    }
  }

  #next(at: number): void {
    const iterator = this.#iterators[at] as AsyncIterator<number, undefined>
    const item = (value: number): string => show({ value, done: false })
    const op = this.model.receive(this.model.channels[at] as ModelChannel, item, end)
    this.#reads.push({ ch: at, op })
    this.#follow(iterator.next(), op, false)
  }

  /** Leaves the iteration and begins another one. */
  #leave(at: number): void {
    for (const { ch, op } of this.#reads) if (ch === at && op.pending) op.settle(end)
    void this.#iterators[at]?.return?.()
    this.#iterators[at] = (this.#real[at] as Channel<number>)[Symbol.asyncIterator]()
  }

  #cancel(index: number): void {
    const { controller, op } = this.#signals[index % this.#signals.length] ?? {}
    controller?.abort(new Error('cancel'))
    if (op?.pending) op.settle(`${op.verb} Error: cancel`)
  }

  #select(command: Extract<Command, { readonly do: 'select' }>): void {
    let chosen: string | undefined
    const choose = (name: string, result: string): string => {
      chosen ??= name
      return result
    }
    const cases = command.cases.map(({ ch, send }, i) => ({
      channel: this.model.channels[ch % this.#real.length] as ModelChannel,
      real: this.#real[ch % this.#real.length] as Channel<number>,
      send: send ? this.#value++ : undefined,
      name: `${i}:`,
    }))
    const list: SelectCase<string>[] = cases.map(({ real, send, name }) =>
      send === undefined
        ? on(real, (value) => choose(name, `${name}${value}`))
        : onSend(real, send, () => choose(name, name)),
    )
    if (command.otherwise) list.push(otherwise(() => 'otherwise'))
    if (command.late) list.push(onTimeout(command.timeout, () => 'late'))
    const options = {
      ...(command.late ? {} : { timeout: command.timeout }),
      ...(command.signal ? { signal: this.#signal() } : {}),
    }
    const promise = select(this.owner, list, options)
    const op = this.model.select(cases, command.otherwise, command.timeout, command.late, chosen)
    this.#follow(promise, op, command.signal)
  }

  #controller: AbortController | undefined

  #signal(): AbortSignal {
    this.#controller = new AbortController()
    return this.#controller.signal
  }

  #follow(promise: Promise<unknown>, op: ModelOp, signalled: boolean): void {
    this.#outcomes.push(follow(promise))
    if (signalled && this.#controller !== undefined) this.#signals.push({ controller: this.#controller, op })
  }

  #compareChannels(): void {
    for (const [at, real] of this.#real.entries()) {
      const model = this.model.channels[at] as ModelChannel
      same(`size of channel ${at}`, real.size, model.buffer.length)
      same(`drops of channel ${at}`, show(this.#drops[at]), show(model.drops))
      same(`isClosed of channel ${at}`, real.isClosed, model.closed)
    }
  }

  /** Nothing may be left, and every value must have gone one way. */
  #end(): void {
    same('reported errors', this.owner.reports.length, this.#drops.flat().length)
    const waiting = this.model.ops.some((op) => op.pending)
    const timed = this.model.ops.some((op) => op.pending && op.deadline < Infinity)
    if (!timed) same('timers left', this.clock.pending, 0)
    if (!waiting) same('listeners of the owner', this.owner.listeners <= 1, true)
  }
}

const end: string = show({ value: undefined, done: true })

function same(what: string, real: unknown, model: unknown): void {
  if (real !== model) throw new Error(`${what} is ${real}, the model says ${model}`)
}
