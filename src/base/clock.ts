/**
 * The one place that arms timers. Timers are looked up at each call, so that fake timers work.
 *
 * A delay of `Infinity` never fires and arms nothing; one above 2^31-1, which hosts turn into 1, is re-armed.
 */

import type { Runtime } from '../runtime.js'
import { nothing, type Undo } from './undo.js'

/** The longest delay that every host keeps. */
const longest = 0x7fffffff

/** Calls `fn` once, `ms` milliseconds from now; returns its undo. */
export function after(ms: number, fn: () => void): Undo {
  return arm(ms, fn, undefined)
}

/** As `after`, for timers nobody awaits: they do not hold the process open. */
export function afterInBackground(host: Runtime, ms: number, fn: () => void): Undo {
  return arm(ms, fn, host)
}

function arm(ms: number, fn: () => void, host: Runtime | undefined): Undo {
  if (ms === Infinity) return nothing
  let left = ms
  let timer: ReturnType<typeof setTimeout> | undefined
  const next = (): void => {
    const step = Math.min(left, longest)
    left -= step
    timer = setTimeout(left > 0 ? next : fn, step)
    host?.unref?.(timer)
  }
  next()
  return () => clearTimeout(timer)
}
