/** A lock that is held. */

import { toError } from '../base/errors.js'
import { guard } from '../base/guard.js'
import { nothing, type Undo } from '../base/undo.js'
import { Cancellation } from '../lifetime/cancellation.js'
import { endsWithin } from '../lifetime/grace.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import { LockLostError, providerFailed, providerOdd } from './errors-provider.js'
import { ringFirst } from './lock-line.js'
import { Renewal } from './renewal.js'
import type { LockHandle, LockProvider } from './types.js'

/** What is known of a lock when it was acquired. */
export interface LockGrant {
  readonly key: string
  readonly ttl: number
  readonly provider: LockProvider
  readonly handle: LockHandle
  /** Since when it counts, in the host's milliseconds. */
  readonly since: number
}

type State =
  | { readonly at: 'held' }
  | { readonly at: 'lost' }
  | { readonly at: 'released'; readonly ended: Promise<void> }

/**
 * A lock in somebody's hands: made by `acquireLock`, given back at the end of its `await using` block, by `release()`, or
 * when its owner is disposed of.
 */
export class Lock implements AsyncDisposable {
  /** What is locked. */
  readonly key: string
  /**
   * Rises with each holder of the key. Hand it to what the lock protects, which can refuse lower ones: a process that
   * stood still may believe a little too long that it holds the lock. `undefined` with a provider that counts none.
   */
  readonly fence: number | undefined
  readonly #owner: Lifetime
  readonly #grant: LockGrant
  readonly #renewal: Renewal
  readonly #node: Cancellation = new Cancellation()
  #state: State = { at: 'held' }
  #forget: Undo = nothing

  /** Use `acquireLock`. @internal */
  constructor(owner: Lifetime, grant: LockGrant) {
    const { key, ttl, handle, since } = grant
    this.key = key
    this.fence = handle.fence
    this.#owner = owner
    this.#grant = grant
    this.#renewal = new Renewal(
      {
        host: owner.host,
        ttl,
        extend: () => this.#extend(),
        lost: (how) => this.#lost(how),
        report: (error) => owner.report(error, 'lock provider'),
      },
      since,
    )
    this.#forget = owner.onDispose(() => this.release())
  }

  /** Aborts with a `LockLostError` when the lock is lost. Made on first use. */
  get signal(): AbortSignal {
    return this.#node.signal
  }

  /** True until it is lost or given back. */
  get isHeld(): boolean {
    return this.#state.at === 'held'
  }

  /**
   * Gives the lock back; asked again, gives the same promise.
   *
   * A provider that does not answer within the owner's grace period is not waited for: that is warned of, and the lock is
   * free when its time is over.
   *
   * @throws ProviderError when the provider fails.
   */
  release(): Promise<void> {
    const state = this.#state
    if (state.at === 'released') return state.ended
    this.#renewal.stop()
    this.#forget()
    const ended = state.at === 'lost' ? Promise.resolve() : this.#give()
    this.#state = { at: 'released', ended }
    return ended
  }

  /** `release`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.release()
  }

  async #extend(): Promise<boolean> {
    const { handle, ttl, key } = this.#grant
    let answer: unknown
    try {
      answer = await handle.extend(ttl)
    } catch (error) {
      throw providerFailed('lock', 'extend', key, error)
    }
    if (typeof answer !== 'boolean') throw providerOdd('lock', 'extend', key, answer)
    return answer
  }

  #lost(how: 'taken' | 'expired'): void {
    const { key, ttl, handle } = this.#grant
    this.#state = { at: 'lost' }
    this.#forget()
    const why = how === 'taken' ? 'somebody else has taken it' : `it could not be extended within its ttl of ${ttl}ms`
    // An extension that was only late may still have come through: the key is not to stay taken by nobody.
    if (how === 'expired')
      guard(
        () => handle.release(),
        (error) => this.#owner.report(error, 'lock provider'),
      )
    this.#node.abort(new LockLostError(key, why))
    ringFirst(this.#grant.provider, key)
  }

  async #give(): Promise<void> {
    const { key, provider, handle } = this.#grant
    const { gracePeriod } = this.#owner
    const answer = (async () => handle.release())()
    try {
      if (await endsWithin(gracePeriod, answer)) await answer
      else {
        this.#owner.warn(
          `The lock provider has not answered within ${gracePeriod}ms to release, key ${JSON.stringify(key)}: ` +
            'it is not waited for, and the lock is free when its ttl is over',
        )
      }
    } catch (error) {
      throw providerFailed('lock', 'release', key, toError(error))
    } finally {
      ringFirst(provider, key)
    }
  }
}
