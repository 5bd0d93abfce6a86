/**
 * The order of a priority channel: first in rank, then first come.
 *
 * A callback that throws while a heap is put in order would break it: it is reported, and its values count as equal, or as
 * last.
 */

import type { Placed } from '../base/heap.js'
import { attempt } from '../base/guard.js'
import { number, optionalCallback } from '../base/options.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import type { PriorityChannelOptions } from './priority-options.js'

/** A value, and its place in the order of taking. */
export interface Ranked<T> extends Placed {
  readonly value: T
  readonly priority: number
  readonly order: number
  /** Where values may be dropped, its place in the order of that. */
  last: LastPlace<T> | undefined
}

/** A place in the opposite order: last in rank first. */
export interface LastPlace<T> extends Placed {
  readonly ranked: Ranked<T>
}

/** Decides which of two values goes first. */
export class Ranking<T> {
  readonly #owner: Lifetime
  readonly #priority: ((value: T) => number) | undefined
  readonly #compare: ((a: T, b: T) => number) | undefined
  #count = 0

  constructor(owner: Lifetime, { priority, compare }: PriorityChannelOptions<T>) {
    const action = 'create priority channel'
    if ((priority === undefined) === (compare === undefined)) {
      const got = priority === undefined ? 'neither' : 'both'
      throw new TypeError(`Cannot ${action}: one of priority and compare must be given, got ${got}`)
    }
    this.#owner = owner
    this.#priority = optionalCallback(action, 'priority', priority)
    this.#compare = optionalCallback(action, 'compare', compare)
  }

  /** Ranks a value behind all its equals. */
  rank(value: T): Ranked<T> {
    return { place: -1, value, priority: this.#priorityOf(value), order: this.#count++, last: undefined }
  }

  /** True if `a` goes first. */
  readonly before = (a: Ranked<T>, b: Ranked<T>): boolean => {
    if (a.priority !== b.priority) return a.priority > b.priority // both 0 with `compare`
    const compare = this.#compare
    const difference =
      compare === undefined ? 0 : attempt(this.#owner, 'compare of a channel', () => compare(a.value, b.value), 0)
    return difference < 0 || (!(difference > 0) && a.order < b.order)
  }

  #priorityOf(value: T): number {
    const priority = this.#priority
    if (priority === undefined) return 0
    const rank = (): number => number('rank value', 'priority', priority(value), -Infinity, Infinity)
    return attempt(this.#owner, 'priority of a channel', rank, -Infinity)
  }
}
