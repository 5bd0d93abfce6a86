/** Virtual time in which nothing waits for code to be loaded, which takes real time. */

import { taking } from '../../src/persist/acquire-lock.js'
import * as lockTaking from '../../src/persist/lock-taking.js'
import { provided } from '../../src/policy/late.js'
import * as layers from '../../src/policy/provided.js'
import { virtualTime as startVirtualTime, type VirtualClock } from '../../src/testing/clock.js'

/**
 * Replaces `setTimeout`, `setInterval`, their `clear` functions, `Date` and `performance.now` by ones that only move when
 * told to, until `restore`. Promises and their microtasks stay real.
 *
 * Scopes keep time in the fake timers of vitest and sinon as well, as long as those fake the clocks too, which they do unless
 * told otherwise; one of them at a time.
 *
 * @param start what `Date.now()` says at the beginning; the start of the year 2000 by default.
 * @throws Error when timers are faked already, by this or another library.
 * @example
 * ```ts
 * using clock = virtualTime()
 * let rang = false
 * setTimeout(() => { rang = true }, 60_000)
 * await clock.advance(60_000) // rang === true, in no time
 * ```
 */
export function virtualTime(start?: number): VirtualClock {
  preload()
  return startVirtualTime(start)
}

/**
 * Loads at once what the library loads on first use. Under other fake timers, such as those of vitest and sinon, loading takes
 * real turns of the event loop that no advancing brings: call it first, where tasks have providers or locks.
 *
 * @example
 * ```ts
 * preload()
 * vi.useFakeTimers()
 * ```
 */
export function preload(): void {
  provided.now = layers
  taking.now = lockTaking
}
