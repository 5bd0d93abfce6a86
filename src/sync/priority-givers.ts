/** Those who wait to send to a priority channel: whose value is first in rank goes first. */

import { Heap } from '../base/heap.js'
import type { Ranked, Ranking } from './ranking.js'
import { WaitQueue } from './wait-queue.js'
import type { Giver } from './waiter.js'

/** A giver in its place. */
interface RankedGiver<T> extends Ranked<T> {
  readonly giver: Giver<T>
}

/** A queue in order of rank; joining and leaving are O(log n). */
export class PriorityGivers<T> extends WaitQueue<Giver<T>> {
  readonly #ranking: Ranking<T>
  readonly #places: Map<Giver<T>, RankedGiver<T>> = new Map()
  readonly #heap: Heap<RankedGiver<T>>

  constructor(ranking: Ranking<T>) {
    super()
    this.#ranking = ranking
    this.#heap = new Heap<RankedGiver<T>>(ranking.before)
  }

  override get first(): Giver<T> | undefined {
    return this.#heap.first?.giver
  }

  override add(giver: Giver<T>): void {
    const place = { ...this.#ranking.rank(giver.value), giver }
    giver.queue = this
    this.#places.set(giver, place)
    this.#heap.add(place)
  }

  override shift(): Giver<T> | undefined {
    const { first } = this
    if (first !== undefined) this.remove(first)
    return first
  }

  override remove(giver: Giver<T>): void {
    const place = this.#places.get(giver)
    if (place === undefined) return
    this.#places.delete(giver)
    this.#heap.remove(place)
    giver.queue = undefined
  }
}
