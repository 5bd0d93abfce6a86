/** The façade: every method is one line that calls the function of the same name. */

import { AbortError } from '../base/errors.js'
import { object, wrongType } from '../base/options.js'
import type { Result } from '../base/result.js'
import type { Undo } from '../base/undo.js'
import type { Cleanup, Lifetime } from '../lifetime/lifetime.js'
import type { Probe } from '../lifetime/probe.js'
import { acquireLock, type LockOptions } from '../persist/acquire-lock.js'
import type { Lock } from '../persist/lock.js'
import type { PersistenceProviders } from '../persist/types.js'
import { MemoStore } from '../policy/memo.js'
import { type Batch, type BatchOptions, batch } from '../rate/batch.js'
import { type Debounced, type DebounceOptions, debounce } from '../rate/debounce.js'
import { delay } from '../rate/delay.js'
import { every } from '../rate/every.js'
import { type PollController, poll } from '../rate/poll.js'
import type { PollOptions } from '../rate/poll-options.js'
import type { RunContext } from '../rate/run.js'
import { type TokenBucket, type TokenBucketOptions, tokenBucket } from '../rate/token-bucket.js'
import { type Throttled, type ThrottleOptions, throttle } from '../rate/throttle.js'
import type { Runtime } from '../runtime.js'
import type { ChannelOptions } from '../sync/backpressure.js'
import { type BroadcastChannel, type BroadcastOptions, broadcast } from '../sync/broadcast.js'
import { type Channel, channel } from '../sync/channel.js'
import { eventEmitter, type ScopedEventEmitter } from '../sync/event-emitter.js'
import { pool, type ResourcePool } from '../sync/pool.js'
import type { ResourcePoolOptions } from '../sync/pool-options.js'
import { type PriorityChannel, priorityChannel } from '../sync/priority-channel.js'
import type { PriorityChannelOptions } from '../sync/priority-options.js'
import { type SelectOptions, type SelectValue, select } from '../sync/select.js'
import type { Answer, SelectCase } from '../sync/select-case.js'
import { type Semaphore, semaphore } from '../sync/semaphore.js'
import type { WaitOptions } from '../sync/waiter.js'
import { type AnyOptions, any } from '../task/any.js'
import type { Body, TaskOptions, WorkerTaskOptions } from '../task/options.js'
import { type Factory, type ParallelOptions, type ParallelResults, parallel } from '../task/parallel.js'
import { type RaceOptions, race } from '../task/race.js'
import { type ResumeTaskOptions, resumeTask } from '../task/resume.js'
import { spawn, spawnBare, type Work } from '../task/spawn.js'
import type { Task } from '../task/task.js'
import type { WorkerBody } from '../worker/context.js'
import type { WorkerModule, WorkerTask } from '../worker/target.js'
import { noOptions, ScopeCore } from './core.js'
import { dispose, join } from './exit.js'
import { watchForgotten } from './forgotten.js'
import type { ScopeHooks, ScopeOptions } from './options.js'
import type { ServiceCleanup } from './services.js'
import { type DebugTreeOptions, drawTree } from './tree.js'
import { treeOf } from './tree-of.js'

/**
 * Owns work: tasks, children, services, cleanups. When its block ends nothing of it is still running, leaking or
 * silently failed.
 *
 * `S` is what the scope provides as services.
 *
 * @example
 * ```ts
 * await using s = scope({ timeout: 5_000 })
 * const [err, user] = await s.task(({ signal }) => fetchUser(1, signal))
 * ```
 */
export class Scope<S extends object = {}> implements Lifetime, AsyncDisposable {
  /** @internal */ readonly core: ScopeCore

  /** Use `scope()`, which knows the host. */
  constructor(host: Runtime, options: ScopeOptions<S> = noOptions) {
    if (typeof host?.now !== 'function')
      throw new TypeError('Cannot create scope: use scope(options) instead of new Scope()')
    const { parent } = object('create scope', 'options', options)
    if (parent !== undefined && !(parent instanceof Scope)) throw wrongType('create scope', 'parent', 'a scope', parent)
    this.core = new ScopeCore(host, options, parent?.core)
    if (parent === undefined) watchForgotten(this, this.core)
  }

  /** Aborts when the scope is cancelled, times out or is disposed of. Made on first use. */
  get signal(): AbortSignal {
    return this.core.signal
  }

  /** True from the moment the scope is cancelled. */
  get aborted(): boolean {
    return this.core.aborted
  }

  /** Why it was cancelled, exactly as given; `undefined` before. */
  get reason(): unknown {
    return this.core.reason
  }

  /** Why it was cancelled, as an `Error`; `undefined` before. */
  get abortError(): Error | undefined {
    return this.core.abortError
  }

  /** True from the moment disposal begins. */
  get isDisposed(): boolean {
    return this.core.isDisposed
  }

  /** True once the process was told to end, with `gracefulShutdown`: a loop had better stop. */
  get isShutdownRequested(): boolean {
    return this.core.shutdownRequested
  }

  /** The `name` option, or `scope-{id}`. */
  get scopeName(): string {
    return this.core.scopeName
  }

  /** How many tasks run at once; `undefined` when unlimited. */
  get concurrency(): number | undefined {
    return this.core.concurrency
  }

  /** What the `context` option came to, the parents' values included. */
  get requestContext(): Readonly<Record<string, unknown>> {
    return this.core.context
  }

  /** The scope's own circuit breaker, if it has one. */
  get circuitBreaker(): { readonly failureThreshold: number; readonly resetTimeout: number } | undefined {
    return this.core.group.settings.breaker
  }

  /** The trace of the scope's log lines, with `logCorrelation`. */
  get traceId(): string | undefined {
    return this.core.correlation?.traceId
  }

  /** The span of the scope's log lines, with `logCorrelation`. */
  get spanId(): string | undefined {
    return this.core.correlation?.spanId
  }

  /** The providers of the `persistence` option, the parent's when it has none of its own. */
  get persistence(): PersistenceProviders {
    return this.core.group.settings.persistence
  }

  /** How long disposal waits for bodies, in milliseconds. */
  get gracePeriod(): number {
    return this.core.gracePeriod
  }

  /** The host the scope runs on. */
  get host(): Runtime {
    return this.core.host
  }

  /**
   * Starts a task. Its body begins synchronously when there is a free permit.
   *
   * @throws ScopeDisposedError when the scope is disposed of; on a cancelled scope the task resolves to the reason.
   * @example
   * ```ts
   * const [err, text] = await s.task(({ signal }) => fetchText(url, signal), { timeout: 1_000, retry: 'exponential' })
   * ```
   */
  task<T, D = undefined, E extends Error = Error>(
    fn: WorkerBody<D, T> | WorkerTask<D, T>,
    options: WorkerTaskOptions<D, E>,
  ): Task<Result<E, T>>
  task<T, E extends Error = Error>(module: WorkerModule, options: WorkerTaskOptions<unknown, E>): Task<Result<E, T>>
  task<T, E extends Error = Error>(fn: Body<T, S>, options?: TaskOptions<E>): Task<Result<E, T>>
  task<T, E extends Error = Error>(fn: Work<T, S>, options?: TaskOptions<E>): Task<Result<E, T>> {
    return spawn(this.core.group, fn, options)
  }

  /**
   * Starts the task of this id, which goes on from the checkpoint that an earlier run has saved, if there is one.
   *
   * @throws TypeError when the scope has no `persistence.checkpoint`; ScopeDisposedError when it is disposed of.
   * @example
   * ```ts
   * const [err] = await s.resumeTask('import', async ({ checkpoint }) => {
   *   const from = Number(checkpoint?.data ?? 0)
   *   for (let row = from; row < rows.length; row++) await checkpoint?.save(row)
   * })
   * ```
   */
  resumeTask<T, E extends Error = Error>(
    id: string,
    fn: Body<T, S>,
    options?: ResumeTaskOptions<E>,
  ): Task<Result<E, T>> {
    return resumeTask(this.core.group, id, fn, options)
  }

  /**
   * Runs factories as tasks and resolves to one Result for each, in order.
   *
   * The first failure cancels the rest of the group unless `continueOnError` is set.
   */
  parallel<const F extends readonly Factory<unknown>[]>(
    factories: F,
    options?: ParallelOptions,
  ): Promise<ParallelResults<F>> {
    return parallel(this, factories, options)
  }

  /** Runs factories as tasks and resolves to the Result of the first one that settles, or succeeds. */
  race<T>(factories: readonly Factory<T>[], options?: RaceOptions): Promise<Result<Error, T>> {
    return race(this, factories, options)
  }

  /** Runs factories as tasks and resolves to the Result of the first one that succeeds; see `any`. */
  any<T>(factories: readonly Factory<T>[], options?: AnyOptions): Promise<Result<Error, T>> {
    return any(this, factories, options)
  }

  /** Resolves after so many milliseconds; rejects with the reason when the scope is cancelled. */
  delay(ms: number, options?: WaitOptions): Promise<void> {
    return delay(this, ms, options)
  }

  /** Calls `fn` every `ms` milliseconds, never twice at once; returns the function that stops it. See `every`. */
  every(ms: number, fn: (context: RunContext) => unknown): Undo {
    return every(this, ms, fn)
  }

  /**
   * Adds a service. A function is a factory: it runs on first use, once. The cleanup runs when this scope is disposed of.
   *
   * @throws ServiceError when this scope has provided the name before.
   */
  provide<K extends string, T>(
    name: K,
    service: T | ((services: S) => T),
    cleanup?: ServiceCleanup<T>,
  ): Scope<S & Record<K, T>> {
    this.core.registry.provide(name, service, cleanup)
    return this as unknown as Scope<S & Record<K, T>> // the service was just added
  }

  /** The service of this name, created if need be. */
  use<K extends keyof S & string>(name: K): S[K] {
    return this.core.registry.use(name) as S[K] // provide recorded the type under this name
  }

  /** True if this scope or one above provides the name, until it is disposed of. */
  has(name: string): boolean {
    return !this.core.isEnded && this.core.registry.has(name)
  }

  /**
   * Replaces a service for this scope and its children; a child's override does not reach its parent.
   *
   * @throws ServiceError when nobody provides the name.
   */
  override<K extends keyof S & string>(
    name: K,
    service: S[K] | ((services: S) => S[K]),
    cleanup?: ServiceCleanup<S[K]>,
  ): this {
    this.core.registry.override(name, service, cleanup)
    return this
  }

  /** Makes a scope that this one owns: cancels, waits for and disposes. */
  createChild(options: Omit<ScopeOptions, 'parent'> = {}): Scope<S> {
    return openScope<S>(this.core.host, { ...options, parent: this })
  }

  /** Runs `fn` when the scope is disposed of, last registered first; returns its undo. */
  onDispose(fn: Cleanup): Undo {
    return this.core.onDispose(fn)
  }

  /** Calls `fn` in the turn the scope is cancelled, at once if it is already; returns its undo. */
  onAbort(fn: (error: Error) => void): Undo {
    return this.core.onAbort(fn)
  }

  /** Calls `fn` before each body starts; returns its undo. */
  onBeforeTask(fn: NonNullable<ScopeHooks['beforeTask']>): Undo {
    return this.core.observers.onBefore(fn)
  }

  /** Calls `fn` after each body has ended; returns its undo. */
  onAfterTask(fn: NonNullable<ScopeHooks['afterTask']>): Undo {
    return this.core.observers.onAfter(fn)
  }

  /** Cancels everything in the scope with `reason`; that is no error, and the scope can still be disposed of. */
  cancel(reason: unknown = new AbortError('Scope cancelled', { scopeName: this.scopeName })): void {
    this.core.group.cancelWith(reason)
  }

  /** Waits for all work of the scope and its children, without cancelling it. */
  join(): Promise<void> {
    return join(this.core)
  }

  /** Creates a pool of resources; see `pool`. */
  pool<T>(options: ResourcePoolOptions<T>): ResourcePool<T> {
    return pool(this, options)
  }

  /** Makes a function that runs once for a burst of calls; see `debounce`. */
  debounce<Args extends readonly unknown[], T>(
    fn: (...args: [...Args, RunContext]) => T | PromiseLike<T>,
    options: DebounceOptions & { readonly latest: true },
  ): Debounced<Args, T>
  debounce<Args extends readonly unknown[], T>(
    fn: (...args: Args) => T | PromiseLike<T>,
    options?: DebounceOptions,
  ): Debounced<Args, T>
  debounce<Args extends readonly unknown[], T>(
    fn: (...args: Args) => T | PromiseLike<T>,
    options?: DebounceOptions,
  ): Debounced<Args, T> {
    return debounce(this, fn, options)
  }

  /** Makes a function that runs at most once in an interval; see `throttle`. */
  throttle<Args extends readonly unknown[], T>(
    fn: (...args: [...Args, RunContext]) => T | PromiseLike<T>,
    options: ThrottleOptions & { readonly latest: true },
  ): Throttled<Args, T>
  throttle<Args extends readonly unknown[], T>(
    fn: (...args: Args) => T | PromiseLike<T>,
    options?: ThrottleOptions,
  ): Throttled<Args, T>
  throttle<Args extends readonly unknown[], T>(
    fn: (...args: Args) => T | PromiseLike<T>,
    options?: ThrottleOptions,
  ): Throttled<Args, T> {
    return throttle(this, fn, options)
  }

  /** Makes a bucket of tokens that come at a steady rate; see `tokenBucket`. */
  tokenBucket(options: TokenBucketOptions): TokenBucket {
    return tokenBucket(this, options)
  }

  /** Makes a collector of items that are processed together; see `batch`. */
  batch<T, R = undefined>(options: BatchOptions<T, R>): Batch<T, R> {
    return batch(this, options)
  }

  /** Calls `fn` again and again; see `poll`. */
  poll<T>(
    fn: (signal: AbortSignal) => T | PromiseLike<T>,
    onValue: (value: T) => void | PromiseLike<void>,
    options?: PollOptions<T>,
  ): PollController {
    return poll(this, fn, onValue, options)
  }

  /** Makes a channel: values go from senders to receivers, first come, first served. */
  channel<T>(capacity?: number | ChannelOptions<T>, options?: Omit<ChannelOptions<T>, 'capacity'>): Channel<T> {
    return channel(this, capacity, options)
  }

  /** Makes a channel that gives what is most urgent first; see `priorityChannel`. */
  priorityChannel<T>(options: PriorityChannelOptions<T>): PriorityChannel<T> {
    return priorityChannel(this, options)
  }

  /** Makes an event emitter whose listeners end with the scope; see `eventEmitter`. */
  eventEmitter<Events extends object>(): ScopedEventEmitter<Events> {
    return eventEmitter(this)
  }

  /** Waits for the first of several channel operations; the others take nothing. */
  select<T, R>(
    cases: ReadonlyMap<Channel<T>, (value: T) => Answer<R>>,
    options?: SelectOptions,
  ): Promise<Result<Error, R>>
  select<const C extends readonly SelectCase<unknown>[]>(
    cases: C,
    options?: SelectOptions,
  ): Promise<Result<Error, SelectValue<C>>>
  select(cases: never, options?: SelectOptions): Promise<Result<Error, never>> {
    return select(this, cases, options)
  }

  /** Makes a broadcast channel: every subscriber receives every value. */
  broadcast<T>(options?: BroadcastOptions<T>): BroadcastChannel<T> {
    return broadcast(this, options)
  }

  /** Makes a semaphore with so many permits. */
  semaphore(permits: number): Semaphore {
    return semaphore(this, permits)
  }

  /** Acquires a lock that one holder has at a time, in all processes that share `persistence.lock`; see `acquireLock`. */
  acquireLock(key: string, options: LockOptions & { readonly wait: false }): Promise<Lock | null>
  acquireLock(key: string, options?: LockOptions): Promise<Lock>
  acquireLock(key: string, options?: LockOptions): Promise<Lock | null> {
    return acquireLock(this, key, options)
  }

  /**
   * Forgets memoised values: one, or all. A run in flight will not write what it finds. Those in `persistence.cache` are
   * deleted there; without a key that is all that tasks of this scope have used.
   */
  clearMemo(key?: string | symbol): void {
    this.core.group.the(MemoStore).clear(key, this.persistence.cache)
  }

  /** Draws the live scopes from this one down. */
  debugTree(options?: DebugTreeOptions): string {
    return drawTree(treeOf(this.core), options)
  }

  /** Who watches it. @internal */
  get probe(): Probe | undefined {
    return this.core.probe
  }

  /** Tells the scope's logger about an error that has no other way out. */
  report(error: unknown, where: string): void {
    this.core.report(error, where)
  }

  /** Tells the scope's logger what is likely to be a mistake. */
  warn(message: string): void {
    this.core.warn(message)
  }

  /** Ends the scope: cancels all its work, waits for it, runs every cleanup. Asked again, gives the same promise. */
  [Symbol.asyncDispose](): Promise<void> {
    return dispose(this.core)
  }

  /** For `using`, which reads it first: the end of a scope takes time. @internal */
  get [Symbol.dispose](): never {
    throw new TypeError('Cannot use scope: write await using')
  }
}

/** Makes a scope on a host; each runtime's `scope()` is this. */
export function openScope<S extends object = {}>(host: Runtime, options?: ScopeOptions<S>): Scope<S> {
  return new Scope<S>(host, options)
}

/** Runs what the scope was opened for: a task of it that none of its policies apply to; `fn` starts at once. */
export function attend<T>(s: Scope, id: string, fn: () => T | PromiseLike<T>): Task<Result<Error, T>> {
  return spawnBare(s.core.group, fn, id)
}
