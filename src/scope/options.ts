/** What a scope can be asked for. */

import type { LogLevel } from '../runtime.js'
import type { BreakerSpec } from '../policy/breaker.js'
import type { PersistenceProviders } from '../persist/types.js'
import type { Logger, TaskOptions } from '../task/options.js'
import type { Scope } from './scope.js'
import type { ShutdownOptions } from './shutdown.js'
import type { WorkerPoolOptions } from '../worker/job.js'
import type { OpenTelemetryParts, Tracer } from '../policy/span.js'

/** Callbacks on the life of a scope and its tasks. One that throws is reported to the logger and changes nothing. */
export interface ScopeHooks {
  /** Before a body starts. */
  readonly beforeTask?: (name: string, index: number, options?: TaskOptions) => void
  /** After a body has really ended, exactly once for each `beforeTask`. */
  readonly afterTask?: (name: string, durationMs: number, error: unknown, index: number) => void
  /** Once, when the scope aborts for whatever cause. */
  readonly onCancel?: (reason: unknown) => void
  /** After each service cleanup, with the number of the service from 1. */
  readonly onDispose?: (index: number, error?: unknown) => void
  /** When disposal has aborted everything and before it waits. */
  readonly beforeDispose?: () => void | PromiseLike<void>
  /** When disposal has done everything. */
  readonly afterDispose?: () => void | PromiseLike<void>
}

/** A task as reports name it. */
export interface TaskInfo {
  readonly name: string
  readonly index: number
  readonly scopeName: string
}

/** A body that outlived its scope's grace period. */
export interface AbandonedTask extends TaskInfo {
  /** Milliseconds since the body started. */
  readonly age: number
}

/** Options of `scope(options)`. */
export interface ScopeOptions<S extends object = {}> {
  /** Name for messages and logs. Default: `scope-{id}`. */
  readonly name?: string
  /** Milliseconds until the scope is cancelled with a `TimeoutError`; 0 has expired, `Infinity` is never. Default: none. */
  readonly timeout?: number
  /** Cancels the scope when it aborts. */
  readonly signal?: AbortSignal
  /** How many tasks run at once; 0 is unlimited. Default: unlimited. */
  readonly concurrency?: number
  /** Protects every task that has no breaker of its own: options, or a shared breaker made by `circuitBreaker()`. */
  readonly circuitBreaker?: BreakerSpec
  /** Owns this scope: cancels, waits for and disposes it, and hands down services, context, logger and more. */
  readonly parent?: Scope<S>
  /** Callbacks. */
  readonly hooks?: ScopeHooks
  /** Where log lines go. Default: the parent's, else the host's console from `logLevel` up. */
  readonly logger?: Logger
  /** Least severe line that reaches the console. Default: `warn`. */
  readonly logLevel?: LogLevel
  /** Providers for what outlives the scope. */
  readonly persistence?: PersistenceProviders
  /** Defaults of idempotent tasks. */
  readonly idempotency?: { readonly defaultTTL?: number }
  /** Reuses internal task records to spare the garbage collector. Default: off. */
  readonly taskPooling?: { readonly maxSize?: number; readonly enabled?: boolean }
  /** The pool of workers, made when first used; with it a child has its own. Default: the parent's. */
  readonly workerPool?: WorkerPoolOptions
  /** Values every task can read, merged over the parent's. */
  readonly context?: Readonly<Record<string, unknown>>
  /** Gives log lines a trace id and a span id. Default: false. */
  readonly logCorrelation?: boolean
  /** The trace id to go on with: 32 lowercase hex digits. Needs `logCorrelation`. Default: the parent's, else a new one. */
  readonly traceId?: string
  /** Makes a span for the scope and for each task: anything shaped like an OpenTelemetry tracer. */
  readonly tracer?: Tracer
  /** OpenTelemetry's `context` and `trace`, so that spans get the right parents without async context. */
  readonly otel?: OpenTelemetryParts
  /**
   * Draws the tasks of the scope and of its children in the browser's performance panel, one track for each scope. Browsers only,
   * elsewhere it does nothing. Default: false, or what a parent has.
   */
  readonly timeline?: boolean
  /** The first failure of a task cancels the scope with it. Default: false. */
  readonly failFast?: boolean
  /** How long disposal waits for bodies, in milliseconds; `Infinity` waits for ever. Default: 2 000. */
  readonly gracePeriod?: number
  /**
   * Ends the scope in order when its process gets a signal: running work may finish for `timeout`, then the scope is disposed of;
   * a second signal disposes of it at once. `true` means `SIGINT` and `SIGTERM`, and 8 000 ms. Where there are no process
   * signals it warns and does nothing. Default: off.
   */
  readonly gracefulShutdown?: boolean | ShutdownOptions
  /** What to do with a failure nobody looked at: call this, or `'throw'` it from disposal. Default: `logger.error`. */
  readonly onUnhandled?: 'throw' | ((error: Error, task: TaskInfo) => void)
  /** Called for each body still running when the grace period is over. Default: `logger.warn`. */
  readonly onAbandoned?: (task: AbandonedTask) => void
}

/** The options, but for the owner. */
export type OwnOptions = Omit<ScopeOptions, 'parent'>
