/** One run of a task in a worker, as the pool and the task see it. */

import type { Result } from '../base/result.js'
import type { WorkerContext } from './context.js'
import type { WorkerTarget } from './target.js'

/** What is to be run, and who wants to know. */
export interface Job {
  /** The task's name. */
  readonly name: string
  readonly target: WorkerTarget
  readonly data: unknown
  readonly transfer: readonly object[]
  /** What its body is given with this copy of its data, or what the worker's messages go to; made when it starts. */
  context(data?: unknown): WorkerContext
  /** A worker has it, or is about to run it here. */
  started(): void
  /** It has really ended. Called once, possibly before `run` returns. */
  ended(outcome: Result<Error, unknown>): void
  /** Who has it, once somebody does. */
  holder: JobHolder | undefined
}

/** Has jobs, and gives them up. */
export interface JobHolder {
  /** Nobody wants the job any more: one that waits ends at once, one that runs when its worker has. */
  cancel(job: Job, reason: Error): void
}

/** Options of a pool. */
export interface WorkerPoolOptions {
  /** How many workers there are at most. Default: one less than the processors, at least 1. */
  readonly size?: number
  /** Milliseconds that a worker without work is kept; 0 ends it at once, `Infinity` keeps it. Default: 60 000. */
  readonly idleTimeout?: number
  /** Without workers, run tasks where they are, with one warning, or refuse them. Default: `inline`. */
  readonly fallback?: 'inline' | 'error'
}
