/** What a priority channel keeps, in order of rank. */

import { attempt } from '../base/guard.js'
import { Heap } from '../base/heap.js'
import { integer, oneOf, optionalCallback } from '../base/options.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import type { Store } from './backpressure.js'
import type { PriorityChannelOptions, PriorityStrategy } from './priority-options.js'
import type { LastPlace, Ranked, Ranking } from './ranking.js'

const strategies: readonly PriorityStrategy[] = ['block', 'error', 'drop-latest', 'drop-lowest']

/** The values that wait in a priority channel. */
export class PriorityBacklog<T> implements Store<T> {
  readonly capacity: number
  readonly strategy: PriorityStrategy
  readonly #owner: Lifetime
  readonly #onDrop: ((value: T) => void) | undefined
  readonly #ranking: Ranking<T>
  readonly #values: Heap<Ranked<T>>
  /** Only with `drop-lowest`: the same values, the last in rank first. */
  readonly #lasts: Heap<LastPlace<T>> | undefined

  constructor(owner: Lifetime, ranking: Ranking<T>, options: PriorityChannelOptions<T>) {
    const action = 'create priority channel'
    const { capacity = Infinity, backpressure = 'block', onDrop } = options
    this.#owner = owner
    this.#ranking = ranking
    this.capacity = integer(action, 'capacity', capacity, 0, true)
    this.strategy = oneOf(action, 'backpressure', backpressure, strategies)
    this.#onDrop = optionalCallback(action, 'onDrop', onDrop)
    this.#values = new Heap(ranking.before)
    if (backpressure === 'drop-lowest') this.#lasts = new Heap((a, b) => ranking.before(b.ranked, a.ranked))
  }

  /** How many there are. */
  get size(): number {
    return this.#values.size
  }

  /** The same as `size`: nothing grows too old. */
  get held(): number {
    return this.#values.size
  }

  /** True if `offer` would succeed. */
  get accepts(): boolean {
    return this.size < this.capacity || this.strategy === 'drop-latest' || this.strategy === 'drop-lowest'
  }

  /** Keeps the value, or drops one as the strategy has it; false if it can do neither. */
  offer(value: T): boolean {
    if (this.size < this.capacity) this.push(value)
    else if (this.strategy === 'block' || this.strategy === 'error') return false
    else if (this.strategy === 'drop-latest' || this.capacity === 0) this.#drop(value)
    else {
      this.push(value)
      this.#drop(this.#takeOut(this.#lasts?.first?.ranked))
    }
    return true
  }

  /** Keeps the value, whatever the capacity. */
  push(value: T): void {
    const ranked = this.#ranking.rank(value)
    this.#values.add(ranked)
    if (this.#lasts === undefined) return
    ranked.last = { place: -1, ranked }
    this.#lasts.add(ranked.last)
  }

  /** Takes the first in rank out; there must be one. */
  shift(): T {
    return this.#takeOut(this.#values.first)
  }

  /** Keeps the value and takes the first in rank out, which may be the same. */
  exchange(value: T): T {
    this.push(value)
    return this.shift()
  }

  #takeOut(found: Ranked<T> | undefined): T {
    const ranked = found as Ranked<T> // the caller knows that there is one
    this.#values.remove(ranked)
    if (ranked.last !== undefined) this.#lasts?.remove(ranked.last)
    return ranked.value
  }

  /** Everything is in order by now: the callback may use the channel. */
  #drop(value: T): void {
    attempt(this.#owner, 'onDrop callback', () => this.#onDrop?.(value), undefined)
  }
}
