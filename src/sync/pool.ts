/** Keeps a limited number of costly resources and lends them out. */

import { AbortError, markCancelled, toError } from '../base/errors.js'
import { callback } from '../base/options.js'
import { nothing, type Undo } from '../base/undo.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import { requireOpen } from '../lifetime/open.js'
import { ReleaseError, ResourceLeakError } from './errors-pool.js'
import { Lease } from './lease.js'
import { endPool } from './pool-end.js'
import type { PoolMember } from './pool-member.js'
import { poolSettings, type ResourcePoolOptions } from './pool-options.js'
import { PoolStock } from './pool-stock.js'
import { signalOf } from './waiter.js'

/** Options of `acquire`, `lease` and `execute`. */
export interface AcquireOptions {
  /** Ends the wait when it aborts; a resource that was already handed over stays the caller's. */
  readonly signal?: AbortSignal
}

/** A pool at one moment. */
export interface PoolStats {
  /** Resources that exist: idle, checked or lent out. */
  readonly total: number
  /** Those that lie ready. */
  readonly available: number
  /** Those that are lent out. */
  readonly inUse: number
  /** Calls that wait for one. */
  readonly waiting: number
  /** Calls of `create` under way. */
  readonly creating: number
  /** Calls of `destroy` under way. */
  readonly destroying: number
  /** How many were found unhealthy so far. */
  readonly unhealthy: number
  /** True with a `healthCheck`. */
  readonly healthChecksEnabled: boolean
}

/** `stopped` lends nothing but still takes back: the owner was cancelled and is not yet disposed of. */
type State =
  | { readonly at: 'open' }
  | { readonly at: 'stopped'; readonly since: number }
  | { readonly at: 'ended'; readonly ended: Promise<void>; readonly byOwner: boolean }

/**
 * Creates a pool of resources: connections, workers, anything costly to make.
 *
 * `min` resources are made in the background from the start. When the owner is cancelled, those who wait are rejected
 * with its reason; when it is disposed of, lent resources get a grace, and everything is destroyed.
 *
 * @throws TypeError, RangeError for options that make no sense; ScopeDisposedError when the owner is disposed of.
 * @example
 * ```ts
 * const connections = pool(s, { create: connect, destroy: (c) => c.close(), max: 10 })
 * const rows = await connections.execute((c) => c.query('select 1'))
 * ```
 */
export function pool<T>(owner: Lifetime, options: ResourcePoolOptions<T>): ResourcePool<T> {
  return new ResourcePool(owner, options)
}

/**
 * Lends out at most `max` resources: first come, first served, the most recently used first.
 *
 * @example
 * ```ts
 * {
 *   using lease = await connections.lease()
 *   await lease.resource.query('select 1')
 * }
 * ```
 */
export class ResourcePool<T> implements AsyncDisposable {
  readonly #owner: Lifetime
  readonly #stock: PoolStock<T>
  #state: State = { at: 'open' }
  #leaveOwner: Undo = nothing

  /** Use `pool()` or `scope.pool()`. */
  constructor(owner: Lifetime, options: ResourcePoolOptions<T>) {
    const settings = poolSettings(options, owner.gracePeriod)
    requireOpen(owner, 'create pool')
    this.#owner = owner
    this.#stock = new PoolStock(owner, settings)
    const leaveDisposal = owner.onDispose(() => this.#endWithOwner())
    const leaveAbort = owner.onAbort((error) => this.#stop(owner.reason, error))
    this.#leaveOwner = () => {
      leaveAbort()
      leaveDisposal()
    }
    this.#stock.changed()
  }

  /** What the pool consists of right now. */
  get stats(): PoolStats {
    const { settings, shelf, supply, upkeep } = this.#stock
    const { total, active, waiting, creating } = this.#stock.counts()
    return {
      total,
      available: shelf.ready,
      inUse: active,
      waiting,
      creating,
      destroying: supply.destroying,
      unhealthy: upkeep.unhealthy,
      healthChecksEnabled: settings.healthCheck !== undefined,
    }
  }

  /**
   * Waits for a resource, which must be given back with `release`.
   *
   * Rejects with `PoolTimeoutError` after `acquireTimeout`, with the error of `create` if that fails, with the reason of
   * the signal, and with the owner's when the pool ends.
   */
  acquire(options?: AcquireOptions): Promise<T> {
    return this.#take(resourceOf, options)
  }

  /**
   * Gives a resource back. One that has reached `maxUses` or `maxLifetime` is destroyed, which is not waited for.
   *
   * @throws ReleaseError for a resource that is not lent out.
   */
  release(resource: T): Promise<void> {
    const member = this.#stock.members.get(resource)
    if (member?.at === 'lent') this.#stock.giveBack(member)
    else if (!this.#wasTaken(resource)) throw releaseError(member)
    return Promise.resolve()
  }

  /**
   * Lends a resource to `fn` and takes it back when that ends, however it ends.
   *
   * Rejects as `acquire` does, and with what `fn` throws.
   */
  execute<R>(fn: (resource: T) => R | PromiseLike<R>, options?: AcquireOptions): Promise<R> {
    callback('execute', 'fn', fn)
    return this.lease(options).then(async (lease) => {
      try {
        return await fn(lease.resource)
      } finally {
        lease.release()
      }
    })
  }

  /** As `acquire`, but gives the resource back at the end of the block: `using lease = await pool.lease()`. */
  lease(options?: AcquireOptions): Promise<Lease<T>> {
    return this.#take((member) => {
      const turn = member.uses
      return new Lease(member.resource, () => {
        // Whoever has released the resource itself must not end the next one's turn.
        if (member.at === 'lent' && member.uses === turn) this.#stock.giveBack(member)
      })
    }, options)
  }

  /** Resolves once `min` resources are there; rejects with the error of a `create` meanwhile, or when the pool ends. */
  initialize(): Promise<void> {
    return this.#stock.ready()
  }

  /** Checks what lies idle, one after another, and destroys what is unhealthy; resolves to how many those were. */
  async checkHealth(): Promise<number> {
    const { settings, shelf, upkeep } = this.#stock
    return settings.healthCheck === undefined ? 0 : upkeep.sweep(shelf.snapshot())
  }

  /**
   * Ends the pool: rejects those who wait, gives lent resources the grace, destroys all.
   *
   * Resolves when every `destroy` has settled; rejects with what they threw, several as a `SuppressedError`. A second call
   * gives the same promise.
   */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#end(false)
  }

  #take<R>(wrap: (member: PoolMember<T>) => R, options: AcquireOptions | undefined): Promise<R> {
    const stock = this.#stock
    const signal = signalOf('acquire', options)
    if (stock.life.abortError !== undefined) return Promise.reject(stock.life.abortError)
    if (signal?.aborted) return Promise.reject(markCancelled(toError(signal.reason)))
    const { leakThreshold, acquireTimeout } = stock.settings
    const leak = leakThreshold === Infinity ? undefined : new ResourceLeakError(leakThreshold)
    const member = stock.waiters.size === 0 ? stock.sound() : undefined
    if (member !== undefined) {
      stock.lend(member, leak)
      return Promise.resolve(wrap(member))
    }
    if (acquireTimeout === 0) return Promise.reject(stock.late())
    const lend = (each: PoolMember<T>): R => {
      stock.lend(each, leak)
      return wrap(each)
    }
    const taken = stock.waiters.join(lend, signal)
    stock.changed()
    return taken
  }

  /** True, once, for a resource that its holder gives back after the pool has destroyed it. */
  #wasTaken(resource: T): boolean {
    const { phase } = this.#stock
    return (phase.at === 'ending' || phase.at === 'ended') && phase.taken.delete(resource)
  }

  #stop(reason: unknown, error: Error): void {
    if (this.#stock.stop(reason, error)) this.#state = { at: 'stopped', since: this.#owner.host.now() }
  }

  #endWithOwner(): Promise<void> {
    const byUser = this.#state.at === 'ended' && !this.#state.byOwner
    const ended = this.#end(true)
    return byUser ? ended.catch(nothing) : ended // whoever ended it has been told
  }

  #end(byOwner: boolean): Promise<void> {
    if (this.#state.at === 'ended') return this.#state.ended
    const { host, scopeName } = this.#owner
    const error = new AbortError('Pool disposed', { scopeName })
    const since = this.#state.at === 'stopped' ? this.#state.since : host.now()
    this.#stock.stop(error, error)
    const left = Math.max(0, since + this.#stock.settings.gracePeriod - host.now())
    let begin: (ended: Promise<void>) => void = nothing
    const ended = new Promise<void>((resolve) => (begin = resolve))
    this.#state = { at: 'ended', ended, byOwner } // before the first `destroy`, which may call us again
    begin(endPool(this.#stock, left).finally(this.#leaveOwner))
    return ended
  }
}

function resourceOf<T>(member: PoolMember<T>): T {
  return member.resource
}

function releaseError(member: PoolMember<unknown> | undefined): ReleaseError {
  const why = member === undefined ? 'it is not one of this pool' : 'it has been released before'
  return new ReleaseError(`Cannot release resource: ${why}`)
}
