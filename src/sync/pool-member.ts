/** One resource of a pool, and where it is at the moment. */

import type { ResourceLeakError } from './errors-pool.js'

/** A resource and its record. */
export interface PoolMember<T> {
  readonly resource: T
  /** When it was created. */
  readonly created: number
  /** Idle and checked ones lie on the shelf; those that are ending are no longer the pool's. */
  at: 'idle' | 'checking' | 'lent' | 'ending'
  /** Since when it is idle, or lent. */
  since: number
  /** When it was last known to work. */
  checked: number
  /** How often it was lent; with that a lease knows whether it is still its own turn. */
  uses: number
  /** What to report if it does not come back in time. */
  leak: ResourceLeakError | undefined
}

/** Those that lie ready, in the order in which they were put down. */
export class PoolShelf<T> {
  // A check leaves its member in place, so that a sweep does not make a long unused one the most recent.
  readonly #members: PoolMember<T>[] = []

  /** The one put down last that is not being checked. */
  get latest(): PoolMember<T> | undefined {
    for (let at = this.#members.length - 1; at >= 0; at--) {
      const member = this.#members[at]
      if (member?.at === 'idle') return member
    }
    return undefined
  }

  /** How many lie here, those being checked included. */
  get size(): number {
    return this.#members.length
  }

  /** How many could be lent. */
  get ready(): number {
    return this.#members.filter(({ at }) => at === 'idle').length
  }

  /** Everything here at this moment, the longest idle first. */
  snapshot(): readonly PoolMember<T>[] {
    return [...this.#members]
  }

  /** Puts one down. */
  put(member: PoolMember<T>): void {
    member.at = 'idle'
    this.#members.push(member)
  }

  /** Takes one away. */
  remove(member: PoolMember<T>): void {
    if (this.#members.at(-1) === member) this.#members.pop()
    else this.#members.splice(this.#members.indexOf(member), 1)
  }
}
