/** What a scope is made of, put together from its options. */

import { after } from '../base/clock.js'
import { ScopeDisposedError, TimeoutError } from '../base/errors.js'
import { guard } from '../base/guard.js'
import { callback, limit } from '../base/options.js'
import { listen } from '../base/signal.js'
import type { Undo } from '../base/undo.js'
import { CleanupStack } from '../lifetime/cleanup.js'
import { defaultGrace } from '../lifetime/grace.js'
import type { Cleanup, Lifetime } from '../lifetime/lifetime.js'
import { CircuitBreaker } from '../policy/breaker.js'
import { Limit } from '../policy/limit.js'
import { Spans } from '../policy/span.js'
import type { Runtime } from '../runtime.js'
import { PermitQueue } from '../sync/permit-queue.js'
import { Workers } from '../worker/workers.js'
import { BodyContext } from '../task/context.js'
import { abandonment, type ScopeGroup, TaskGroup } from '../task/group.js'
import type { Logger } from '../task/options.js'
import { Records } from '../task/records.js'
import { checkOptions } from './check-options.js'
import { CorrelatedLogger, type CorrelationContext, hexId } from './correlation.js'
import { GuardedLogger, HostLogger, PrefixLogger } from './log.js'
import { Observers } from './observers.js'
import type { OwnOptions, ScopeHooks, TaskInfo } from './options.js'
import { Services } from './services.js'
import { endOnSignals, shutdownPlan } from './shutdown.js'

const action = 'create scope'

let lastId = 0

/** The inside of one scope. */
export class ScopeCore implements Lifetime {
  readonly id: number = ++lastId
  readonly scopeName: string
  readonly host: Runtime
  readonly options: OwnOptions
  readonly hooks: ScopeHooks
  readonly parent: ScopeCore | undefined
  readonly children: Set<ScopeCore> = new Set()
  readonly cleanups: CleanupStack = new CleanupStack()
  readonly concurrency: number | undefined
  readonly gracePeriod: number
  readonly context: Readonly<Record<string, unknown>>
  readonly correlation: CorrelationContext | undefined
  readonly logger: Logger
  readonly spans: Spans | undefined
  readonly group: ScopeGroup
  readonly services: Services
  readonly observers: Observers
  /** The promise of its end, once that was asked for. */
  disposal: Promise<void> | undefined
  /** True once a signal has told the process to end, with `gracefulShutdown`. */
  shutdownRequested = false
  #ended = false
  #workers: Workers | undefined
  readonly #baseLogger: Logger

  constructor(host: Runtime, options: OwnOptions, parent: ScopeCore | undefined) {
    checkOptions(options)
    if (parent?.group.refuses) throw new ScopeDisposedError('create child scope', parent.scopeName)
    this.host = host
    this.options = options
    this.parent = parent
    this.scopeName = options.name ?? `scope-${this.id}`
    this.hooks = options.hooks ?? {}
    const permits = limit(action, 'concurrency', options.concurrency)
    this.concurrency = permits === Infinity ? undefined : permits
    this.gracePeriod = options.gracePeriod ?? parent?.gracePeriod ?? defaultGrace
    this.context = options.context === undefined ? (parent?.context ?? {}) : { ...parent?.context, ...options.context }
    this.#baseLogger = this.#chooseLogger()
    this.correlation = this.#correlate()
    this.logger = this.#correlated(new PrefixLogger(this.#baseLogger, this.scopeName))
    const shutdown = shutdownPlan(options.gracefulShutdown)
    if (shutdown !== undefined) endOnSignals(this, shutdown) // a host that refuses a signal leaves no half of a scope
    this.spans = this.#startSpan()
    this.services = new Services(this, parent?.services, (index, error) => this.#serviceEnded(index, error))
    this.group = this.#createGroup()
    this.observers = new Observers(this.group, this.hooks)
    parent?.children.add(this)
    this.#link()
  }

  get signal(): AbortSignal {
    return this.group.signal
  }

  get aborted(): boolean {
    return this.group.aborted
  }

  get reason(): unknown {
    return this.group.reason
  }

  get abortError(): Error | undefined {
    return this.group.abortError
  }

  get isDisposed(): boolean {
    return this.group.refuses
  }

  /** Its own workers, if it has options for them or no parent; else its parent's. */
  get workers(): Workers {
    const { parent, options } = this
    if (parent !== undefined && options.workerPool === undefined) return parent.workers
    return (this.#workers ??= new Workers(this, options.workerPool))
  }

  onAbort(fn: (error: Error) => void): Undo {
    return this.group.onAbort(callback('listen', 'fn', fn))
  }

  onDispose(cleanup: Cleanup): Undo {
    callback('register cleanup', 'fn', cleanup)
    if (this.#ended) throw new ScopeDisposedError('register cleanup', this.scopeName)
    return this.cleanups.push(cleanup)
  }

  report(error: unknown, where: string): void {
    this.logger.error(`${where} threw`, error)
  }

  warn(message: string): void {
    this.logger.warn(message)
  }

  /** Nothing can be registered any more. */
  end(): void {
    this.#ended = true
  }

  /** True once its disposal has done everything. */
  get isEnded(): boolean {
    return this.#ended
  }

  #chooseLogger(): Logger {
    const { logger, logLevel } = this.options
    if (logger !== undefined) return new GuardedLogger(logger, this.host)
    if (logLevel === undefined && this.parent !== undefined) return this.parent.#baseLogger
    return new HostLogger(this.host, logLevel ?? 'warn')
  }

  #correlate(): CorrelationContext | undefined {
    const above = this.parent?.correlation
    const wanted = this.options.logCorrelation ?? above !== undefined
    if (!wanted) return undefined
    const { traceId = above?.traceId } = this.options
    const random = (length: number): Uint8Array => this.host.randomBytes(length)
    return {
      traceId: traceId ?? hexId(16, random),
      spanId: hexId(8, random),
      scopeName: this.scopeName,
      ...(above && { parentSpanId: above.spanId }),
    }
  }

  #correlated(logger: Logger): Logger {
    return this.correlation === undefined ? logger : new CorrelatedLogger(logger, this.correlation)
  }

  #startSpan(): Spans | undefined {
    const above = this.parent?.spans
    const tracer = this.options.tracer ?? above?.tracer
    if (tracer === undefined) return undefined
    try {
      return new Spans(tracer, this.options.otel ?? above?.parts, this.scopeName, above)
    } catch (error) {
      this.report(error, 'tracer')
      return undefined
    }
  }

  #createGroup(): ScopeGroup {
    const { host, options, scopeName, parent } = this
    const own = options.timeout === undefined ? Infinity : host.now() + options.timeout
    const breaker = options.circuitBreaker
    const ready = breaker instanceof CircuitBreaker
    const warn = (message: string): void => this.warn(message)
    return new TaskGroup(
      {
        host,
        scopeName,
        warn,
        deadline: Math.min(own, parent?.group.deadline ?? Infinity),
        gracePeriod: this.gracePeriod,
        failFast: options.failFast ?? false,
        limit: this.concurrency === undefined ? undefined : new Limit(new PermitQueue(this.concurrency), warn),
        breaker: breaker === undefined || ready ? breaker : new CircuitBreaker(breaker),
        breakerKey: ready ? undefined : options.name,
        spans: this.spans,
        workers: () => this.workers,
        records: options.taskPooling?.enabled ? new Records(options.taskPooling.maxSize ?? 100) : undefined,
        persistence: options.persistence ?? parent?.group.settings.persistence ?? {},
        idempotencyTtl: options.idempotency?.defaultTTL ?? parent?.group.settings.idempotencyTtl,
        createContext: (call) => new BodyContext(call, this.group),
        services: this.services.view,
        context: this.context,
        taskLogger: ({ name, index }) =>
          this.#correlated(new PrefixLogger(this.#baseLogger, `${scopeName}/${name}#${index}`)),
        onAbandoned: (name, index, age) => this.#abandoned({ name, index, scopeName }, age),
        onAborted: () => this.#tellCancelled(),
        report: (error, where) => this.report(error, where),
      },
      parent?.group,
    )
  }

  /** Listens to the foreign signal and arms the timeout, until the scope is aborted for whatever cause. */
  #link(): void {
    const { signal, timeout } = this.options
    const { group } = this
    if (signal?.aborted) group.cancelWith(signal.reason)
    const expire = (): void => void group.cancelWith(new TimeoutError('Scope', timeout ?? 0, this.scopeName))
    if (timeout === 0) expire()
    if (group.aborted) {
      // Born aborted below an aborted parent: nobody else tells its hook.
      if (this.parent?.aborted) this.#tellCancelled()
      return
    }
    if (signal !== undefined) group.onAbort(listen(signal, (reason) => void group.cancelWith(reason)))
    const sooner = timeout !== undefined && group.deadline < (this.parent?.group.deadline ?? Infinity)
    if (sooner) group.onAbort(after(timeout, expire))
  }

  #tellCancelled(): void {
    guard(
      () => this.hooks.onCancel?.(this.reason),
      (error) => this.report(error, 'onCancel hook'),
    )
  }

  #serviceEnded(index: number, error: unknown): void {
    guard(
      () => this.hooks.onDispose?.(index, error),
      (thrown) => this.report(thrown, 'onDispose hook'),
    )
  }

  #abandoned(task: TaskInfo, age: number): unknown {
    if (this.options.onAbandoned !== undefined) return this.options.onAbandoned({ ...task, age })
    this.logger.warn(abandonment(task.name, age, this.gracePeriod))
  }
}
