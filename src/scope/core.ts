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
import { requireOpen } from '../lifetime/open.js'
import type { Probe } from '../lifetime/probe.js'
import type { PersistenceProviders } from '../persist/types.js'
import { type BreakerSpec, CircuitBreaker } from '../policy/breaker.js'
import { Limit } from '../policy/limit.js'
import { Spans } from '../policy/span.js'
import type { LogLevel, Runtime } from '../runtime.js'
import { PermitQueue } from '../sync/permit-queue.js'
import { Workers } from '../worker/workers.js'
import { BodyContext } from '../task/context.js'
import type { CallNode } from '../task/call.js'
import { abandonment, type ScopeGroup, type ScopeSettings, TaskGroup } from '../task/group.js'
import type { Logger } from '../task/options.js'
import { Records } from '../task/records.js'
import { checkOptions } from './check-options.js'
import { CorrelatedLogger, type CorrelationContext, hexId } from './correlation.js'
import { GuardedLogger, HostLogger, PrefixLogger } from './log.js'
import { Observers } from './observers.js'
import type { OwnOptions, ScopeHooks } from './options.js'
import { Services } from './services.js'
import { endOnSignals, shutdownPlan } from './shutdown.js'
import { beginTimeline } from './timeline.js'

const action = 'create scope'

let lastId = 0

const none: readonly ScopeCore[] = []
/** Hooks, context, providers of those who give none. */
const empty: Readonly<Record<string, never>> = Object.freeze({})

/** What a scope has that was given none. */
export const noOptions: OwnOptions = {}

/** The inside of one scope. */
export class ScopeCore implements Lifetime, ScopeSettings {
  readonly id: number = ++lastId
  readonly #name: string | undefined
  readonly #logLevel: LogLevel | undefined
  readonly host: Runtime
  readonly options: OwnOptions
  readonly hooks: ScopeHooks
  readonly parent: ScopeCore | undefined
  readonly cleanups: CleanupStack = new CleanupStack()
  readonly concurrency: number | undefined
  readonly gracePeriod: number
  readonly context: Readonly<Record<string, unknown>>
  readonly correlation: CorrelationContext | undefined
  readonly spans: Spans | undefined
  readonly group: ScopeGroup
  readonly deadline: number
  readonly failFast: boolean
  readonly limit: Limit | undefined
  readonly breaker: CircuitBreaker | undefined
  readonly breakerKey: string | undefined
  readonly records: Records | undefined
  readonly persistence: PersistenceProviders
  readonly idempotencyTtl: number | undefined
  /** Ends the watch for a scope that was forgotten. */
  watched: Undo | undefined
  /** The promise of its end, once that was asked for. */
  disposal: Promise<void> | undefined
  /** Resolves that promise, where the very first step towards the end has asked for it again. */
  ending: ((end: Promise<void>) => void) | undefined
  /** True once a signal has told the process to end, with `gracefulShutdown`. */
  shutdownRequested = false
  #ended = false
  #children: Set<ScopeCore> | undefined
  #observers: Observers | undefined
  #workers: Workers | undefined
  #registry: Services | undefined
  #baseLogger: Logger | undefined
  #logger: Logger | undefined

  constructor(host: Runtime, options: OwnOptions, parent: ScopeCore | undefined) {
    if (options !== noOptions) checkOptions(options)
    if (parent !== undefined) requireOpen(parent, 'create child scope')
    this.host = host
    this.options = options
    this.parent = parent
    this.#name = options.name
    this.#logLevel = options.logLevel
    this.hooks = options.hooks ?? empty
    const permits = limit(action, 'concurrency', options.concurrency)
    this.concurrency = permits === Infinity ? undefined : permits
    this.gracePeriod = options.gracePeriod ?? parent?.gracePeriod ?? defaultGrace
    this.context =
      options.context === undefined ? (parent?.context ?? empty) : { ...parent?.context, ...options.context }
    if (options.logger !== undefined) this.#baseLogger = new GuardedLogger(options.logger, host)
    this.correlation = this.#correlate()
    const shutdown = shutdownPlan(options.gracefulShutdown)
    if (shutdown !== undefined) endOnSignals(this, shutdown) // a host that refuses a signal leaves no half of a scope
    this.spans = this.#startSpan()
    const { timeout, circuitBreaker, taskPooling } = options
    const above = parent?.group.settings
    this.deadline = Math.min(timeout === undefined ? Infinity : host.now() + timeout, above?.deadline ?? Infinity)
    this.failFast = options.failFast ?? false
    this.limit = permits === Infinity ? undefined : new Limit(new PermitQueue(permits), (text) => this.warn(text))
    this.breaker = breakerOf(circuitBreaker)
    this.breakerKey = circuitBreaker instanceof CircuitBreaker ? undefined : this.#name
    this.records = taskPooling?.enabled ? new Records(taskPooling.maxSize ?? 100) : undefined
    this.persistence = options.persistence ?? above?.persistence ?? empty
    this.idempotencyTtl = options.idempotency?.defaultTTL ?? above?.idempotencyTtl
    this.group = new TaskGroup<ScopeSettings>(this, parent?.group)
    const { beforeTask, afterTask } = this.hooks
    if (beforeTask !== undefined || afterTask !== undefined) this.#observers = new Observers(this.group, this.hooks)
    if (parent !== undefined) (parent.#children ??= new Set()).add(this)
    this.#link()
    if (options.timeline) beginTimeline(this)
    this.group.probe?.('scope', this)
  }

  get scopeName(): string {
    return this.#name ?? `scope-${this.id}`
  }

  get logger(): Logger {
    return (this.#logger ??= this.#correlated(new PrefixLogger(this.#base, this.scopeName)))
  }

  get probe(): Probe | undefined {
    return this.group.probe
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

  /** Those that live, oldest first. */
  get children(): Iterable<ScopeCore> {
    return this.#children ?? none
  }

  /** True when it has none. */
  get isChildless(): boolean {
    return this.#children === undefined || this.#children.size === 0
  }

  /** Who listens to its bodies. */
  get observers(): Observers {
    return (this.#observers ??= new Observers(this.group, this.hooks))
  }

  /** Its own workers, if it has options for them or no parent; else its parent's. */
  workers(): Workers {
    const { parent, options } = this
    if (parent !== undefined && options.workerPool === undefined) return parent.workers()
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

  /** Its services, made with those of the scopes above it when somebody first asks for one. */
  get registry(): Services {
    const without: ScopeCore[] = []
    let core: ScopeCore | undefined = this
    for (; core !== undefined && core.#registry === undefined; core = core.parent) without.push(core)
    let registry = core === undefined ? undefined : core.#registry
    for (const each of without.reverse())
      registry = each.#registry = new Services(each, registry, (index, error) => each.#serviceEnded(index, error))
    return registry as Services // it has one now
  }

  /** Services as bodies see them. */
  get services(): object {
    return this.registry.view
  }

  createContext(call: CallNode): object {
    return new BodyContext(call, this.group)
  }

  taskLogger({ name, index }: { readonly name: string; readonly index: number }): Logger {
    return this.#correlated(new PrefixLogger(this.#base, `${this.scopeName}/${name}#${index}`))
  }

  onAbandoned(name: string, index: number, age: number): unknown {
    const { onAbandoned } = this.options
    if (onAbandoned !== undefined) return onAbandoned({ name, index, scopeName: this.scopeName, age })
    this.logger.warn(abandonment(name, age, this.gracePeriod))
  }

  onAborted(): void {
    this.group.probe?.('scope', this)
    const { onCancel } = this.hooks
    if (onCancel === undefined) return
    guard(
      () => onCancel(this.reason),
      (error) => this.report(error, 'onCancel hook'),
    )
  }

  report(error: unknown, where: string): void {
    this.logger.error(`${where} threw`, error)
  }

  warn(message: string): void {
    this.logger.warn(message)
  }

  /** It has ended: nothing can be registered any more, and it leaves its parent. */
  end(): void {
    this.group.end()
    this.#ended = true
    const siblings = this.parent === undefined ? undefined : this.parent.#children
    siblings?.delete(this)
    this.group.detachNode()
    this.group.probe?.('scope', this)
  }

  /** True once its disposal has done everything. */
  get isEnded(): boolean {
    return this.#ended
  }

  /** Where the lines go: to the logger of the nearest scope that has one, or a level of its own. */
  get #base(): Logger {
    let core: ScopeCore = this
    while (core.#baseLogger === undefined && core.#logLevel === undefined && core.parent !== undefined)
      core = core.parent
    return (core.#baseLogger ??= new HostLogger(core.host, core.#logLevel ?? 'warn'))
  }

  #correlate(): CorrelationContext | undefined {
    const above = this.parent?.correlation
    const wanted = this.options.logCorrelation ?? above !== undefined
    if (!wanted) return undefined
    const { traceId = above?.traceId } = this.options
    return {
      traceId: traceId ?? hexId(16, this.host),
      spanId: hexId(8, this.host),
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

  /** Listens to the foreign signal and arms the timeout, until the scope is aborted for whatever cause. */
  #link(): void {
    const { signal, timeout } = this.options
    const { group } = this
    if (signal?.aborted) group.cancelWith(signal.reason)
    if (timeout === 0) this.#expire(timeout)
    if (group.aborted) {
      // Born aborted below an aborted parent: nobody else tells its hook.
      if (this.parent?.aborted) this.onAborted()
      return
    }
    if (signal !== undefined) group.onAbort(listen(signal, (reason) => void group.cancelWith(reason)))
    const sooner = timeout !== undefined && group.deadline < (this.parent?.group.deadline ?? Infinity)
    if (sooner) group.onAbort(after(timeout, () => this.#expire(timeout)))
  }

  #expire(timeout: number): void {
    this.group.cancelWith(new TimeoutError('Scope', timeout, this.scopeName))
  }

  #serviceEnded(index: number, error: unknown): void {
    guard(
      () => this.hooks.onDispose?.(index, error),
      (thrown) => this.report(thrown, 'onDispose hook'),
    )
  }
}

/** The live scopes of a subtree, parents before their children. */
export function subtree(root: ScopeCore): ScopeCore[] {
  const cores: ScopeCore[] = [root]
  for (const core of cores) for (const child of core.children) cores.push(child)
  return cores
}

function breakerOf(spec: BreakerSpec | undefined): CircuitBreaker | undefined {
  return spec === undefined || spec instanceof CircuitBreaker ? spec : new CircuitBreaker(spec)
}
