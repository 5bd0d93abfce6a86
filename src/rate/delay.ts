/** Waits, no longer than its owner lives. */

import { after } from '../base/clock.js'
import { brokenOff } from '../base/errors.js'
import { firstOf } from '../base/first.js'
import { duration } from '../base/options.js'
import { listen } from '../base/signal.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import { refusalOf } from '../lifetime/open.js'
import { signalOf, type WaitOptions } from '../sync/waiter.js'

/**
 * Resolves after `ms` milliseconds; `Infinity` waits for the end. 0 lets a macrotask pass.
 *
 * Rejects with the reason when the owner or `signal` aborts, at once if that has happened; its timer is gone then.
 *
 * @throws TypeError, RangeError for arguments that make no sense.
 * @example
 * ```ts
 * await delay(s, 250)
 * ```
 */
export function delay(owner: Lifetime, ms: number, options?: WaitOptions): Promise<void> {
  duration('delay', 'ms', ms)
  const signal = signalOf('delay', options)
  const refused = refusalOf(owner, signal)
  if (refused !== undefined) return Promise.reject(refused)
  return firstOf((resolve, reject) => [
    after(ms, resolve as () => void), // it has no value
    owner.onAbort(reject),
    signal && listen(signal, (reason) => reject(brokenOff(reason))),
  ])
}
