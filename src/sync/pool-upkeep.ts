/**
 * Looks after what a pool has: health, age, idleness, leaks.
 *
 * 1. One background timer serves all of it; a pool that has nothing to look after has none.
 * 2. Sweeps check one resource at a time: they must not take a whole idle pool away from those who come.
 * 3. A check leaves its resource where it lies, so that being checked does not count as being used.
 */

import { Alarm } from '../base/alarm.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import { isHealthy } from './pool-health.js'
import type { PoolMember, PoolShelf } from './pool-member.js'
import type { PoolSettings } from './pool-options.js'

/** What upkeep sees of its pool. */
export interface Kept<T> {
  readonly owner: Lifetime
  readonly settings: PoolSettings<T>
  readonly members: ReadonlyMap<T, PoolMember<T>>
  readonly shelf: PoolShelf<T>
  /** True once nobody can be lent anything any more. */
  readonly isOver: boolean
  /** True once everything is to be destroyed. */
  readonly isEnding: boolean
  now(): number
  retire(member: PoolMember<T>): void
  /** Resources became free, or fewer. */
  changed(): void
}

const never = Infinity

/** The upkeep of one pool. */
export class PoolUpkeep<T> {
  #checking = 0
  #unhealthy = 0
  #sweeps = 0
  readonly #kept: Kept<T>
  readonly #alarm: Alarm

  constructor(kept: Kept<T>) {
    this.#kept = kept
    this.#alarm = new Alarm(kept.owner.host, (now) => this.#tend(now), true)
  }

  /** Checks under way. */
  get checking(): number {
    return this.#checking
  }

  /** How many were found unhealthy so far. */
  get unhealthy(): number {
    return this.#unhealthy
  }

  /** Looks at a resource that was just put down, when it is time. */
  watchIdle(member: PoolMember<T>): void {
    if (this.#kept.isOver) return
    const { healthCheckInterval, idleTimeout, maxLifetime } = this.#kept.settings
    const { checked, since, created } = member
    this.#alarm.sooner(Math.min(checked + healthCheckInterval, since + idleTimeout, created + maxLifetime))
  }

  /** Looks at a resource that was just lent, when it should have come back. */
  watchLent({ leak, since }: PoolMember<T>): void {
    if (leak !== undefined) this.#alarm.sooner(since + leak.ms)
  }

  /** Leaves no timer. */
  stop(): void {
    this.#alarm.clear()
  }

  /** Checks one that is idle; destroys it if it is unhealthy, or if the pool ended meanwhile. */
  async check(member: PoolMember<T>): Promise<boolean> {
    const kept = this.#kept
    member.at = 'checking'
    this.#checking++
    const healthy = await isHealthy(kept.settings, member.resource)
    this.#checking--
    if (!healthy) this.#unhealthy++
    if (member.at === 'checking') {
      member.at = 'idle'
      member.checked = kept.now()
      if (!healthy || kept.isEnding) kept.retire(member)
    }
    kept.changed()
    return healthy
  }

  /** Checks those that are idle when their turn comes; resolves to how many were unhealthy. */
  async sweep(members: readonly PoolMember<T>[]): Promise<number> {
    let unhealthy = 0
    this.#sweeps++
    for (const member of members) if (member.at === 'idle' && !(await this.check(member))) unhealthy++
    this.#sweeps--
    this.#plan()
    return unhealthy
  }

  #tend(now: number): void {
    const unchecked = this.#endIdle(now)
    this.#reportLeaks(now)
    if (unchecked.length > 0 && this.#sweeps === 0) void this.sweep(unchecked)
    else this.#plan()
    this.#kept.changed()
  }

  /** Destroys what is too old or too long idle; returns what is due for a check. */
  #endIdle(now: number): PoolMember<T>[] {
    const { settings, members, shelf } = this.#kept
    const unchecked: PoolMember<T>[] = []
    for (const member of shelf.snapshot()) {
      if (member.at !== 'idle') continue
      const spare = members.size > settings.min
      const idleTooLong = spare && member.since + settings.idleTimeout <= now
      if (idleTooLong || member.created + settings.maxLifetime <= now) this.#kept.retire(member)
      else if (member.checked + settings.healthCheckInterval <= now) unchecked.push(member)
    }
    return unchecked
  }

  #reportLeaks(now: number): void {
    for (const member of this.#kept.members.values()) {
      const { leak } = member
      if (leak === undefined || member.since + leak.ms > now) continue
      member.leak = undefined // once
      this.#kept.owner.report(leak, 'leak check of a pool')
    }
  }

  #plan(): void {
    if (this.#kept.isOver) return
    const { members, settings } = this.#kept
    const spare = members.size > settings.min
    let due = never
    for (const { at, since, checked, created, leak } of members.values()) {
      if (leak !== undefined) due = Math.min(due, since + leak.ms)
      if (at !== 'idle') continue
      due = Math.min(due, created + settings.maxLifetime)
      if (spare) due = Math.min(due, since + settings.idleTimeout)
      if (this.#sweeps === 0) due = Math.min(due, checked + settings.healthCheckInterval)
    }
    this.#alarm.sooner(due)
  }
}
