/**
 * Where a pool's resources come from and go to: counts both, and backs off while `create` fails.
 *
 * 1. A resource takes up its place from the call of `create` until its `destroy` has settled, however long either takes.
 * 2. Creations that fail together are one failure: only those begun after the last backoff make it longer.
 * 3. No callback of the user runs while the pool is in the middle of a decision: results arrive in later microtasks.
 */

import { Alarm } from '../base/alarm.js'
import { toError } from '../base/errors.js'
import type { Runtime } from '../runtime.js'
import type { PoolMember } from './pool-member.js'
import type { CreateContext, PoolSettings } from './pool-options.js'

const shortest = 100
const longest = 5_000
/** No backoff: `create` may be called. */
const now = -Infinity

/** What a supply tells its pool. */
export interface SupplyEvents<T> {
  /** False refuses it: it is one that the pool has already, which is to fail like a `create` that threw. */
  created(resource: T): boolean
  /** `first` is true for the first of failures in a row. */
  createFailed(error: Error, first: boolean): void
  destroyFailed(thrown: unknown): void
  /** There may be more to do: a place is free, or `create` may be tried again. */
  changed(): void
}

/** Creates and destroys. */
export class PoolSupply<T> {
  #creating = 0
  #destroying = 0
  #streak = 0
  #until = now
  #lastError: Error | undefined
  readonly #host: Runtime
  readonly #settings: PoolSettings<T>
  readonly #context: CreateContext
  readonly #events: SupplyEvents<T>
  readonly #retry: Alarm

  constructor(host: Runtime, settings: PoolSettings<T>, context: CreateContext, events: SupplyEvents<T>) {
    this.#host = host
    this.#settings = settings
    this.#context = context
    this.#events = events
    // Whoever waits has a timer of its own that holds the process open, unless it waits for ever.
    const background = settings.acquireTimeout !== Infinity
    this.#retry = new Alarm(
      host,
      () => {
        this.#until = now
        events.changed()
      },
      background,
    )
  }

  /** Calls of `create` under way. */
  get creating(): number {
    return this.#creating
  }

  /** Calls of `destroy` under way. */
  get destroying(): number {
    return this.#destroying
  }

  /** What the latest `create` failed with, if it did. */
  get lastError(): Error | undefined {
    return this.#lastError
  }

  /** Begins one more creation; false during a backoff, after which the pool is told. */
  create(): boolean {
    if (this.#until > this.#host.now()) {
      this.#retry.sooner(this.#until)
      return false
    }
    const streak = this.#streak
    this.#creating++
    settle(
      () => this.#settings.create(this.#context),
      (resource) => {
        this.#creating--
        if (this.#events.created(resource)) this.#recovered()
        else
          this.#failed(new TypeError('Cannot create resource: create returned one that the pool has already'), streak)
      },
      (thrown) => {
        this.#creating--
        this.#failed(toError(thrown), streak)
      },
    )
    return true
  }

  /** Begins to destroy one. */
  destroy(member: PoolMember<T>): void {
    member.at = 'ending'
    this.#destroying++
    const end = (): void => {
      this.#destroying--
      this.#events.changed()
    }
    settle(
      () => this.#settings.destroy(member.resource),
      end,
      (thrown) => {
        this.#events.destroyFailed(thrown)
        end()
      },
    )
  }

  /** Tries no more. */
  stop(): void {
    this.#retry.clear()
  }

  #recovered(): void {
    this.#streak = 0
    this.#until = now
    this.#lastError = undefined
    this.#retry.clear()
    this.#events.changed()
  }

  #failed(error: Error, streak: number): void {
    this.#lastError = error
    const counts = streak === this.#streak
    if (counts) {
      this.#until = this.#host.now() + Math.min(longest, shortest * 2 ** streak)
      this.#streak++
    }
    this.#events.createFailed(error, counts && streak === 0)
    this.#events.changed()
  }
}

/** Calls `fn` at once, `done` or `failed` later. */
function settle<R>(fn: () => R | PromiseLike<R>, done: (value: R) => void, failed: (thrown: unknown) => void): void {
  new Promise<R>((resolve) => resolve(fn())).then(done, failed)
}
