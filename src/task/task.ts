/**
 * One piece of work of a scope, and the promise of its Result.
 *
 * 1. It settles once: by its steps, or at once when it is aborted, whatever its body does.
 * 2. It is over, and leaves its scope, when its body has really ended.
 * 3. It costs one object and one entry in its scope until somebody asks for more.
 */

import { AbortError } from '../base/errors.js'
import { failure, type Result } from '../base/result.js'
import type { Aborted, Cancellation } from '../lifetime/cancellation.js'
import type { Limit } from '../policy/limit.js'
import { CallNode } from './call.js'
import { wrapError } from './error-class.js'
import type { TaskGroup } from './group.js'
import type { Body, TaskOptions } from './options.js'

/** Where a task is in its life. */
export type TaskStatus = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled'

type Outcome = Result<Error, unknown>

/** How a task gets to its body. */
export type Start = (task: Task<unknown>) => void

let lastId = 0

/**
 * A task. Awaiting it never rejects and always gives a Result; it may be awaited many times.
 *
 * Cancelling it, or its scope, settles it at once with the reason; `settled` waits for the body itself.
 *
 * @example
 * ```ts
 * const task = s.task(({ signal }) => fetch(url, { signal }))
 * const [err, response] = await task
 * ```
 */
export class Task<R> extends CallNode implements PromiseLike<R>, Disposable, AsyncDisposable {
  /** Number of the task in this process. */
  readonly id: number = ++lastId
  readonly #index: number
  /** @internal */ readonly body: Body<unknown, never>
  /** @internal */ readonly options: TaskOptions | undefined
  readonly #spawner: Task<unknown> | undefined
  /** Where it waits for a permit. @internal */
  place: { leave(): void } | undefined
  /** Whose permit it holds until it is over. @internal */
  permits: Limit | undefined
  #status: TaskStatus = 'queued'
  #outcome: Outcome | undefined
  #observed = false
  #abandoned = false
  #entered = false
  #startedAt: number | undefined
  #promise: Promise<Outcome> | undefined
  #resolve: ((outcome: Outcome) => void) | undefined
  #whenOver: (() => void)[] | undefined

  /** @internal */
  constructor(
    group: TaskGroup,
    parent: Cancellation,
    body: Body<unknown, never>,
    options: TaskOptions | undefined,
    spawner: Task<unknown> | undefined,
  ) {
    super(parent, group)
    this.#index = group.nextIndex()
    this.body = body
    this.options = options
    this.#spawner = spawner
  }

  /** The `id` option, or `task-{index}`. */
  override get name(): string {
    return this.options?.id ?? `task-${this.#index}`
  }

  /** Number of the task in its scope, from 1. */
  override get index(): number {
    return this.#index
  }

  /** Where it is in its life. A task that was cancelled is `cancelled` even while its body still runs. */
  get status(): TaskStatus {
    return this.#status
  }

  /** True once its body has started. */
  get isStarted(): boolean {
    return this.#startedAt !== undefined
  }

  /** True once it has its Result. */
  get isSettled(): boolean {
    return this.#status !== 'queued' && this.#status !== 'running'
  }

  /** Resolves when the body has really ended, which may be later than the Result of a cancelled task. */
  get settled(): Promise<void> {
    return new Promise((resolve) => this.whenOver(resolve))
  }

  /**
   * Cancels the task: it settles in the same turn with `reason`, and its signal aborts. The body, if it runs on, stays
   * with the scope. Nothing happens when it has settled before.
   */
  override cancel(reason: unknown = new AbortError(`Task cancelled: ${this.name}`)): void {
    if (!this.isSettled) this.cancelWith(reason)
  }

  // biome-ignore lint/suspicious/noThenProperty: a task is awaited like a promise
  then<A = R, B = never>(
    onResult?: ((result: R) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#look().then(onResult, onError)
  }

  /** Never calls `onError`, since a task never rejects; there for those who expect a promise. */
  catch<B = never>(onError?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<R | B> {
    return this.#look().catch(onError)
  }

  /** Calls `fn` once the task has settled. */
  finally(fn?: (() => void) | null): Promise<R> {
    return this.#look().finally(fn)
  }

  /** `using task = …` cancels the task at the end of the block. */
  [Symbol.dispose](): void {
    this.cancel()
  }

  /** `await using task = …` cancels the task at the end of the block and waits for its body. */
  [Symbol.asyncDispose](): Promise<void> {
    this.cancel()
    return this.settled
  }

  /** @internal */
  override get origin(): Task<unknown> {
    return this
  }

  /** @internal */
  override get spawnedBy(): string | undefined {
    return this.#spawner?.name
  }

  /** The error of a task that failed. @internal */
  get failure(): Error | undefined {
    return this.#status === 'failed' ? this.#outcome?.[0] : undefined
  }

  /** What it settled with, if that is an error. @internal */
  get error(): Error | undefined {
    return this.#outcome === undefined && this.isSettled ? this.told?.error : this.#outcome?.[0]
  }

  /** When its body first started. @internal */
  get startedAt(): number {
    return this.#startedAt ?? this.host.now()
  }

  /** Calls `fn` when it is over, at once if it is. @internal */
  whenOver(fn: () => void): void {
    if (this.isOver) fn()
    else (this.#whenOver ??= []).push(fn)
  }

  /** Cancels it for the one who alone knew of it, and does not look any more. @internal */
  drop(aborted: Aborted): void {
    this.#promise = this.#resolve = undefined
    if (!this.isSettled) this.abortAs(aborted)
  }

  /** A body of it starts. @internal */
  started(call: CallNode): void {
    this.#startedAt ??= this.host.now()
    if (this.#status === 'queued') this.#status = 'running'
    this.group.probe?.('started', this, call.attempt)
  }

  /** True the first time. @internal */
  abandonedOnce(): boolean {
    const first = !this.#abandoned
    this.#abandoned = true
    return first
  }

  /** Sets out. @internal */
  launch(start: Start): void {
    if (this.told !== undefined) {
      this.aborting(this.told)
      this.giveUp()
      return
    }
    this.#entered = true
    this.group.enter()
    this.group.probe?.('queued', this)
    start(this.origin)
  }

  /** Its steps have returned. @internal */
  conclude(outcome: Outcome): void {
    if (!this.isSettled) this.#settle(outcome, outcome[0] === undefined ? 'succeeded' : 'failed')
    this.close()
  }

  /** @internal */
  protected override aborting(aborted: Aborted): void {
    if (!this.isSettled) {
      const unseen = this.cancelled && this.#resolve === undefined && this.options === undefined
      if (unseen) this.#become('cancelled')
      else this.#settle(failure(aborted.error), this.cancelled ? 'cancelled' : 'failed')
    }
    if (this.place === undefined) return
    this.place.leave()
    this.place = undefined
    this.close()
  }

  /** @internal */
  protected override ended(): void {
    if (this.#entered) this.group.leave()
    this.permits?.give()
    const callbacks = this.#whenOver
    this.#whenOver = undefined
    if (callbacks !== undefined) for (const callback of callbacks) callback()
  }

  #look(): Promise<R> {
    if (!this.#observed) {
      this.#observed = true
      if (this.#status === 'failed') this.group.observed(this.origin)
    }
    // The factory that made the task gave R as the type of its Result.
    return this.#outcomePromise() as Promise<unknown> as Promise<R>
  }

  #outcomePromise(): Promise<Outcome> {
    const { told } = this
    if (this.#outcome === undefined && this.isSettled && told !== undefined) this.#outcome = failure(told.error)
    if (this.#outcome !== undefined) return Promise.resolve(this.#outcome)
    return (this.#promise ??= new Promise((resolve) => (this.#resolve = resolve)))
  }

  #become(status: TaskStatus): void {
    this.#status = status
    this.group.probe?.('settled', this)
  }

  #settle(outcome: Outcome, status: TaskStatus): void {
    const error = outcome[0]
    const wrapped = error === undefined ? error : wrapError(error, this.options, status === 'cancelled', this.group)
    const settled = wrapped === undefined || wrapped === error ? outcome : failure(wrapped)
    this.#outcome = settled
    this.#become(status)
    this.#resolve?.(settled)
    this.#promise = this.#resolve = undefined
    if (status !== 'failed' || wrapped === undefined) return
    if (!this.#observed) this.group.keep(this.origin)
    if (this.group.settings.failFast) this.group.abort(wrapped)
  }
}
