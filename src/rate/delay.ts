/** Waits, no longer than its owner lives. */

import { after } from '../base/clock.js'
import { duration } from '../base/options.js'
import { listen } from '../base/signal.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import { brokenOff, signalOf, type WaitOptions } from '../sync/waiter.js'

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
  return new Promise((resolve, reject) => {
    if (owner.abortError !== undefined) return reject(owner.abortError)
    if (signal?.aborted) return reject(brokenOff(signal.reason))
    const undos = [
      after(ms, () => end(resolve)),
      owner.onAbort((error) => end(() => reject(error))),
      signal && listen(signal, (reason) => end(() => reject(brokenOff(reason)))),
    ]
    const end = (settle: () => void): void => {
      for (const undo of undos) undo?.()
      settle()
    }
  })
}
