/** What a task in a worker is given. */

import type { Logger } from '../base/logger.js'
import type { ProgressContext } from '../persist/progress.js'
import type { CheckpointContext } from '../persist/types.js'

/**
 * What a task in a worker is given: no services, and no context of the scope, since functions and connections cannot
 * go there. Take what you need by destructuring, as in `({ data, signal })`: a spread copies no member that is made when it is read.
 *
 * @example
 * ```ts
 * const double = ({ data }: WorkerContext<number>) => data * 2
 * const [err, value] = await s.task(double, { worker: true, data: 21 })
 * ```
 */
export interface WorkerContext<D = unknown> {
  /** A copy of the task's `data` option. */
  readonly data: D
  /** Aborts with the task. Code that never pauses cannot see it: such a worker is ended 1 000 ms later. */
  readonly signal: AbortSignal
  /** Writes to the scope's logger; what cannot be copied arrives as text. */
  readonly logger: Logger
  /** Reports progress, here and to the scope. */
  readonly progress: ProgressContext
  /** Which attempt this is, from 1. */
  readonly attempt: number
  /** Saves and reads checkpoints; only with a provider and the `checkpoint` option. */
  readonly checkpoint?: CheckpointContext
}

/** A function that runs in a worker. */
export type WorkerBody<D, T> = (context: WorkerContext<D>) => T | PromiseLike<T>
