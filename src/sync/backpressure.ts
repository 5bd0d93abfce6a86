/** What a channel keeps, and what becomes of a value that finds it full. */

import { Deque } from '../base/deque.js'
import { attempt } from '../base/guard.js'
import { duration, integer, oneOf, optionalCallback, outOfRange } from '../base/options.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import type { PriorityStrategy } from './priority-options.js'

/**
 * What becomes of a value sent to a full channel: `block` lets the sender wait, `drop-oldest` and `sample` drop what has
 * waited longest, `drop-latest` drops the new one, `error` refuses it. `sample` also drops what has grown too old.
 */
export type BackpressureStrategy = 'block' | 'drop-oldest' | 'drop-latest' | 'error' | 'sample'

const strategies: readonly BackpressureStrategy[] = ['block', 'drop-oldest', 'drop-latest', 'error', 'sample']

/** Options of `channel`. */
export interface ChannelOptions<T> {
  /** How many values wait in the channel; an integer or `Infinity`. With 0 sender and receiver meet. Default: 0. */
  readonly capacity?: number
  /** What becomes of a value sent to a full channel. Default: `block`. */
  readonly backpressure?: BackpressureStrategy
  /** Called once for each value that is dropped, after the operation that dropped it. */
  readonly onDrop?: ((value: T) => void) | undefined
  /** With `sample`: milliseconds after which a waiting value is dropped, at the next operation. Default: 1 000. */
  readonly sampleWindow?: number
}

/** What a channel asks of whatever keeps its values. */
export interface Store<T> {
  readonly capacity: number
  readonly strategy: BackpressureStrategy | PriorityStrategy
  /** How many there are, those that have grown too old dropped first. */
  readonly size: number
  /** How many there are, old ones included: drops nothing. */
  readonly held: number
  /** True if `offer` would succeed. */
  readonly accepts: boolean
  /** Keeps the value, or drops one as the strategy has it; false if it can do neither. */
  offer(value: T): boolean
  /** Keeps the value, whatever the capacity. */
  push(value: T): void
  /** Takes the next one out; there must be one. */
  shift(): T
  /** Takes the next one out while one more comes in; there must be one. */
  exchange(value: T): T
}

/** The values that wait in a channel, first come, first served. */
export class Backlog<T> implements Store<T> {
  readonly capacity: number
  readonly strategy: BackpressureStrategy
  readonly #owner: Lifetime
  readonly #onDrop: ((value: T) => void) | undefined
  readonly #window: number
  readonly #values: Deque<T> = new Deque()
  readonly #times: Deque<number> | undefined

  constructor(owner: Lifetime, options: ChannelOptions<T>) {
    const action = 'create channel'
    const { capacity = 0, backpressure = 'block', onDrop, sampleWindow = 1_000 } = options
    this.#owner = owner
    this.capacity = integer(action, 'capacity', capacity, 0, true)
    this.strategy = oneOf(action, 'backpressure', backpressure, strategies)
    this.#onDrop = optionalCallback(action, 'onDrop', onDrop)
    this.#window = duration(action, 'sampleWindow', sampleWindow)
    if (backpressure !== 'sample') return
    if (capacity === 0) throw outOfRange(action, 'capacity', "at least 1 with backpressure 'sample'", capacity)
    this.#times = new Deque()
  }

  /** How many there are, those that have grown too old dropped first. */
  get size(): number {
    if (this.#times !== undefined) this.#age(this.#times)
    return this.#values.size
  }

  /** How many there are, old ones included: drops nothing. */
  get held(): number {
    return this.#values.size
  }

  /** True if `offer` would succeed. */
  get accepts(): boolean {
    return this.size < this.capacity || (this.strategy !== 'block' && this.strategy !== 'error')
  }

  /** Keeps the value, or drops one as the strategy has it; false if it can do neither. */
  offer(value: T): boolean {
    if (this.size < this.capacity) this.push(value)
    else if (this.strategy === 'block' || this.strategy === 'error') return false
    else if (this.strategy === 'drop-latest' || this.capacity === 0) this.#drop(value)
    else {
      const victim = this.shift()
      this.push(value)
      this.#drop(victim)
    }
    return true
  }

  /** Keeps the value, whatever the capacity. */
  push(value: T): void {
    this.#values.push(value)
    this.#times?.push(this.#owner.host.now())
  }

  /** Takes the oldest out; there must be one. */
  shift(): T {
    this.#times?.shift()
    return this.#values.shift() as T // the caller has asked for the size
  }

  /** Takes the oldest out and keeps the value; there must be an oldest. */
  exchange(value: T): T {
    const oldest = this.shift()
    this.push(value)
    return oldest
  }

  #age(times: Deque<number>): void {
    if (times.size === 0) return
    const oldest = this.#owner.host.now() - this.#window
    while (times.size > 0 && (times.first ?? 0) <= oldest) this.#drop(this.shift())
  }

  /** Everything is in order by now: the callback may use the channel. */
  #drop(value: T): void {
    attempt(this.#owner, 'onDrop callback', () => this.#onDrop?.(value), undefined)
  }
}
