/** A channel and a select as plain lists, to compare the real ones with. */

import type { BackpressureStrategy } from '../src/sync/backpressure.js'

/** What a model says about one operation. */
export class ModelOp {
  text = 'pending'
  /** Where it waits: it leaves all of them at once. */
  places: Place[] = []
  deadline = Infinity
  late = 'failed TimeoutError'
  /** How a broken-off wait is told. */
  verb = 'rejected'

  get pending(): boolean {
    return this.text === 'pending'
  }

  settle(text: string): void {
    if (!this.pending) throw new Error('the model settled an operation twice')
    this.text = text
    for (const { queue } of this.places) queue.splice(0, queue.length, ...queue.filter(({ op }) => op !== this))
  }
}

interface Place {
  readonly op: ModelOp
  readonly queue: Place[]
  /** Of a giver. */
  readonly value: number
  readonly won: (value: number) => string
  readonly closed: () => void
}

/** A case of a select. */
export interface ModelCase {
  readonly channel: ModelChannel
  /** What to send; without it the case receives. */
  readonly send: number | undefined
  readonly name: string
}

export class ModelChannel {
  buffer: { readonly value: number; readonly at: number }[] = []
  readonly takers: Place[] = []
  readonly givers: Place[] = []
  readonly drops: number[] = []
  closed = false
  readonly capacity: number
  readonly strategy: BackpressureStrategy
  readonly clock: { readonly now: number }
  readonly window = 10

  constructor(capacity: number, strategy: BackpressureStrategy, clock: { readonly now: number }) {
    this.capacity = capacity
    this.strategy = strategy
    this.clock = clock
  }

  age(): void {
    while (this.strategy === 'sample' && this.buffer[0] && this.clock.now - this.buffer[0].at >= this.window) {
      this.drops.push(this.buffer[0].value)
      this.buffer.shift()
    }
  }

  get ended(): boolean {
    return this.closed && this.buffer.length === 0
  }

  get hasValue(): boolean {
    return this.buffer.length > 0 || this.givers.length > 0
  }

  get lossy(): boolean {
    return this.strategy !== 'block' && this.strategy !== 'error'
  }

  get accepts(): boolean {
    return !this.closed && (this.takers.length > 0 || this.buffer.length < this.capacity || this.lossy)
  }

  take(): number {
    const giver = this.givers[0]
    const oldest = this.buffer.shift()
    giver?.op.settle(giver.won(giver.value))
    if (oldest === undefined) return giver?.value ?? Number.NaN
    if (giver !== undefined) this.buffer.push({ value: giver.value, at: this.clock.now })
    return oldest.value
  }

  accept(value: number): void {
    const taker = this.takers[0]
    if (taker !== undefined) return taker.op.settle(taker.won(value))
    const entry = { value, at: this.clock.now }
    if (this.buffer.length < this.capacity) this.buffer.push(entry)
    else if (this.strategy === 'drop-latest' || this.capacity === 0) this.drops.push(value)
    else {
      this.drops.push(this.buffer.shift()?.value ?? Number.NaN)
      this.buffer.push(entry)
    }
  }

  wait(queue: Place[], op: ModelOp, value: number, won: (value: number) => string, closed: () => void): void {
    const place: Place = { op, queue, value, won, closed }
    queue.push(place)
    op.places.push(place)
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    for (const queue of [this.givers, this.takers]) {
      for (const place of [...queue]) {
        const at = queue.indexOf(place)
        if (at < 0) continue
        queue.splice(at, 1)
        place.closed()
      }
    }
  }
}

/** All channels of a cancellable owner. */
export class Model {
  aborted = false
  readonly ops: ModelOp[] = []
  readonly channels: readonly ModelChannel[]

  constructor(channels: readonly ModelChannel[]) {
    this.channels = channels
  }

  send(channel: ModelChannel, value: number): ModelOp {
    const op = this.#add()
    if (channel.closed) op.settle('false')
    else if (this.aborted) op.settle('rejected Error: stop')
    else if (channel.accepts) {
      channel.accept(value)
      op.settle('true')
    } else if (channel.strategy === 'error') op.settle('rejected ChannelFullError')
    else {
      const closed = (): void => op.settle('rejected ChannelClosedError')
      channel.wait(channel.givers, op, value, () => 'true', closed)
    }
    return op
  }

  receive(channel: ModelChannel, won: (value: number) => string, end: string): ModelOp {
    const op = this.#add()
    if (channel.ended) op.settle(end)
    else if (this.aborted) op.settle('rejected Error: stop')
    else if (channel.hasValue) op.settle(won(channel.take()))
    else channel.wait(channel.takers, op, Number.NaN, won, () => op.settle(end))
    return op
  }

  /** `chosen` is what the real one called in its turn, if anything. */
  select(
    cases: readonly ModelCase[],
    otherwise: boolean,
    timeout: number,
    late: boolean,
    chosen: string | undefined,
  ): ModelOp {
    const op = this.#add()
    op.verb = 'failed'
    op.late = late ? '["undefined","late"]' : 'failed TimeoutError'
    const won = (name: string, value?: number): string => `["undefined","${name}${value ?? ''}"]`
    const ready = cases.filter(({ channel, send }) => (send === undefined ? channel.hasValue : channel.accepts))
    const live = cases.filter(({ channel, send }) => (send === undefined ? !channel.ended : !channel.closed))
    if (this.aborted) op.settle('failed Error: stop')
    else if (timeout === 0) op.settle(op.late)
    else if (ready.length > 0) {
      const it = ready.find(({ name }) => name === chosen)
      if (it === undefined) throw new Error(`select chose ${chosen} among ${ready.map(({ name }) => name)}`)
      if (it.send === undefined) op.settle(won(it.name, it.channel.take()))
      else {
        it.channel.accept(it.send)
        op.settle(won(it.name))
      }
    } else if (otherwise) op.settle('["undefined","otherwise"]')
    else if (live.length === 0 && cases.length > 0) op.settle('failed ChannelClosedError')
    else {
      let left = live.length
      const closed = (): void => {
        if (--left === 0) op.settle('failed ChannelClosedError')
      }
      for (const { channel, send, name } of live) {
        if (send === undefined) channel.wait(channel.takers, op, Number.NaN, (value) => won(name, value), closed)
        else channel.wait(channel.givers, op, send, () => won(name), closed)
      }
      op.deadline = (cases[0]?.channel.clock.now ?? 0) + timeout
    }
    return op
  }

  /** Time has come to this point. */
  reach(now: number): void {
    for (const op of this.ops) if (op.pending && op.deadline <= now) op.settle(op.late)
    for (const channel of this.channels) channel.age()
  }

  abort(): void {
    if (this.aborted) return
    this.aborted = true
    for (const op of this.ops) if (op.pending) op.settle(`${op.verb} Error: stop`)
  }

  #add(): ModelOp {
    const op = new ModelOp()
    this.ops.push(op)
    return op
  }
}
