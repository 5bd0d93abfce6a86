/**
 * The inside of a pool: who has what, and who gets it next.
 *
 * 1. Idle, lent, checked, created and destroyed resources together are never more than `max`.
 * 2. A waiter waits only while nothing sound lies ready: resources go from hand to hand in the turn they are free.
 * 3. What is under way (creations, checks) is for nobody in particular: it serves the oldest waiter there is by then.
 *    So a waiter that leaves takes nothing with it, and no more is begun than there are waiters.
 * 4. Each resource created is destroyed once, also one that arrives after the pool's end.
 */

import { Cancellation } from '../lifetime/cancellation.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import { type PoolCounts, PoolTimeoutError, type ResourceLeakError } from './errors-pool.js'
import { isFresh } from './pool-health.js'
import { type PoolMember, PoolShelf } from './pool-member.js'
import type { PoolSettings } from './pool-options.js'
import { PoolSupply } from './pool-supply.js'
import { type Kept, PoolUpkeep } from './pool-upkeep.js'
import { PoolWaiters } from './pool-waiters.js'

const never = Infinity

/** Waits for the pool to have `min` resources. */
interface ReadyWaiter {
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** `draining` waits for everything to come back, `ending` only for what is being destroyed, `ended` for nothing. */
export type PoolPhase =
  | { readonly at: 'open' }
  | { readonly at: 'draining'; readonly quiet: () => void }
  | { readonly at: 'ending'; readonly quiet: () => void; readonly taken: Set<unknown> }
  | { readonly at: 'ended'; readonly taken: Set<unknown> }

/** The resources of one pool and those who wait for them. */
export class PoolStock<T> implements Kept<T> {
  readonly owner: Lifetime
  readonly settings: PoolSettings<T>
  readonly members: Map<T, PoolMember<T>> = new Map()
  readonly shelf: PoolShelf<T> = new PoolShelf()
  readonly waiters: PoolWaiters<PoolMember<T>>
  readonly supply: PoolSupply<T>
  readonly upkeep: PoolUpkeep<T>
  /** Aborts when nobody can be lent anything any more. */
  readonly life: Cancellation = new Cancellation()
  /** What `destroy` threw while the pool was ending. */
  readonly errors: unknown[] = []
  phase: PoolPhase = { at: 'open' }
  readonly #ready: ReadyWaiter[] = []
  readonly #timed: boolean

  constructor(owner: Lifetime, settings: PoolSettings<T>) {
    const { host } = owner
    const { life } = this
    const context = {
      get signal(): AbortSignal {
        return life.signal
      },
    }
    this.owner = owner
    this.settings = settings
    this.#timed = settings.healthCheck !== undefined || limits(settings).some((ms) => ms !== never)
    this.waiters = new PoolWaiters(host, settings.acquireTimeout, () => this.late())
    this.upkeep = new PoolUpkeep(this)
    this.supply = new PoolSupply(host, settings, context, {
      created: (resource) => this.#created(resource),
      createFailed: (error, first) => this.#createFailed(error, first),
      destroyFailed: (thrown) => this.#destroyFailed(thrown),
      changed: () => this.changed(),
    })
  }

  get isOver(): boolean {
    return this.life.aborted
  }

  get isEnding(): boolean {
    return this.phase.at !== 'open'
  }

  /** The time, for pools to which it matters: reading it costs as much as the rest of a call. */
  now(): number {
    return this.#timed ? this.owner.host.now() : 0
  }

  /** The member to lend next, if it can be lent as it is. Those that are too old are destroyed on the way. */
  sound(): PoolMember<T> | undefined {
    for (let member = this.shelf.latest; member !== undefined; member = this.shelf.latest) {
      const now = this.now()
      if (member.created + this.settings.maxLifetime > now) {
        return isFresh(this.settings, member.checked, now) ? member : undefined
      }
      this.retire(member)
    }
    return undefined
  }

  /** Marks a member as lent. */
  lend(member: PoolMember<T>, leak: ResourceLeakError | undefined): void {
    if (member.at === 'idle') this.shelf.remove(member)
    member.at = 'lent'
    member.uses++
    if (leak === undefined) return
    member.leak = leak
    member.since = this.now()
    this.upkeep.watchLent(member)
  }

  /** Takes a lent member back: to whoever waits, onto the shelf, or out of the pool. */
  giveBack(member: PoolMember<T>): void {
    const { maxUses, maxLifetime } = this.settings
    const now = this.now()
    member.leak = undefined
    if (this.isEnding || member.uses >= maxUses || member.created + maxLifetime <= now) {
      this.retire(member)
      this.changed()
    } else this.#place(member, now)
  }

  /** Destroys a member. Its place is free once that has happened. */
  retire(member: PoolMember<T>): void {
    if (member.at !== 'lent') this.shelf.remove(member)
    this.members.delete(member.resource)
    this.supply.destroy(member)
  }

  /** Does all that can be done now: for those who wait, then for `min`; at the end, tells that nothing is left. */
  changed(): void {
    if (this.isOver) return this.#settled()
    while (this.waiters.size > 0) {
      const member = this.sound()
      if (member !== undefined) this.waiters.serve(member)
      else if (this.waiters.size <= this.supply.creating + this.upkeep.checking) break
      else if (!this.#checkLatest() && !this.#create()) break
    }
    while (this.members.size + this.supply.creating < this.settings.min && this.#create()) {}
  }

  /** Resolves once there are `min` resources; rejects with the next error. */
  ready(): Promise<void> {
    if (this.life.abortError !== undefined) return Promise.reject(this.life.abortError)
    if (this.members.size >= this.settings.min) return Promise.resolve()
    return new Promise((resolve, reject) => this.#ready.push({ resolve, reject }))
  }

  /** Rejects everybody who waits, and begins nothing any more; false if that was so before. */
  stop(reason: unknown, error: Error): boolean {
    if (!this.life.abort(reason, error)) return false
    this.supply.stop()
    this.upkeep.stop()
    this.waiters.rejectAll(error)
    for (const { reject } of this.#ready.splice(0)) reject(error)
    return true
  }

  /** How many are where. */
  counts(): PoolCounts {
    const idle = this.shelf.size
    const total = this.members.size
    return { total, active: total - idle, idle, waiting: this.waiters.size, creating: this.supply.creating }
  }

  /** The error of one that waited too long. */
  late(): PoolTimeoutError {
    return new PoolTimeoutError(this.settings.acquireTimeout, this.counts(), this.supply.lastError)
  }

  #place(member: PoolMember<T>, now: number): void {
    if (this.waiters.size > 0) return this.waiters.serve(member)
    member.since = member.checked = now
    this.shelf.put(member)
    this.upkeep.watchIdle(member)
  }

  #checkLatest(): boolean {
    const member = this.shelf.latest
    if (member !== undefined) void this.upkeep.check(member)
    return member !== undefined
  }

  #create(): boolean {
    const { creating, destroying } = this.supply
    return this.members.size + creating + destroying < this.settings.max && this.supply.create()
  }

  #created(resource: T): boolean {
    if (this.members.has(resource)) return false
    const now = this.now()
    const member: PoolMember<T> = {
      resource,
      created: now,
      at: 'lent',
      since: now,
      checked: now,
      uses: 0,
      leak: undefined,
    }
    this.members.set(resource, member)
    if (this.isEnding) this.retire(member)
    else this.#place(member, now)
    if (this.members.size >= this.settings.min) for (const { resolve } of this.#ready.splice(0)) resolve()
    return true
  }

  #createFailed(error: Error, first: boolean): void {
    const told = this.waiters.rejectFirst(error) || this.#ready.length > 0
    for (const { reject } of this.#ready.splice(0)) reject(error)
    if (!told && first && !this.isOver) this.owner.report(error, 'create of a pool')
  }

  #destroyFailed(thrown: unknown): void {
    const { at } = this.phase
    if (at === 'draining' || at === 'ending') this.errors.push(thrown)
    else this.owner.report(thrown, 'destroy of a pool')
  }

  #settled(): void {
    const { phase, supply } = this
    if (phase.at === 'draining' && this.members.size + supply.creating + supply.destroying === 0) phase.quiet()
    if (phase.at === 'ending' && supply.destroying === 0) phase.quiet()
  }
}

function limits<T>({ idleTimeout, maxLifetime, leakThreshold }: PoolSettings<T>): readonly number[] {
  return [idleTimeout, maxLifetime, leakThreshold]
}
