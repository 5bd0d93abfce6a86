/**
 * Limits how often something happens: tokens that come at a steady rate and are kept up to a number.
 *
 * 1. The state is one point in time, the generic cell rate algorithm's: when the bucket will be full again. It is kept as the
 *    time the bucket was last full and the tokens taken since, so that no rounding ever adds up.
 * 2. A waiter's tokens are taken in the turn they are there; an abort before that costs none, one after it changes nothing.
 * 3. There is one timer, for the head of the queue, and none while nobody waits; nor does the owner know of us then.
 */

import { after } from '../base/clock.js'
import { TimeoutError } from '../base/errors.js'
import { callback, duration, integer, number, object, outOfRange, wrongType } from '../base/options.js'
import type { Undo } from '../base/undo.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import { refusalOf, requireOpen } from '../lifetime/open.js'
import { WaitQueue } from '../sync/wait-queue.js'
import { obey, signalOf, type WaitOptions } from '../sync/waiter.js'
import { TokenWait } from './token-wait.js'

const never = Infinity

/** Options of `tokenBucket`. */
export interface TokenBucketOptions {
  /** How many tokens come in an `interval`; fractions are fine. */
  readonly rate: number
  /** Milliseconds; `Infinity` for tokens that never come again. Default: 1 000. */
  readonly interval?: number
  /** How many tokens are kept at most, which is how many there are at first. Default: `rate`, but at least 1. */
  readonly burst?: number
}

/** Options of `take`. A signal ends the wait; tokens already taken stay taken. */
export interface TakeOptions extends WaitOptions {
  /** Milliseconds to wait at most, then a `TimeoutError`; never by default. With 0 it is now or not at all. */
  readonly timeout?: number
}

/** Made by `tokenBucket`. */
export class TokenBucket {
  readonly #owner: Lifetime
  readonly #rate: number
  readonly #interval: number
  readonly #burst: number
  readonly #queue: WaitQueue<TokenWait> = new WaitQueue()
  #waiting = 0
  /** The latest time seen: the clock may stand still, or go back, but never for us. */
  #now: number
  #fullAt: number
  #taken = 0
  #alarm: { readonly due: number; readonly disarm: Undo } | undefined
  #deafen: Undo | undefined
  // A closure of the bucket, not of each wait.
  readonly #leave = (wait: TokenWait): void => {
    const blocked = this.#queue.first === wait
    this.#remove(wait)
    if (blocked) this.#serve()
  }

  /** Use `tokenBucket(owner, options)`. @internal */
  constructor(owner: Lifetime, { rate, interval, burst }: Required<TokenBucketOptions>) {
    this.#owner = owner
    this.#rate = rate
    this.#interval = interval
    this.#burst = burst
    this.#now = this.#fullAt = owner.host.now()
  }

  /** How many whole tokens there are at this moment. */
  get available(): number {
    this.#look()
    const left = (this.#burst - this.#taken) * this.#interval
    return Math.floor(Math.min(this.#burst, (left + (this.#now - this.#fullAt) * this.#rate) / this.#interval))
  }

  /** How many calls wait. */
  get waiting(): number {
    return this.#waiting
  }

  /**
   * Takes `n` tokens, all or none, and waits until they are there, first come, first served: while one who wants many is
   * first, the others wait.
   *
   * Rejects with the reason when the owner or `signal` aborts, with `TimeoutError` after `timeout`; it has then taken nothing.
   *
   * @throws TypeError, RangeError at the call, for arguments that make no sense, as when `n` is above `burst`.
   * @example
   * ```ts
   * const bucket = s.tokenBucket({ rate: 10, burst: 20 })
   * for (const url of urls) {
   *   await bucket.take()
   *   void s.task(() => fetchPage(url))
   * }
   * ```
   */
  take(n: number = 1, options?: TakeOptions): Promise<void> {
    return this.#enter(n, options) ?? Promise.resolve()
  }

  /**
   * Calls `fn` once `n` tokens are taken, at once if they are there. What it returns or throws is the outcome; the tokens
   * are spent in either case.
   *
   * @throws TypeError, RangeError at the call, as `take` does.
   */
  acquire<T>(fn: () => T | PromiseLike<T>, n: number = 1, options?: TakeOptions): Promise<T> {
    callback('take tokens', 'fn', fn)
    const wait = this.#enter(n, options)
    return wait === undefined ? new Promise((resolve) => resolve(fn())) : wait.then(() => fn())
  }

  /**
   * Takes `n` tokens if that needs no waiting. False as well while others wait, and when the owner is cancelled.
   *
   * @throws TypeError, RangeError when `n` is not a positive integer, or above `burst`.
   */
  tryTake(n: number = 1): boolean {
    this.#check(n)
    if (this.#owner.aborted || this.#waiting > 0) return false
    this.#look()
    return this.#spend(n)
  }

  /** Nothing when the tokens are taken now; otherwise a promise of them. */
  #enter(n: number, options: TakeOptions | undefined): Promise<void> | undefined {
    this.#check(n)
    const signal = signalOf('take tokens', options)
    const timeout = duration('take tokens', 'timeout', options?.timeout ?? never)
    const refused = refusalOf(this.#owner, signal)
    if (refused !== undefined) return Promise.reject(refused)
    if (this.tryTake(n)) return undefined
    if (timeout === 0) return Promise.reject(new TimeoutError('Take', timeout))
    const wait = new TokenWait(n)
    this.#queue.add(wait)
    this.#waiting++
    obey(signal, wait, this.#leave)
    wait.disarm = after(timeout, () => {
      this.#leave(wait)
      wait.fail(new TimeoutError('Take', timeout))
    })
    this.#deafen ??= this.#owner.onAbort((error) => this.#refuse(error))
    if (this.#waiting === 1) this.#arm(wait)
    return wait.promise
  }

  #check(n: number): void {
    if (integer('take tokens', 'n', n, 1) > this.#burst) {
      throw outOfRange('take tokens', 'n', `at most the burst, which is ${this.#burst}`, n)
    }
  }

  /** Reads the clock; a bucket that is full has nothing to remember. */
  #look(): void {
    this.#now = Math.max(this.#now, this.#owner.host.now())
    // Timers keep whole milliseconds: what comes until then is not lost on those who wait, or the rate would not be kept.
    const late = this.#waiting > 0 ? this.#rate : 0
    if ((this.#now - this.#fullAt) * this.#rate < this.#taken * this.#interval + late) return
    this.#fullAt = this.#now
    this.#taken = 0
  }

  /** Takes tokens if they are there. Both sides are whole numbers when the options and the clock's time are. */
  #spend(n: number): boolean {
    const over = this.#taken + n - this.#burst
    if (over > 0 && (this.#now - this.#fullAt) * this.#rate < over * this.#interval) return false
    this.#taken += n
    return true
  }

  #serve(): void {
    const { abortError } = this.#owner
    if (abortError !== undefined) return this.#refuse(abortError) // it may still be telling others
    this.#look()
    let head = this.#queue.first
    for (; head !== undefined && this.#spend(head.weight); head = this.#queue.first) {
      this.#remove(head)
      head.granted()
    }
    if (head !== undefined) this.#arm(head)
  }

  /** Rings when the head's tokens are there, or earlier: then it is armed again. */
  #arm(head: TokenWait): void {
    const due = this.#fullAt + ((this.#taken + head.weight - this.#burst) * this.#interval) / this.#rate
    if (this.#alarm !== undefined && this.#alarm.due <= due) return
    this.#alarm?.disarm()
    const { host } = this.#owner
    const start = this.#now
    const armed = host.now()
    // Hosts cut off fractions of a millisecond, which would ring too early; and a rounding must not ring again and again.
    const wait = Math.max(1, Math.ceil(due - start))
    const ring = (): void => {
      this.#alarm = undefined
      const passed = host.now() - armed
      // Where the clock stands still, the timer itself says how late it is.
      this.#now = Math.max(this.#now, start + (passed > 0 ? passed : wait))
      this.#serve()
    }
    this.#alarm = { due, disarm: after(wait, ring) }
  }

  #remove(wait: TokenWait): void {
    if (wait.queue === undefined) return
    this.#queue.remove(wait)
    if (--this.#waiting > 0) return
    this.#alarm?.disarm()
    this.#alarm = undefined
    this.#deafen?.()
    this.#deafen = undefined
  }

  #refuse(error: Error): void {
    for (let head = this.#queue.first; head !== undefined; head = this.#queue.first) {
      this.#remove(head)
      head.fail(error)
    }
  }
}

/**
 * Creates a token bucket: `rate` tokens come in every `interval`, evenly, and at most `burst` are kept. It starts full.
 *
 * When the owner is cancelled or disposed of, those who wait are rejected with the reason in the same turn, and so is every
 * later call. An idle bucket has no timer and leaves nothing in its owner.
 *
 * @throws TypeError, RangeError for options that make no sense; ScopeDisposedError when the owner is disposed of.
 * @example
 * ```ts
 * const bucket = tokenBucket(s, { rate: 100, interval: 60_000, burst: 10 })
 * if (!bucket.tryTake()) await bucket.take(1, { timeout: 5_000 })
 * ```
 */
export function tokenBucket(owner: Lifetime, options: TokenBucketOptions): TokenBucket {
  const action = 'create token bucket'
  const { rate, interval = 1_000, burst = Math.max(1, rate) } = object(action, 'options', options)
  positive(action, 'rate', rate, false)
  positive(action, 'interval', interval, true)
  number(action, 'burst', burst, 1, Number.MAX_SAFE_INTEGER)
  requireOpen(owner, action)
  return new TokenBucket(owner, interval === never ? { rate: 0, interval: 1, burst } : { rate, interval, burst })
}

function positive(action: string, option: string, value: unknown, infinite: boolean): void {
  const rule = `a positive number${infinite ? ' or Infinity' : ''}`
  if (typeof value !== 'number') throw wrongType(action, option, rule, value)
  if (!(value > 0) || (value === never && !infinite)) throw outOfRange(action, option, rule, value)
}
