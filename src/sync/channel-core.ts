/**
 * What a channel does, without its promises: each method takes effect at once.
 *
 * 1. Takers wait only while there is no value, givers only while there is no room: whoever changes that serves the first
 *    in the queue before anybody else gets a chance.
 * 2. Those who wait are decided once, see `waiter.ts`.
 * 3. It has a seat in its owner only while somebody waits.
 * 4. Nobody is called back before the state is in order: callbacks may use the channel.
 */

import type { Lifetime } from '../lifetime/lifetime.js'
import type { Store } from './backpressure.js'
import type { Pump } from './channel-pump.js'
import { type Commons, commonsOf, type Seat } from './commons.js'
import { ChannelClosedError } from './errors.js'
import { WaitNode, WaitQueue } from './wait-queue.js'
import type { Giver, Taker } from './waiter.js'

type State = { readonly at: 'open' } | { readonly at: 'closed'; readonly error: Error | undefined }

const open: State = { at: 'open' }

/** The inside of one channel. */
export class ChannelCore<T> extends WaitNode<Seat> implements Seat {
  readonly owner: Lifetime
  readonly commons: Commons
  readonly backlog: Store<T>
  /** What fills it, if it is derived from another one. */
  pump: Pump | undefined = undefined
  readonly #takers: WaitQueue<Taker<T>> = new WaitQueue()
  readonly #givers: WaitQueue<Giver<T>>
  #state: State = open

  constructor(owner: Lifetime, backlog: Store<T>, givers: WaitQueue<Giver<T>> = new WaitQueue()) {
    super()
    this.backlog = backlog
    this.#givers = givers
    this.owner = owner
    this.commons = commonsOf(owner)
  }

  get isClosed(): boolean {
    return this.#state !== open
  }

  /** True once closed and empty. */
  get isEnded(): boolean {
    return this.#state !== open && this.backlog.size === 0
  }

  /** Why nothing can be received any more, if that is an error. */
  get refusal(): Error | undefined {
    const { abortError } = this.owner
    if (this.#state.at === 'open' || this.backlog.size > 0) return abortError
    return this.#state.error
  }

  /** True if a value can be had at once. */
  get hasValue(): boolean {
    if (this.backlog.size > 0 || this.#givers.first !== undefined) return true
    if (this.pump === undefined || this.owner.aborted) return false
    this.pump.prime()
    return this.backlog.size > 0
  }

  /** What there is instead of a value once the channel has ended: the end, or the error it ended with. */
  end<R>(end: R): Promise<R> {
    const { refusal } = this
    return refusal === undefined ? this.commons.report(end) : Promise.reject(refusal)
  }

  /** True if `accept` would succeed. */
  get accepts(): boolean {
    return this.#takers.first !== undefined || this.backlog.accepts
  }

  /** True if somebody waits for room. */
  get isCrowded(): boolean {
    return this.#givers.first !== undefined
  }

  /** True if somebody waits for a value. */
  get isWanted(): boolean {
    return this.#takers.first !== undefined
  }

  /** Takes a value; `hasValue` has just said that there is one. */
  take(): T {
    const { backlog } = this
    if (backlog.held === 0) return this.#nextGiver().give()
    const { first } = this.#givers
    const value =
      first === undefined || backlog.held > backlog.capacity
        ? backlog.shift()
        : backlog.exchange(this.#nextGiver().give())
    this.pump?.relax()
    return value
  }

  /** Hands a value over, or keeps or drops it; false if that would need waiting. */
  accept(value: T): boolean {
    const taker = this.#takers.shift()
    if (taker === undefined) return this.backlog.offer(value)
    this.#rest()
    taker.take(value)
    return true
  }

  /** Hands a value over or keeps it, whatever the capacity. */
  put(value: T): void {
    if (this.#takers.first === undefined) this.backlog.push(value)
    else this.accept(value)
  }

  /** Lets a taker wait. */
  awaitValue(taker: Taker<T>): void {
    this.#takers.add(taker)
    this.commons.sit(this)
    this.owner.probe?.('channel', this)
    this.pump?.pull()
  }

  /** Lets a giver wait. */
  awaitTaker(giver: Giver<T>): void {
    this.#givers.add(giver)
    this.commons.sit(this)
    this.owner.probe?.('channel', this)
  }

  /** Ends a taker's wait, if it still waits. */
  withdrawTaker(taker: Taker<T>): void {
    if (taker.queue === undefined) return
    this.#takers.remove(taker)
    this.#rest()
    this.pump?.relax()
  }

  /** Ends a giver's wait, if it still waits. */
  withdrawGiver(giver: Giver<T>): void {
    if (giver.queue === undefined) return
    this.#givers.remove(giver)
    this.#rest()
  }

  /** Closes; an error is what comes after the last value. */
  close(error?: Error): void {
    if (this.#state !== open) return
    this.#state = { at: 'closed', error }
    this.owner.probe?.('channel', this)
    this.commons.leave(this)
    const late = this.#givers.first && new ChannelClosedError()
    for (let giver = this.#givers.shift(); giver && late; giver = this.#givers.shift()) giver.end(late)
    for (let taker = this.#takers.shift(); taker; taker = this.#takers.shift()) {
      if (error === undefined) taker.end()
      else taker.fail(error)
    }
    this.pump?.relax()
  }

  /** The owner was cancelled. */
  abort(error: Error): void {
    for (let giver = this.#givers.shift(); giver; giver = this.#givers.shift()) giver.fail(error)
    for (let taker = this.#takers.shift(); taker; taker = this.#takers.shift()) taker.fail(error)
  }

  #nextGiver(): Giver<T> {
    const giver = this.#givers.shift() as Giver<T> // the caller knows that there is one
    this.#rest()
    return giver
  }

  #rest(): void {
    if (this.#takers.first === undefined && this.#givers.first === undefined) this.commons.leave(this)
  }
}
