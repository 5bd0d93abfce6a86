/**
 * Channels: values handed from senders to receivers, through a buffer or directly.
 *
 * 1. Every operation takes effect at once, in the turn of its call; its promise only reports that.
 * 2. Receivers wait only while there is no value, senders only while there is no room: whoever changes that serves the
 *    one who has waited longest before anybody else gets a chance.
 * 3. Those who wait are decided once, see `waiter.ts`.
 * 4. Nothing of ours is called back before the state is in order: callbacks may use the channel.
 */

import { ChannelFullError, ScopeDisposedError } from '../base/errors.js'
import { object } from '../base/options.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import { Backlog, type BackpressureStrategy, type ChannelOptions } from './backpressure.js'
import { ChannelIterator } from './channel-iterator.js'
import { type Commons, commonsOf, Seat } from './commons.js'
import { filterInto, mapInto, type Pump, reduce, takeInto } from './channel-pump.js'
import { ChannelClosedError } from './errors.js'
import { WaitQueue } from './wait-queue.js'
import { brokenOff, type Giver, obey, Receiver, Sender, signalOf, type Taker, type WaitOptions } from './waiter.js'

type State = { readonly at: 'open' } | { readonly at: 'closed'; readonly error: Error | undefined }

const open: State = { at: 'open' }

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
  /** @internal */ readonly owner: Lifetime
  readonly #backlog: Backlog<T>
  readonly #commons: Commons
  readonly #takers: WaitQueue<Taker<T>> = new WaitQueue()
  readonly #givers: WaitQueue<Giver<T>> = new WaitQueue()
  #seat: Seat | undefined
  #state: State = open
  #sent: Promise<boolean> | undefined
  #pump: Pump<T> | undefined

  /** Use `channel()`. */
  constructor(owner: Lifetime, options: ChannelOptions<T>) {
    this.#backlog = new Backlog(owner, options)
    if (owner.isDisposed) throw new ScopeDisposedError('create channel', owner.scopeName)
    this.owner = owner
    this.#commons = commonsOf(owner)
  }

  /** How many values the buffer holds at most. */
  get capacity(): number {
    return this.#backlog.capacity
  }

  /** The same as `capacity`. */
  get cap(): number {
    return this.#backlog.capacity
  }

  /** What becomes of a value sent to a full channel. */
  get strategy(): BackpressureStrategy {
    return this.#backlog.strategy
  }

  /** How many values wait in the buffer. */
  get size(): number {
    return this.#backlog.size
  }

  /** True once closed; what is in the buffer can still be received. */
  get isClosed(): boolean {
    return this.#state.at === 'closed'
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
    if (this.#state.at === 'closed') return this.#commons.report(false)
    const { abortError } = this.owner
    if (abortError !== undefined) return Promise.reject(abortError)
    if (signal?.aborted) return Promise.reject(brokenOff(signal.reason))
    if (this.accept(value)) {
      const pause = this.#commons.pause()
      return pause === undefined ? (this.#sent ??= Promise.resolve(true)) : pause.then(() => true)
    }
    if (this.#backlog.strategy === 'error') return Promise.reject(new ChannelFullError())
    const sender = new Sender(value)
    obey(signal, sender, (it) => this.withdrawGiver(it))
    this.awaitTaker(sender)
    return sender.outcome.promise
  }

  /** Sends a value if that needs no waiting: true exactly when `send` would have resolved to true at once. */
  trySend(value: T): boolean {
    return this.#state.at === 'open' && !this.owner.aborted && this.accept(value)
  }

  /**
   * Receives a value; waits until there is one.
   *
   * Resolves to `undefined` once the channel is closed and empty; iterate to tell that from the value `undefined`.
   * Rejects with the reason when the owner or `signal` aborts, and has then taken nothing.
   */
  receive(options?: WaitOptions): Promise<T | undefined> {
    const signal = signalOf('receive', options)
    const refusal = this.refusal
    if (refusal !== undefined) return Promise.reject(refusal)
    if (signal?.aborted) return Promise.reject(brokenOff(signal.reason))
    if (this.hasValue) return this.#commons.report(this.takeValue())
    if (this.isEnded) return this.#commons.report(undefined)
    const receiver = new Receiver<T>()
    obey(signal, receiver, (it) => this.withdrawTaker(it))
    this.awaitValue(receiver)
    return receiver.outcome.promise
  }

  /** Receives a value if there is one, also from a cancelled owner's channel; else `undefined`. */
  tryReceive(): T | undefined {
    return this.hasValue ? this.takeValue() : undefined
  }

  /**
   * Ends the channel: later sends give false, waiting ones reject with `ChannelClosedError`, receivers get what is in
   * the buffer and then the end. Asked again, does nothing.
   */
  close(): void {
    this.closeWith(undefined)
  }

  /** `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    this.close()
    return Promise.resolve()
  }

  /** Receives until the channel ends. Leaving early takes nothing more, and leaves the channel as it is. */
  [Symbol.asyncIterator](): ChannelIterator<T> {
    return new ChannelIterator(this, this.#commons)
  }

  /**
   * A channel of `fn` of each value, in order. A value is taken from this channel when somebody wants it from the new
   * one. If `fn` throws, the new channel ends with that error.
   */
  map<R>(fn: (value: T) => R | PromiseLike<R>): Channel<R> {
    return this.#derive((target: Channel<R>) => mapInto(this, target, fn))
  }

  /** A channel of the values for which `predicate` says true; taken and ended as with `map`. */
  filter(predicate: (value: T) => boolean | PromiseLike<boolean>): Channel<T> {
    return this.#derive((target: Channel<T>) => filterInto(this, target, predicate))
  }

  /** A channel of the next `count` values, closed after the last one; taken as with `map`. */
  take(count: number): Channel<T> {
    return this.#derive((target: Channel<T>) => takeInto(this, target, count))
  }

  /** Combines all values until the channel ends. Rejects with what `fn` throws, or with the reason of the owner's abort. */
  reduce<R>(fn: (result: R, value: T) => R | PromiseLike<R>, initial: R): Promise<R> {
    return reduce(this, fn, initial)
  }

  /** Where operations that had not to wait are counted. @internal */
  get commons(): Commons {
    return this.#commons
  }

  /** Why there is nothing to be received any more, if that is an error. @internal */
  get refusal(): Error | undefined {
    const { abortError } = this.owner
    if (abortError === undefined && this.#state === open) return undefined
    if (!this.isEnded) return abortError
    return this.#state.at === 'closed' ? this.#state.error : undefined
  }

  /** True if a value can be had at once. @internal */
  get hasValue(): boolean {
    if (this.#backlog.size > 0 || this.#givers.first !== undefined) return true
    if (this.#pump === undefined || this.owner.aborted) return false
    this.#pump.prime()
    return this.#backlog.size > 0
  }

  /** True once closed and empty. @internal */
  get isEnded(): boolean {
    return this.#state.at === 'closed' && this.#backlog.size === 0
  }

  /** True if `accept` would succeed. @internal */
  get accepts(): boolean {
    return this.#takers.first !== undefined || this.#backlog.accepts
  }

  /** True if somebody waits for a value. @internal */
  get isWanted(): boolean {
    return this.#takers.first !== undefined
  }

  /** Takes a value; `hasValue` has just said that there is one. @internal */
  takeValue(): T {
    const backlog = this.#backlog
    if (backlog.held === 0) return this.#nextGiver().give()
    const value = backlog.shift()
    if (this.#givers.first !== undefined && backlog.held < backlog.capacity) backlog.push(this.#nextGiver().give())
    return value
  }

  /** Hands a value over, or keeps or drops it; false if that would need waiting. @internal */
  accept(value: T): boolean {
    const taker = this.#takers.shift()
    if (taker === undefined) return this.#backlog.offer(value)
    this.#rest()
    taker.take(value)
    return true
  }

  /** Hands a value over or keeps it, whatever the capacity. @internal */
  put(value: T): void {
    const taker = this.#takers.shift()
    if (taker === undefined) return this.#backlog.push(value)
    this.#rest()
    taker.take(value)
  }

  /** Lets a taker wait. @internal */
  awaitValue(taker: Taker<T>): void {
    this.#takers.add(taker)
    this.#sit()
    this.#pump?.pull()
  }

  /** Lets a giver wait. @internal */
  awaitTaker(giver: Giver<T>): void {
    this.#givers.add(giver)
    this.#sit()
  }

  /** Ends a taker's wait, if it still waits. @internal */
  withdrawTaker(taker: Taker<T>): void {
    if (taker.queue === undefined) return
    this.#takers.remove(taker)
    this.#rest()
    this.#pump?.relax()
  }

  /** Ends a giver's wait, if it still waits. @internal */
  withdrawGiver(giver: Giver<T>): void {
    if (giver.queue === undefined) return
    this.#givers.remove(giver)
    this.#rest()
  }

  /** Closes; with an error, that is what comes after the last value. @internal */
  closeWith(error: Error | undefined): void {
    if (this.#state.at === 'closed') return
    this.#state = { at: 'closed', error }
    if (this.#seat !== undefined) this.#commons.leave(this.#seat)
    const late = this.#givers.first && new ChannelClosedError()
    for (let giver = this.#givers.shift(); giver && late; giver = this.#givers.shift()) giver.end(late)
    for (let taker = this.#takers.shift(); taker; taker = this.#takers.shift()) {
      if (error === undefined) taker.end()
      else taker.fail(error)
    }
    this.#pump?.relax()
  }

  #derive<R>(pumpInto: (target: Channel<R>) => Pump<R>): Channel<R> {
    const target = new Channel<R>(this.owner, { capacity: this.capacity })
    target.#pump = pumpInto(target)
    return target
  }

  #sit(): void {
    this.#commons.sit((this.#seat ??= new Seat((error) => this.#abort(error))))
  }

  #nextGiver(): Giver<T> {
    const giver = this.#givers.shift() as Giver<T> // the caller knows that there is one
    this.#rest()
    return giver
  }

  /** Leaves nothing in the owner while nobody waits. */
  #rest(): void {
    if (this.#takers.first === undefined && this.#givers.first === undefined && this.#seat !== undefined) {
      this.#commons.leave(this.#seat)
    }
  }

  #abort(error: Error): void {
    for (let giver = this.#givers.shift(); giver; giver = this.#givers.shift()) giver.fail(error)
    for (let taker = this.#takers.shift(); taker; taker = this.#takers.shift()) taker.fail(error)
  }
}

/**
 * Makes a channel.
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
  capacity?: number,
  options?: Omit<ChannelOptions<T>, 'capacity'>,
): Channel<T>
export function channel<T>(owner: Lifetime, options: ChannelOptions<T>): Channel<T>
export function channel<T>(
  owner: Lifetime,
  first: number | ChannelOptions<T> = 0,
  second: Omit<ChannelOptions<T>, 'capacity'> = {},
): Channel<T> {
  const options = object('create channel', 'options', typeof first === 'object' ? first : second)
  return new Channel(owner, typeof first === 'object' ? options : { ...options, capacity: first })
}
