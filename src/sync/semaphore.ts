/**
 * Limits how much goes on at once: permits, waited for in order.
 *
 * 1. A permit is somebody's from the turn it is handed over; the promise only reports it. An abort after that changes
 *    nothing, an abort before it costs no permit.
 * 2. Permits that `acquire(fn)` holds are out of reach: `release` gives back only what was handed to the caller.
 * 3. The owner carries one listener while somebody waits, and none otherwise.
 */

import { after } from '../base/clock.js'
import { markCancelled, ScopeDisposedError, TimeoutError, toError } from '../base/errors.js'
import { callback, duration, integer, number, object, outOfRange, wrongType } from '../base/options.js'
import { isAbortSignal, listen } from '../base/signal.js'
import { nothing, type Undo } from '../base/undo.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import { PermitQueue } from './permit-queue.js'

/** How to wait for a permit. */
export interface PermitOptions {
  /** How many permits to take, all or none; 1 by default. While a heavy one is first in the queue, the others wait. */
  readonly weight?: number
  /** Higher goes first; 0 by default. Equals go in the order they came. */
  readonly priority?: number
  /** Ends the wait when it aborts, and rejects with its reason. A permit already handed over stays the caller's. */
  readonly signal?: AbortSignal
  /** Milliseconds to wait at most, then a `TimeoutError`; never by default. With 0 it is now or not at all. */
  readonly timeout?: number
}

/** A permit in the caller's hands. */
export interface Permit extends Disposable {
  /** How many of the semaphore's permits it stands for. */
  readonly weight: number
  /** Gives it back. Asked again, does nothing. */
  release(): void
}

/** Checked options. */
interface Request {
  readonly weight: number
  readonly priority: number
  readonly signal: AbortSignal | undefined
  readonly timeout: number
}

const never = Number.POSITIVE_INFINITY
const plain: Request = { weight: 1, priority: 0, signal: undefined, timeout: never }

/** Made by `semaphore`. */
export class Semaphore {
  readonly #owner: Lifetime
  readonly #queue: PermitQueue
  /** Permits in the hands of callers, who may give them back; those held for a function are not among them. */
  #handedOut = 0
  #deafen: Undo | undefined

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
      const request = this.#check(options)
      return this.#enter(request)?.then(() => this.#run(first, request.weight)) ?? this.#run(first, request.weight)
    }
    const request = this.#check(first)
    return this.#enter(request)?.then(() => this.#hand(request.weight)) ?? Promise.resolve(this.#hand(request.weight))
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
    const taken = !this.#owner.aborted && this.#queue.take(weight, plain.priority)
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
    return this.#queue.take(1, plain.priority) ? this.#run(fn, 1) : Promise.resolve(undefined)
  }

  /** Waits at most `ms`; true with a permit, to be given back by `release`, false without. */
  acquireWithTimeout(ms: number): Promise<boolean> {
    return this.#within(ms, () => {
      this.#handedOut++
      return true
    }).then((taken) => taken ?? false)
  }

  /** Waits at most `ms`, then calls `fn` with a permit held; resolves to `undefined` if there was none in time. */
  acquireWithTimeoutAndFn<T>(ms: number, fn: () => T | PromiseLike<T>): Promise<T | undefined> {
    callback('acquire permit', 'fn', fn)
    return this.#within(ms, () => this.#run(fn, 1))
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

  #check(options: number | PermitOptions | undefined): Request {
    const action = 'acquire permit'
    if (options === undefined) return plain
    const given = typeof options === 'number' ? { priority: options } : object(action, 'options', options)
    const { weight = 1, priority = 0, signal, timeout = never } = given
    integer(action, 'weight', weight, 1)
    if (weight > this.#queue.total) {
      throw outOfRange(action, 'weight', `at most the number of permits, which is ${this.#queue.total}`, weight)
    }
    number(action, 'priority', priority, -never, never)
    if (signal !== undefined && !isAbortSignal(signal)) throw wrongType(action, 'signal', 'an AbortSignal', signal)
    return { weight, priority, signal, timeout: duration(action, 'timeout', timeout) }
  }

  /** Nothing when the permits are taken now; otherwise a promise of them. */
  #enter({ weight, priority, signal, timeout }: Request): Promise<void> | undefined {
    const { abortError } = this.#owner
    if (abortError !== undefined) return Promise.reject(abortError)
    if (signal?.aborted) return Promise.reject(cancellation(signal.reason))
    if (this.#queue.take(weight, priority)) return undefined
    if (timeout === 0) return Promise.reject(expiry(timeout))
    return new Promise((resolve, reject) => {
      let ignore: Undo = nothing
      let disarm: Undo = nothing
      const end = (): void => {
        ignore()
        disarm()
        this.#rest()
      }
      const granted = (): void => {
        end()
        resolve()
      }
      const refused = (error: Error): void => {
        end()
        reject(error)
      }
      const leave = this.#queue.wait(weight, priority, granted, refused)
      const giveUp = (error: Error): void => {
        this.#heed()
        leave()
        refused(error)
      }
      if (signal !== undefined) ignore = listen(signal, (reason) => giveUp(cancellation(reason)))
      if (timeout !== never) disarm = after(timeout, () => giveUp(expiry(timeout)))
      this.#deafen ??= this.#owner.onAbort((error) => this.#queue.refuse(error))
    })
  }

  /** As `#enter`, but that a wait that takes too long resolves to nothing. */
  async #within<T>(ms: number, got: () => T): Promise<Awaited<T> | undefined> {
    const request = this.#check({ timeout: ms })
    let late: unknown
    await this.#enter(request)?.catch((error: unknown) => {
      late = error
    })
    if (late === undefined) return await got()
    // The owner may have timed out itself, which is not the end of this wait alone.
    if (late === this.#owner.abortError) throw late
    return undefined
  }

  #hand(weight: number): Permit {
    this.#handedOut += weight
    return new HeldPermit(weight, () => this.release(weight))
  }

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

  /** Lets go of the owner when nobody waits. */
  #rest(): void {
    if (this.#queue.waiting > 0) return
    this.#deafen?.()
    this.#deafen = undefined
  }
}

class HeldPermit implements Permit {
  readonly weight: number
  #giveBack: (() => void) | undefined

  constructor(weight: number, giveBack: () => void) {
    this.weight = weight
    this.#giveBack = giveBack
  }

  release(): void {
    const giveBack = this.#giveBack
    this.#giveBack = undefined
    giveBack?.()
  }

  [Symbol.dispose](): void {
    this.release()
  }
}

function cancellation(reason: unknown): Error {
  return markCancelled(toError(reason))
}

function expiry(ms: number): TimeoutError {
  return new TimeoutError('Acquire', ms)
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
  if (owner.isDisposed) throw new ScopeDisposedError('create semaphore', owner.scopeName)
  return new Semaphore(owner, permits)
}
