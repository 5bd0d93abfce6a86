/**
 * Runs factories as tasks of one scope against each other: the first one that settles, or succeeds, wins.
 *
 * In a staggered race one competitor is due at a time: by the clock, or because another one has failed.
 */

import { after } from '../base/clock.js'
import { AbortError, TimeoutError } from '../base/errors.js'
import { duration, flag, limit, object } from '../base/options.js'
import { failure, type Result } from '../base/result.js'
import { nothing, type Undo } from '../base/undo.js'
import { requireOpen } from '../lifetime/open.js'
import { Unseen } from '../lifetime/unseen.js'
import { type Factory, factoryList } from './parallel.js'
import type { Spawner } from './spawner.js'
import type { Task } from './task.js'

/** Options of `race`. */
export interface RaceOptions {
  /** Only a success wins; when all fail, the Result is an `AggregateError` of their errors. Default: false. */
  readonly requireSuccess?: boolean
  /** Milliseconds until the race fails with a `TimeoutError`; 0 has expired, `Infinity` is never. Default: none. */
  readonly timeout?: number
  /** How many run at once; 0 is unlimited. Default: 0. */
  readonly concurrency?: number
  /**
   * Milliseconds between one start and the next, for hedged requests: another competitor joins in only when those before it
   * take longer, or at once when one of them has failed and `requireSuccess` lets the race go on. `Infinity`: only then.
   * Default: 0, all start together.
   */
  readonly staggerDelay?: number
  /** How many of a staggered race run at once; 0 is unlimited. Default: `concurrency`. */
  readonly staggerMaxConcurrent?: number
  /** Resolves only when the losers' bodies have ended too. Default: false, the scope's exit waits for them. */
  readonly waitForLosers?: boolean
}

/**
 * Resolves to the winner's Result, at once; the losers are cancelled, and the scope's exit waits for them.
 *
 * @example
 * ```ts
 * const [err, page] = await s.race([() => fetchFrom(mirror1), () => fetchFrom(mirror2)], { requireSuccess: true })
 * ```
 */
export function race<T>(
  owner: Spawner,
  factories: readonly Factory<T>[],
  options: RaceOptions = {},
): Promise<Result<Error, T>> {
  const action = 'race'
  const entries = factoryList(action, factories)
  const { requireSuccess, timeout = Infinity, concurrency, waitForLosers } = object(action, 'options', options)
  const { staggerDelay = 0, staggerMaxConcurrent } = options
  const plan: Plan = {
    onlySuccess: flag(action, 'requireSuccess', requireSuccess),
    timeout: duration(action, 'timeout', timeout),
    width: Math.min(
      limit(action, 'concurrency', concurrency),
      limit(action, 'staggerMaxConcurrent', staggerMaxConcurrent),
    ),
    stagger: duration(action, 'staggerDelay', staggerDelay),
    waits: flag(action, 'waitForLosers', waitForLosers),
  }
  requireOpen(owner, action)
  if (entries.length === 0) return Promise.resolve(failure(new Error('Cannot race empty array of factories')))
  return new Contest(owner, entries, plan).run()
}

interface Plan {
  readonly onlySuccess: boolean
  readonly timeout: number
  readonly width: number
  readonly stagger: number
  readonly waits: boolean
}

/** One race. */
class Contest<T> {
  readonly #owner: Spawner
  readonly #factories: readonly Factory<T>[]
  readonly #plan: Plan
  readonly #tasks: Task<Result<Error, T>>[] = []
  readonly #errors: Error[] = []
  #failed = 0
  #over = false
  #resolve: (result: Result<Error, T>) => void = () => {}
  #untime: Undo = nothing
  #unstagger: Undo = nothing
  /** How many may have started by now, in a staggered race. */
  #due: number

  constructor(owner: Spawner, factories: readonly Factory<T>[], plan: Plan) {
    this.#owner = owner
    this.#factories = factories
    this.#plan = plan
    this.#due = plan.stagger === 0 ? factories.length : 1
  }

  run(): Promise<Result<Error, T>> {
    const { timeout, waits } = this.#plan
    const result = new Promise<Result<Error, T>>((resolve) => (this.#resolve = resolve))
    const expire = (): void => this.#finish(failure(new TimeoutError('Race', timeout)))
    if (timeout === 0) expire()
    else this.#untime = after(timeout, expire)
    this.#startMore()
    return waits ? this.#withLosers(result) : result
  }

  async #withLosers(result: Promise<Result<Error, T>>): Promise<Result<Error, T>> {
    const won = await result
    await Promise.all(this.#tasks.map((task) => task.settled))
    return won
  }

  #startMore(): void {
    while (!this.#over && this.#hasRoom()) {
      const at = this.#tasks.length
      const factory = this.#factories[at]
      if (factory === undefined) return
      if (this.#owner.abortError !== undefined) return this.#finish(failure(this.#owner.abortError))
      const task = this.#owner.task(factory)
      this.#tasks.push(task)
      task.then((result) => this.#ended(at, task, result))
      if (this.#tasks.length === this.#due) this.#expectNext()
    }
  }

  #hasRoom(): boolean {
    const started = this.#tasks.length
    return started < Math.min(this.#due, this.#factories.length) && started - this.#failed < this.#plan.width
  }

  /** The next competitor is due after the delay, counted from this start. */
  #expectNext(): void {
    this.#unstagger()
    if (this.#over || this.#due >= this.#factories.length) return
    this.#unstagger = after(this.#plan.stagger, () => this.#nextIsDue())
  }

  #nextIsDue(): void {
    this.#due = Math.max(this.#due, this.#tasks.length + 1)
    this.#startMore()
  }

  #ended(at: number, task: Task<Result<Error, T>>, result: Result<Error, T>): void {
    const [error] = result
    if (this.#over) return
    if (error === undefined || !this.#plan.onlySuccess || task.status === 'cancelled') return this.#finish(result)
    this.#errors[at] = error
    if (++this.#failed < this.#factories.length) return this.#nextIsDue()
    const message = `All race competitors failed (${this.#failed} errors)`
    this.#finish(failure(new AggregateError(this.#errors, message)))
  }

  #finish(result: Result<Error, T>): void {
    if (this.#over) return
    this.#over = true
    this.#untime()
    this.#unstagger()
    this.#resolve(result)
    const lost = new Unseen(() => new AbortError('Race lost'))
    for (const task of this.#tasks) task.drop(lost)
  }
}
