/** Calls a function at a steady beat. */

import { callback, duration } from '../base/options.js'
import { nothing, type Undo } from '../base/undo.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import { Poller } from './poll.js'
import { pollSettings } from './poll-options.js'
import type { RunContext } from './run.js'

/**
 * Calls `fn` every `ms` milliseconds, for the first time after `ms`; returns the function that stops it.
 *
 * Calls never overlap: beats that pass during a slow call are left out, and what follows keeps the beat. A failure is told
 * to the owner's logger and stops nothing. Stopping, and the owner's end, abort the running call's signal; disposal waits
 * for that call, at most its grace period.
 *
 * @throws TypeError, RangeError for arguments that make no sense; ScopeDisposedError when the owner is disposed of.
 * @example
 * ```ts
 * const stop = every(s, 60_000, ({ signal }) => fetchStatus(signal))
 * stop()
 * ```
 */
export function every(owner: Lifetime, ms: number, fn: (context: RunContext) => unknown): Undo {
  const action = 'call at intervals'
  duration(action, 'ms', ms)
  callback(action, 'fn', fn)
  const call = (signal: AbortSignal): unknown => fn({ signal })
  const onError = (error: Error): void => owner.report(error, 'function called at intervals')
  const settings = pollSettings({ interval: ms, immediate: false, onError })
  const poller = new Poller(owner, call, nothing, settings, beats(owner.host.now(), ms))
  poller.start()
  return () => poller.stop()
}

/** How long until the next beat, counted from `start`: a late one delays none of those that follow. */
function beats(start: number, ms: number): (now: number) => number {
  let beat = 1
  return (now) => {
    if (ms === 0) return 0
    beat = Math.max(beat + 1, Math.ceil((now - start) / ms))
    // A clock that stands still must not let the pauses grow.
    return Math.min(ms, Math.max(0, start + beat * ms - now))
  }
}
