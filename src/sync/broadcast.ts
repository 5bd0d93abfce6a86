/**
 * Broadcasts: every subscriber gets every value.
 *
 * 1. A value reaches all subscribers in one turn, or, with `block` and `error` where one has no room, none of them.
 * 2. Victims of a strategy are told after the value has reached everybody: a callback that sends changes no order.
 * 3. A closed or cancelled broadcast holds no seat in its owner; an idle one neither.
 */

import { Deque } from '../base/deque.js'
import { ChannelFullError } from '../base/errors.js'
import { attempt } from '../base/guard.js'
import { integer, object, oneOf, optionalCallback, outOfRange } from '../base/options.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import { refusalOf, requireOpen } from '../lifetime/open.js'
import { type Commons, commonsOf, SpareSeat } from './commons.js'
import { ChannelClosedError } from './errors.js'
import { Subscription } from './subscription.js'
import { WaitQueue } from './wait-queue.js'
import { type Giver, obey, Sender, signalOf, type WaitOptions } from './waiter.js'

/**
 * What becomes of a value that finds a subscriber full: `block` lets the sender wait until every subscriber has room,
 * `error` refuses the value, and only the full subscriber misses one with `drop-oldest` and `drop-latest`, or with `lag`,
 * which drops its oldest and tells it by a `BroadcastLaggedError`.
 */
export type BroadcastStrategy = 'block' | 'drop-oldest' | 'drop-latest' | 'error' | 'lag'

const strategies: readonly BroadcastStrategy[] = ['block', 'drop-oldest', 'drop-latest', 'error', 'lag']

/** How many values wait for one subscriber of an unbounded broadcast when it warns. */
const many = 10_000

/** Options of `broadcast`. */
export interface BroadcastOptions<T> {
  /** How many values wait for each subscriber; an integer or `Infinity`. Default: `Infinity`, with a warning at 10 000. */
  readonly capacity?: number
  /** What becomes of a value that finds a subscriber full. Default: `block`. */
  readonly backpressure?: BroadcastStrategy
  /** Called once for each value that one subscriber misses by `drop-oldest` or `drop-latest`. */
  readonly onDrop?: ((value: T) => void) | undefined
  /** How many of the last values a new subscriber gets first, at most `capacity`. Default: 0. */
  readonly replay?: number
}

/**
 * Sends every value to every subscriber. Made by `broadcast`.
 *
 * When the owner is cancelled, waiting sends and reads reject with the reason, and so do later ones.
 */
export class BroadcastChannel<T> implements AsyncDisposable {
  /** @internal */ readonly owner: Lifetime
  /** @internal */ readonly capacity: number
  /** How many subscribers can have no more; they count themselves. @internal */
  full: number = 0
  /** @internal */ readonly strategy: BroadcastStrategy
  readonly #onDrop: ((value: T) => void) | undefined
  readonly #replay: number
  readonly #recent: Deque<T> = new Deque()
  readonly #subscribers: Set<Subscription<T>> = new Set()
  readonly #givers: WaitQueue<Giver<T>> = new WaitQueue()
  readonly #commons: Commons
  readonly #seat: SpareSeat = new SpareSeat((error) => this.#abort(error))
  #readers = 0
  #closed = false
  #warned = false

  /** Use `broadcast()`. */
  constructor(owner: Lifetime, options: BroadcastOptions<T>) {
    const action = 'create broadcast'
    const { capacity = Infinity, backpressure = 'block', onDrop, replay = 0 } = object(action, 'options', options)
    this.capacity = integer(action, 'capacity', capacity, 0, true)
    this.strategy = oneOf(action, 'backpressure', backpressure, strategies)
    this.#onDrop = optionalCallback(action, 'onDrop', onDrop)
    this.#replay = integer(action, 'replay', replay, 0, true)
    if (replay > capacity) throw outOfRange(action, 'replay', `at most the capacity of ${capacity}`, replay)
    requireOpen(owner, action)
    this.owner = owner
    this.#commons = commonsOf(owner)
    owner.probe?.('channel', this)
  }

  /** True once closed; subscribers can still read what waits for them. */
  get isClosed(): boolean {
    return this.#closed
  }

  /** How many subscribers there are. */
  get subscriberCount(): number {
    return this.#subscribers.size
  }

  /**
   * Registers a subscriber at once: it gets everything sent from now on, after what `replay` keeps.
   *
   * @throws ChannelClosedError when the broadcast is closed.
   * @example
   * ```ts
   * const events = bc.subscribe()
   * for await (const event of events) handle(event)
   * ```
   */
  subscribe(): Subscription<T> {
    if (this.#closed) throw new ChannelClosedError('Cannot subscribe to closed broadcast channel')
    const subscriber = new Subscription(this)
    for (const value of this.#recent) subscriber.put(value)
    this.#subscribers.add(subscriber)
    return subscriber
  }

  /**
   * Sends a value to all subscribers; with `block`, waits until all have room.
   *
   * Resolves to true once sent, even to nobody; false if the broadcast was closed. Rejects with `ChannelClosedError` when
   * it is closed during the wait, with `ChannelFullError` by the strategy `error`, with the reason when the owner or
   * `signal` aborts. A rejected send had no effect.
   */
  send(value: T, options?: WaitOptions): Promise<boolean> {
    const signal = signalOf('send', options)
    if (this.#closed) return this.#commons.report(false)
    const refused = refusalOf(this.owner, signal)
    if (refused !== undefined) return Promise.reject(refused)
    if (this.#givers.first === undefined && this.#mayPublish()) {
      this.#publish(value)
      return this.#commons.report(true)
    }
    if (this.strategy === 'error') return Promise.reject(new ChannelFullError('A subscriber of the broadcast is full'))
    const sender = new Sender(value)
    obey(signal, sender, (it) => this.#withdraw(it))
    this.#givers.add(sender)
    this.#commons.sit(this.#seat)
    return sender.promise
  }

  /**
   * Ends the broadcast: later sends give false, waiting ones reject with `ChannelClosedError`, subscribers read what waits
   * for them and then the end. Asked again, does nothing.
   */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.owner.probe?.('channel', this)
    this.#recent.clear()
    this.#commons.leave(this.#seat)
    const late = this.#givers.first && new ChannelClosedError()
    for (let giver = this.#givers.shift(); giver && late; giver = this.#givers.shift()) giver.end(late)
    for (const subscriber of this.#subscribers) subscriber.end()
  }

  /** `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    this.close()
    return Promise.resolve()
  }

  /** True if somebody waits for a value. @internal */
  get isWanted(): boolean {
    return this.#readers > 0
  }

  /** True if somebody waits for room. @internal */
  get isCrowded(): boolean {
    return this.#givers.first !== undefined
  }

  /** How many values wait for the slowest subscriber. @internal */
  get held(): number {
    let most = 0
    for (const { size } of this.#subscribers) most = Math.max(most, size)
    return most
  }

  /** Reports what has just happened to a subscriber. @internal */
  report(result: IteratorResult<T, undefined>): Promise<IteratorResult<T, undefined>> {
    return this.#commons.report(result)
  }

  /** A read waits. @internal */
  readerCame(): void {
    this.#readers++
    this.#commons.sit(this.#seat)
  }

  /** So many reads do not wait any more. @internal */
  readersWent(count: number): void {
    this.#readers -= count
    this.#rest()
  }

  /** A subscriber has more room than before. @internal */
  relieve(): void {
    while (this.#givers.first !== undefined && this.#mayPublish()) {
      const giver = this.#givers.shift()
      if (giver !== undefined) this.#publish(giver.give())
      this.#rest()
    }
  }

  /** A subscriber has left. @internal */
  forget(subscriber: Subscription<T>): void {
    this.#subscribers.delete(subscriber)
    this.relieve()
  }

  #mayPublish(): boolean {
    return this.full === 0 || (this.strategy !== 'block' && this.strategy !== 'error')
  }

  #publish(value: T): void {
    let victims: T[] | undefined
    for (const subscriber of this.#subscribers) {
      if (!subscriber.isFull) subscriber.put(value)
      else if (this.strategy === 'lag') this.#crowd(subscriber, value)
      else (victims ??= []).push(this.#crowd(subscriber, value))
      if (subscriber.size >= many && !this.#warned) this.#warn()
    }
    if (this.#replay > 0) {
      this.#recent.push(value)
      if (this.#recent.size > this.#replay) this.#recent.shift()
    }
    for (const victim of victims ?? []) attempt(this.owner, 'onDrop callback', () => this.#onDrop?.(victim), undefined)
  }

  /** Gives a value to a full subscriber; returns the one that it misses for that. */
  #crowd(subscriber: Subscription<T>, value: T): T {
    if (this.strategy === 'lag') subscriber.skip()
    if (this.capacity === 0 || this.strategy === 'drop-latest') return value
    const victim = subscriber.drop()
    subscriber.put(value)
    return victim
  }

  #warn(): void {
    if (this.capacity < Infinity) return
    this.#warned = true
    this.owner.warn(
      `A subscriber of a broadcast has ${many} values waiting: it reads too slowly or not at all; ` +
        'set a capacity, or leave the subscription',
    )
  }

  #withdraw(giver: Giver<T>): void {
    this.#givers.remove(giver)
    this.#rest()
  }

  /** Leaves nothing in the owner while nobody waits. */
  #rest(): void {
    if (this.#readers === 0 && this.#givers.first === undefined) this.#commons.leave(this.#seat)
  }

  #abort(error: Error): void {
    for (let giver = this.#givers.shift(); giver; giver = this.#givers.shift()) giver.fail(error)
    for (const subscriber of this.#subscribers) subscriber.fail(error)
  }
}

/**
 * Makes a broadcast.
 *
 * It needs no disposal: an unused one leaves nothing in its owner.
 *
 * @throws TypeError, RangeError on options that make no sense; ScopeDisposedError when the owner is disposed of.
 * @example
 * ```ts
 * const bc = s.broadcast<string>({ capacity: 100, backpressure: 'lag' })
 * s.task(async () => {
 *   for await (const message of bc.subscribe()) show(message)
 * })
 * await bc.send('hello')
 * bc.close()
 * ```
 */
export function broadcast<T>(owner: Lifetime, options: BroadcastOptions<T> = {}): BroadcastChannel<T> {
  return new BroadcastChannel(owner, options)
}
