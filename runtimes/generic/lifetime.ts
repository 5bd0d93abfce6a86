/** An owner for features that are used without a scope, on what every host has. */
import { type LifetimeOptions, Owner, type OwnLifetime } from '../../src/lifetime/owner.js'
import { host } from './runtime.js'

/**
 * Makes an owner for the features of this package that need no tasks: importing it and `semaphore`, say, brings only those.
 *
 * Disposing of it cancels what lives in it with an `AbortError`, then runs its cleanups, last registered first; their errors
 * are thrown. A cancelled `signal` cancels it with the signal's reason.
 *
 * @throws TypeError, RangeError for options that make no sense.
 * @example
 * ```ts
 * await using owner = createLifetime()
 * const permits = semaphore(owner, 3)
 * await permits.acquire(() => fetchPage(url))
 * ```
 */
export function createLifetime(options?: LifetimeOptions): OwnLifetime {
  return new Owner(host, options)
}
