/**
 * Limits how much goes on at once: permits, waited for in order.
 *
 * 1. A permit is somebody's from the turn it is handed over; the promise only reports it. An abort after that changes
 *    nothing, an abort before it costs no permit.
 * 2. Permits that `acquire(fn)` holds are out of reach: `release` gives back only what was handed to the caller.
 * 3. The owner carries one listener while somebody waits, and none otherwise.
 */

import { after } from '../base/clock.js'
import { TimeoutError } from '../base/errors.js'
import { callback, integer, outOfRange } from '../base/options.js'
import { nothing, type Undo } from '../base/undo.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import { refusalOf, requireOpen } from '../lifetime/open.js'
import { Permit } from './permit.js'
import { type PermitOptions, type PermitRequest, permitRequest } from './permit-options.js'
import { PermitQueue, type PermitWaiter } from './permit-queue.js'
import { PermitWait } from './permit-wait.js'
import { obey } from './waiter.js'

/** Made by `semaphore`. */
export class Semaphore {
  readonly #owner: Lifetime
  readonly #queue: PermitQueue
  /** Permits in the hands of callers, who may give them back; those held for a function are not among them. */
  #handedOut = 0
  #deafen: Undo | undefined
  // Closures of the semaphore, not of each wait.
  readonly #leave = (wait: PermitWaiter): void => {
    this.#heed()
    this.#queue.leave(wait)
  }
  readonly #hand = (weight: number): Permit => {
    this.#handedOut += weight
    return new Permit(weight, this)
  }
  /** Lets go of the owner when nobody waits. */
  readonly #rest = (): void => {
    if (this.#queue.waiting > 0) return
    this.#deafen?.()
    this.#deafen = undefined
  }

  /** Use `semaphore(owner, permits)`. @internal */
  constructor(owner: Lifetime, permits: number) {
    this.#owner = owner
    this.#queue = new PermitQueue(permits)
  }

  /** How many permits are free. */
  get available(): number {
    return this.#queue.available
  }

  /** How many calls wait. */
  get waiting(): number {
    return this.#queue.waiting
  }

  /** How many permits there are, free or not. */
  get totalPermits(): number {
    return this.#queue.total
  }

  /**
   * Waits for a permit and hands it over, for `using`; or, given a function, calls it with the permit held, and gives the
   * permit back whatever happens. With a free permit the function is called at once.
   *
   * When the owner is cancelled or disposed of, all who wait are rejected with the reason in the same turn, and so is
   * every later call; a function that runs already is not disturbed.
   *
   * @throws TypeError, RangeError at the call, for options that make no sense.
   * @example
   * ```ts
   * const sem = s.semaphore(3)
   * const page = await sem.acquire(() => fetchPage(url))
   * {
   *   using permit = await sem.acquire({ weight: 2, timeout: 1_000 })
   *   await work()
   * }
   * ```
   */
  acquire(options?: PermitOptions): Promise<Permit>
  acquire<T>(fn: () => T | PromiseLike<T>, options?: number | PermitOptions): Promise<T>
  acquire<T>(
    first?: PermitOptions | (() => T | PromiseLike<T>),
    options?: number | PermitOptions,
  ): Promise<Permit | T> {
    if (typeof first === 'function') {
      const request = permitRequest(options, this.totalPermits)
      const wait = this.#enter(request, nothing)
      if (wait === undefined) return this.#run(first, request.weight)
      // By a promise, so that it runs in the async context of its caller, and not of the one whose permit it gets.
      return wait.then(() => this.#run(first, request.weight))
    }
    const request = permitRequest(first, this.totalPermits)
    return this.#enter(request, this.#hand) ?? Promise.resolve(this.#hand(request.weight))
  }

  /** The same as `acquire(fn, options)`. */
  execute<T>(fn: () => T | PromiseLike<T>, options?: number | PermitOptions): Promise<T> {
    return this.acquire(callback('acquire permit', 'fn', fn), options)
  }

  /**
   * Takes permits if that needs no waiting; whoever gets them gives them back by `release`.
   *
   * False as well when the owner is cancelled.
   *
   * @example
   * ```ts
   * if (sem.tryAcquire()) {
   *   try { work() } finally { sem.release() }
   * }
   * ```
   */
  tryAcquire(weight: number = 1): boolean {
    integer('acquire permit', 'weight', weight, 1)
    const taken = !this.#owner.aborted && this.#queue.take(weight, 0)
    if (taken) this.#handedOut += weight
    return taken
  }

  /**
   * Gives permits back that were handed out by `tryAcquire`, `acquireWithTimeout` or `acquire()`.
   *
   * @throws RangeError when there are not so many.
   */
  release(weight: number = 1): void {
    const action = 'release permit'
    integer(action, 'weight', weight, 1)
    if (weight > this.#handedOut) {
      throw outOfRange(action, 'weight', `at most the permits handed out, which are ${this.#handedOut}`, weight)
    }
    this.#handedOut -= weight
    this.#give(weight)
  }

  /** Calls `fn` with a permit held if one is free, and resolves to `undefined` without calling it otherwise. */
  tryAcquireWithFn<T>(fn: () => T | PromiseLike<T>): Promise<T | undefined> {
    callback('acquire permit', 'fn', fn)
    if (this.#owner.abortError !== undefined) return Promise.reject(this.#owner.abortError)
    return this.#queue.take(1, 0) ? this.#run(fn, 1) : Promise.resolve(undefined)
  }

  /** Waits at most `ms`; true with a permit, to be given back by `release`, false without. */
  acquireWithTimeout(ms: number): Promise<boolean> {
    return this.#within(ms).then((taken) => {
      if (taken) this.#handedOut++
      return taken
    })
  }

  /** Waits at most `ms`, then calls `fn` with a permit held; resolves to `undefined` if there was none in time. */
  acquireWithTimeoutAndFn<T>(ms: number, fn: () => T | PromiseLike<T>): Promise<T | undefined> {
    callback('acquire permit', 'fn', fn)
    return this.#within(ms).then((taken) => (taken ? this.#run(fn, 1) : undefined))
  }

  /** The same as `acquire(fn, { weight: count })`. */
  bulkAcquire<T>(count: number, fn: () => T | PromiseLike<T>): Promise<T> {
    return this.execute(fn, { weight: count })
  }

  /** The same as `tryAcquire(count)`. */
  tryBulkAcquire(count: number): boolean {
    return this.tryAcquire(count)
  }

  /**
   * Changes how many permits there are. Those in use stay in use: after a reduction none is handed over until enough have
   * come back. One who waits for more than there are now waits until there are more again.
   *
   * @throws TypeError, RangeError unless `permits` is a positive integer.
   */
  resize(permits: number): void {
    integer('resize semaphore', 'permits', permits, 1)
    this.#heed()
    this.#queue.resize(permits)
  }

  /** Nothing when the permits are taken now; otherwise a promise of what `hand` makes of them in the turn they are there. */
  #enter<R>(request: PermitRequest, hand: (weight: number) => R): Promise<R> | undefined {
    const { weight, priority, signal, timeout } = request
    const refused = refusalOf(this.#owner, signal)
    if (refused !== undefined) return Promise.reject(refused)
    if (this.#queue.take(weight, priority)) return undefined
    if (timeout === 0) return Promise.reject(new TimeoutError('Acquire', timeout))
    const wait = new PermitWait(weight, hand, this.#rest)
    this.#queue.join(wait, priority)
    obey(signal, wait, this.#leave)
    if (timeout !== Infinity) {
      wait.disarm = after(timeout, () => {
        this.#leave(wait)
        wait.fail(new TimeoutError('Acquire', timeout))
      })
    }
    this.#deafen ??= this.#owner.onAbort((error) => this.#queue.refuse(error))
    return wait.promise
  }

  /** True with a permit, false when there was none in time. */
  #within(ms: number): Promise<boolean> {
    const wait = this.#enter(permitRequest({ timeout: ms }, this.totalPermits), nothing)
    if (wait === undefined) return Promise.resolve(true)
    return wait.then(
      () => true,
      (error: unknown) => {
        // The owner may have timed out itself, which is not the end of this wait alone.
        if (error === this.#owner.abortError) throw error
        return false
      },
    )
  }

  /** Calls `fn` at once; the permits go on when it has ended. */
  async #run<T>(fn: () => T | PromiseLike<T>, weight: number): Promise<T> {
    try {
      return await fn()
    } finally {
      this.#give(weight)
    }
  }

  #give(weight: number): void {
    this.#heed()
    this.#queue.give(weight)
  }

  /** A cancelled owner may still be telling others: nobody gets a permit meanwhile. */
  #heed(): void {
    if (this.#queue.waiting > 0 && this.#owner.abortError !== undefined) this.#queue.refuse(this.#owner.abortError)
  }
}

/**
 * Creates a semaphore. First come, first served; a higher priority goes first.
 *
 * When the owner is cancelled or disposed of, those who wait are rejected with the reason.
 *
 * @throws TypeError, RangeError unless `permits` is a positive integer.
 * @throws ScopeDisposedError when the owner is disposed of.
 * @example
 * ```ts
 * const sem = semaphore(s, 3)
 * const pages = await Promise.all(urls.map((url) => sem.acquire(() => fetchPage(url))))
 * ```
 */
export function semaphore(owner: Lifetime, permits: number): Semaphore {
  integer('create semaphore', 'permits', permits, 1)
  requireOpen(owner, 'create semaphore')
  return new Semaphore(owner, permits)
}
