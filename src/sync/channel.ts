/** Channels as their users see them: the promises over `channel-core.ts`. */

import { brokenOff, ChannelFullError } from '../base/errors.js'
import { object } from '../base/options.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import { refusalOf, requireOpen } from '../lifetime/open.js'
import { Backlog, type BackpressureStrategy, type ChannelOptions } from './backpressure.js'
import { ChannelCore } from './channel-core.js'
import { ChannelIterator } from './channel-iterator.js'
import { filterInto, mapInto, type Pump, reduce, takeInto } from './channel-pump.js'
import type { PriorityStrategy } from './priority-options.js'
import { obey, Receiver, Sender, signalOf, type WaitOptions } from './waiter.js'

/**
 * Hands values from senders to receivers, first come, first served. Made by `channel`.
 *
 * When the owner is cancelled, pending operations and iterations reject with the reason, and so do later ones; values
 * in the buffer stay, for `tryReceive`.
 *
 * @example
 * ```ts
 * const jobs = s.channel<string>(10)
 * s.task(async () => {
 *   for (const job of todo) await jobs.send(job)
 *   jobs.close()
 * })
 * for await (const job of jobs) await run(job)
 * ```
 */
export class Channel<T> implements AsyncIterable<T, undefined>, AsyncDisposable {
  /** @internal */ readonly core: ChannelCore<T>
  #sent: Promise<boolean> | undefined

  /** Use `channel()`. */
  constructor(owner: Lifetime, options: ChannelOptions<T>, core?: ChannelCore<T>) {
    this.core = core ?? new ChannelCore(owner, new Backlog(owner, options))
    requireOpen(owner, 'create channel')
    owner.probe?.('channel', this.core)
  }

  /** How many values the buffer holds at most. */
  get capacity(): number {
    return this.core.backlog.capacity
  }

  /** The same as `capacity`. */
  get cap(): number {
    return this.core.backlog.capacity
  }

  /** What becomes of a value sent to a full channel. */
  get strategy(): BackpressureStrategy | PriorityStrategy {
    return this.core.backlog.strategy
  }

  /** How many values wait in the buffer. */
  get size(): number {
    return this.core.backlog.size
  }

  /** True once closed; what is in the buffer can still be received. */
  get isClosed(): boolean {
    return this.core.isClosed
  }

  /**
   * Sends a value; waits for a receiver or for room when the strategy is `block`.
   *
   * Resolves to true once the value is handed over, kept or dropped by the strategy; false if the channel was closed.
   * Rejects with `ChannelClosedError` when it is closed during the wait, with `ChannelFullError` when it is full and
   * the strategy is `error`, with the reason when the owner or `signal` aborts. A rejected send had no effect.
   */
  send(value: T, options?: WaitOptions): Promise<boolean> {
    const signal = signalOf('send', options)
    const { core } = this
    if (core.isClosed) return core.commons.report(false)
    const refused = refusalOf(core.owner, signal)
    if (refused !== undefined) return Promise.reject(refused)
    if (core.accept(value)) {
      const pause = core.commons.pause()
      return pause === undefined ? (this.#sent ??= Promise.resolve(true)) : pause.then(() => true)
    }
    if (core.backlog.strategy === 'error') return Promise.reject(new ChannelFullError())
    const sender = new Sender(value)
    obey(signal, sender, (it) => core.withdrawGiver(it))
    core.awaitTaker(sender)
    return sender.promise
  }

  /** Sends a value if that needs no waiting: true exactly when `send` would have resolved to true at once. */
  trySend(value: T): boolean {
    return !this.core.isClosed && !this.core.owner.aborted && this.core.accept(value)
  }

  /**
   * Receives a value; waits until there is one.
   *
   * Resolves to `undefined` once the channel is closed and empty; iterate to tell that from the value `undefined`.
   * Rejects with the reason when the owner or `signal` aborts, and has then taken nothing.
   */
  receive(options?: WaitOptions): Promise<T | undefined> {
    const signal = signalOf('receive', options)
    const { core } = this
    const { refusal } = core
    if (refusal !== undefined) return Promise.reject(refusal)
    if (signal?.aborted && !core.isEnded) return Promise.reject(brokenOff(signal.reason))
    if (core.hasValue) return core.commons.report(core.take())
    if (core.isEnded) return core.end(undefined)
    const receiver = new Receiver<T>()
    obey(signal, receiver, (it) => core.withdrawTaker(it))
    core.awaitValue(receiver)
    return receiver.promise
  }

  /** Receives a value if there is one, also from a cancelled owner's channel; else `undefined`. */
  tryReceive(): T | undefined {
    return this.core.hasValue ? this.core.take() : undefined
  }

  /**
   * Ends the channel: later sends give false, waiting ones reject with `ChannelClosedError`, receivers get what is in
   * the buffer and then the end. Asked again, does nothing.
   */
  close(): void {
    this.core.close()
  }

  /** `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    this.close()
    return Promise.resolve()
  }

  /** Receives until the channel ends. Leaving early takes nothing more, and leaves the channel as it is. */
  [Symbol.asyncIterator](): ChannelIterator<T> {
    return new ChannelIterator(this.core)
  }

  /**
   * A channel of `fn` of each value, in order. A value is taken from this channel when somebody wants it from the new
   * one. If `fn` throws, the new channel ends with that error.
   */
  map<R>(fn: (value: T) => R | PromiseLike<R>): Channel<R> {
    return derive(this.core, (target: ChannelCore<R>) => mapInto(this.core, target, fn))
  }

  /** A channel of the values for which `predicate` says true; taken and ended as with `map`. */
  filter(predicate: (value: T) => boolean | PromiseLike<boolean>): Channel<T> {
    return derive(this.core, (target: ChannelCore<T>) => filterInto(this.core, target, predicate))
  }

  /** A channel of the next `count` values, closed after the last one; taken as with `map`. */
  take(count: number): Channel<T> {
    return derive(this.core, (target: ChannelCore<T>) => takeInto(this.core, target, count))
  }

  /** Combines all values until the channel ends. Rejects with what `fn` throws, or with the reason of the owner's abort. */
  reduce<R>(fn: (result: R, value: T) => R | PromiseLike<R>, initial: R): Promise<R> {
    return reduce(this, fn, initial)
  }
}

function derive<T, R>(source: ChannelCore<T>, pumpInto: (target: ChannelCore<R>) => Pump): Channel<R> {
  const target = new Channel<R>(source.owner, { capacity: source.backlog.capacity })
  target.core.pump = pumpInto(target.core)
  return target
}

/**
 * Makes a channel: `channel(owner, capacity, options)` or `channel(owner, options)`.
 *
 * It needs no disposal: an unused one leaves nothing in its owner.
 *
 * @throws TypeError, RangeError on options that make no sense; ScopeDisposedError when the owner is disposed of.
 * @example
 * ```ts
 * const prices = s.channel<number>(1, { backpressure: 'drop-oldest', onDrop: (old) => console.debug('skipped', old) })
 * prices.trySend(42)
 * const price = await prices.receive()
 * ```
 */
export function channel<T>(
  owner: Lifetime,
  capacity: number | ChannelOptions<T> = 0,
  options: Omit<ChannelOptions<T>, 'capacity'> = {},
): Channel<T> {
  const form = typeof capacity === 'object' ? capacity : { ...object('create channel', 'options', options), capacity }
  return new Channel(owner, object('create channel', 'options', form))
}
