/** How far a task is, and how long it will still take. */

import { callback } from '../base/options.js'
import type { Undo } from '../base/undo.js'

/** Progress at one moment. */
export interface Progress {
  /** From 0 to 100. */
  readonly percentage: number
  /** Milliseconds still to go at the pace so far; absent before the first step and at the end. */
  readonly eta?: number
}

/** Reports progress; always safe to call. */
export interface ProgressContext {
  /** Sets how far the task is; values outside 0 to 100 are moved to the nearer end, NaN is ignored. */
  update(percentage: number): void
  /** How far the task is. */
  get(): Progress
  /** Calls `fn` at each update; returns its undo. A callback that throws is reported and stops nothing. */
  onUpdate(fn: (progress: Progress) => void): Undo
}

/**
 * Makes a progress context.
 *
 * `now` gives milliseconds (default: the wall clock), `report` hears of callbacks that throw.
 *
 * @example
 * ```ts
 * const progress = createProgressContext()
 * progress.onUpdate(({ percentage, eta }) => console.log(percentage, eta))
 * progress.update(40)
 * ```
 */
export function createProgressContext(
  now: () => number = () => Date.now(),
  report: (error: unknown, where: string) => void = () => {},
): ProgressContext {
  const listeners = new Set<{ readonly fn: (progress: Progress) => void }>()
  let first: { readonly at: number; readonly percentage: number } | undefined
  let latest: Progress = { percentage: 0 }
  return {
    update(percentage) {
      if (!(typeof percentage === 'number' && !Number.isNaN(percentage))) return
      const clamped = Math.min(100, Math.max(0, percentage))
      const at = now()
      first ??= { at, percentage: clamped }
      const gained = clamped - first.percentage
      const eta = gained > 0 && clamped < 100 ? ((100 - clamped) * (at - first.at)) / gained : undefined
      latest = eta === undefined ? { percentage: clamped } : { percentage: clamped, eta }
      for (const { fn } of listeners) {
        try {
          fn(latest)
        } catch (error) {
          report(error, 'progress callback')
        }
      }
    },
    get: () => latest,
    onUpdate(fn) {
      const entry = { fn: callback('listen to progress', 'fn', fn) }
      listeners.add(entry)
      return () => listeners.delete(entry)
    },
  }
}
