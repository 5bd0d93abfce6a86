/** Runs many factories as tasks of one scope: one Result for each, in order. */

import { AbortError, markCancelled } from '../base/errors.js'
import { guard } from '../base/guard.js'
import { array, callback, flag, limit, object, optionalCallback } from '../base/options.js'
import { failure, type Result } from '../base/result.js'
import { requireOpen } from '../lifetime/open.js'
import type { Spawner } from './spawner.js'
import type { Task } from './task.js'

/** Makes one promise of a group; `signal` aborts with its entry. */
export type Factory<T> = (context: { readonly signal: AbortSignal }) => T | PromiseLike<T>

/** The Result type of one factory. */
export type FactoryResult<F> = F extends (...args: never) => infer T ? Result<Error, Awaited<T>> : never

/** The Result types of a tuple or array of factories. */
export type ParallelResults<F extends readonly unknown[]> = { -readonly [K in keyof F]: FactoryResult<F[K]> }

/** Options of `parallel`. */
export interface ParallelOptions {
  /** How many run at once; 0 is unlimited. Default: 0. */
  readonly concurrency?: number
  /** Called at each completion, with how many there were so far. */
  readonly onProgress?: (completed: number, total: number, result: Result<Error, unknown>) => void
  /** Runs all, whatever fails. Default: false, the first failure cancels the group. */
  readonly continueOnError?: boolean
}

/**
 * Resolves to one Result for each factory, in order, as soon as every entry has its own.
 *
 * Without `continueOnError` the first failure cancels the other entries, which then carry an `AbortError` whose `cause`
 * is that failure; the scope goes on, and waits at its end for bodies that ignore the abort.
 *
 * @example
 * ```ts
 * const [[userError, user], [postsError, posts]] = await s.parallel([() => fetchUser(1), () => fetchPosts(1)])
 * ```
 */
export function parallel<const F extends readonly Factory<unknown>[]>(
  owner: Spawner,
  factories: F,
  options: ParallelOptions = {},
): Promise<ParallelResults<F>> {
  const action = 'run in parallel'
  const entries = factoryList(action, factories)
  const { onProgress, continueOnError } = object(action, 'options', options)
  const plan: Plan = {
    width: limit(action, 'concurrency', options.concurrency),
    keepGoing: flag(action, 'continueOnError', continueOnError),
    onProgress: optionalCallback(action, 'onProgress', onProgress),
  }
  requireOpen(owner, action)
  // Each Result stands where its factory did.
  return new Group(owner, entries, plan).run() as Promise<unknown> as Promise<ParallelResults<F>>
}

/** A copy of the factories, each of which is checked, holes included. */
export function factoryList<F extends Factory<unknown>>(action: string, factories: readonly F[]): F[] {
  const copy = [...array(action, 'factories', factories)]
  for (let at = 0; at < copy.length; at++) {
    if (typeof copy[at] !== 'function') callback(action, `factories[${at}]`, copy[at])
  }
  return copy
}

interface Plan {
  readonly width: number
  readonly keepGoing: boolean
  readonly onProgress: ParallelOptions['onProgress']
}

type Outcome = Result<Error, unknown>

/** The entries of one call, on their way. */
class Group {
  readonly #owner: Spawner
  readonly #factories: readonly Factory<unknown>[]
  readonly #plan: Plan
  readonly #results: Outcome[]
  readonly #running: Set<Task<Outcome>> = new Set()
  #resolve: (results: Outcome[]) => void = () => {}
  #next = 0
  #missing: number
  #completed = 0
  #cancelled: Error | undefined

  constructor(owner: Spawner, factories: readonly Factory<unknown>[], plan: Plan) {
    this.#owner = owner
    this.#factories = factories
    this.#plan = plan
    this.#results = new Array(factories.length)
    this.#missing = factories.length
  }

  run(): Promise<Outcome[]> {
    if (this.#missing === 0) return Promise.resolve([])
    return new Promise((resolve) => {
      this.#resolve = resolve
      this.#startMore()
    })
  }

  #startMore(): void {
    while (this.#next < this.#factories.length && this.#running.size < this.#plan.width) {
      const at = this.#next++
      const factory = this.#factories[at]
      const refused = this.#cancelled ?? (this.#owner.isDisposed ? this.#owner.abortError : undefined)
      if (factory === undefined || refused !== undefined) {
        this.#put(at, failure(refused ?? new AbortError()))
        continue
      }
      const task = this.#owner.task(factory)
      this.#running.add(task)
      if (task.status === 'failed') this.#cancelAfter(task)
      task.then((result) => this.#ended(at, task, result))
    }
  }

  #ended(at: number, task: Task<Outcome>, result: Outcome): void {
    this.#running.delete(task)
    if (task.status !== 'cancelled') this.#progress(result)
    this.#put(at, result)
    if (task.status === 'failed') this.#cancelAfter(task, result)
    this.#startMore()
  }

  #put(at: number, result: Outcome): void {
    this.#results[at] = result
    if (--this.#missing === 0) this.#resolve(this.#results)
  }

  /** The first failure cancels what is running, and what has not started never starts. */
  #cancelAfter(failed: Task<Outcome>, result?: Outcome): void {
    if (this.#plan.keepGoing || this.#cancelled !== undefined) return
    const cause = result?.[0] ?? failed.failure
    this.#cancelled = markCancelled(new AbortError('Parallel group cancelled by a failure', { cause }))
    for (const task of this.#running) if (task !== failed) task.cancel(this.#cancelled)
  }

  #progress(result: Outcome): void {
    const completed = ++this.#completed
    guard(
      () => this.#plan.onProgress?.(completed, this.#factories.length, result),
      (error) => this.#owner.report(error, 'onProgress callback'),
    )
  }
}
