/** What a task can be asked for, and what its body is given. */

import type { Logger } from '../base/logger.js'
import type { Result } from '../base/result.js'
import type { BreakerSpec } from '../policy/breaker.js'
import type { IdempotencyOptions } from '../policy/idempotency-options.js'
import type { MemoOptions } from '../policy/memo.js'
import type { RetryOption } from '../policy/retry.js'
import type { CheckpointContext, CheckpointOptions } from '../persist/types.js'
import type { ProgressContext } from '../persist/progress.js'
import type { Task } from './task.js'

/** A class of errors that can wrap another one. */
export type ErrorConstructorLike<E extends Error> = new (message: string, options: { cause: unknown }) => E

export type { Logger } from '../base/logger.js'

/** Attributes of a span. */
export interface SpanOptions {
  /** Name of the span. Default: the task's name. */
  readonly name?: string
  /** Attributes set at its start. */
  readonly attributes?: Readonly<Record<string, unknown>>
}

/** Options of a shielded section. */
export interface ShieldOptions {
  /** Milliseconds until the section's own signal aborts and the promise rejects with a `TimeoutError`. Default: none. */
  readonly timeout?: number
}

/** What a shielded section is given. */
export interface ShieldContext {
  /** Aborts on the section's own timeout only. */
  readonly signal: AbortSignal
}

/**
 * What a task's body is given. Members are made when they are first read: take what you need by destructuring, as in
 * `({ signal })`. A spread copies none of them.
 */
export interface TaskContext<S extends object = {}> {
  /** The services of the scope, created on first use. */
  readonly services: S
  /** Aborts with the task: its scope, its `cancel()`, its timeout. */
  readonly signal: AbortSignal
  /** The scope's logger, with the scope's and the task's name and index. */
  readonly logger: Logger
  /** The `context` option of the scope, merged over its parents'. */
  readonly context: Readonly<Record<string, unknown>>
  /** The task's `data` option. */
  readonly data: unknown
  /** Which attempt this is, from 1. */
  readonly attempt: number
  /** Saves and reads checkpoints; only with a provider and the `checkpoint` option. */
  readonly checkpoint?: CheckpointContext
  /** Reports progress. */
  readonly progress: ProgressContext
  /** Starts a task on this task's own permit, cancelled with it: for nesting on a scope that is full. */
  readonly task: <T, E extends Error = Error>(fn: Body<T, S>, options?: TaskOptions<E>) => Task<Result<E, T>>
  /** Runs a section that outer cancellation does not reach and that the scope's exit waits for. */
  readonly shield: <T>(fn: (context: ShieldContext) => T | PromiseLike<T>, options?: ShieldOptions) => Promise<T>
}

/** A task's function, synchronous or not. */
export type Body<T, S extends object = {}> = (context: TaskContext<S>) => T | PromiseLike<T>

/** Options of `s.task(fn, options)`. */
export interface TaskOptions<E extends Error = Error> {
  /** Name for hooks, logs, spans, checkpoints. Default: `task-{n}`. */
  readonly id?: string
  /** Milliseconds from the moment the task has its permit; 0 has expired, `Infinity` is never. Default: none. */
  readonly timeout?: number
  /** Retries of failed attempts. Default: none. */
  readonly retry?: RetryOption
  /** Wraps every error, cancellations included. */
  readonly errorClass?: ErrorConstructorLike<E>
  /** Wraps errors without `_tag` and of no class of their own; not cancellations. */
  readonly systemErrorClass?: ErrorConstructorLike<Error>
  /** Calls with the same key share one run while it is in flight. */
  readonly dedupe?: string | symbol
  /** Keeps successful values under a key for some milliseconds. */
  readonly memo?: MemoOptions
  /** Keeps successful values across executions and refuses a second run meanwhile; needs a provider. */
  readonly idempotency?: IdempotencyOptions
  /** A breaker for this task instead of the scope's: options, or a shared breaker made by `circuitBreaker()`. */
  readonly circuitBreaker?: BreakerSpec
  /** Higher goes first among the waiting tasks of a limited scope. Default: 0. */
  readonly priority?: number
  /** Runs the task in a worker: a function that needs nothing from outside, a module, or a task of `workerTasks`. */
  readonly worker?: boolean
  /** Input of the task; the only one for workers, which get a copy. */
  readonly data?: unknown
  /** What of `data` moves to the worker instead of being copied, such as buffers; it is gone here. Not with `retry`. */
  readonly transfer?: readonly object[]
  /** Resumes from what an earlier run saved; needs a provider and an `id`. */
  readonly checkpoint?: CheckpointOptions
  /** The task's span, with `scope({ tracer })`. */
  readonly otel?: SpanOptions
}

/** Options of a task in a worker. */
export type WorkerTaskOptions<D, E extends Error = Error> = Omit<TaskOptions<E>, 'worker' | 'data'> & {
  readonly worker: true
} & (undefined extends D ? { readonly data?: D } : { readonly data: D })
