/**
 * Waits for a lock.
 *
 * 1. The promise settles in the turn of its cause: the lock, the signal, the timeout, the end of the owner.
 * 2. A lock that is granted after that is given back, and the owner's end waits for that as long as its grace period.
 */

import { after } from '../base/clock.js'
import { markCancelled, ScopeDisposedError, TimeoutError, toError } from '../base/errors.js'
import { Late } from '../base/late.js'
import { duration, number, object, text, wrongType } from '../base/options.js'
import { optionalSignal, listen } from '../base/signal.js'
import type { Undo } from '../base/undo.js'
import { endsWithin } from '../lifetime/grace.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import type { Lock } from './lock.js'
import { LockPlace } from './lock-line.js'
import { InMemoryLockProvider } from './memory-lock.js'
import type { LockProvider } from './types.js'

const action = 'acquire lock'
const firstPoll = 20
const longestPoll = 500
const never = Infinity

/** Options of `acquireLock`. */
export interface LockOptions {
  /**
   * Milliseconds after which the lock is free without its holder doing anything, at least 1: how long others wait when
   * this process dies. It is extended in the background as long as the lock is held. Default: 30 000.
   */
  readonly ttl?: number
  /** Milliseconds to wait at most, then a `TimeoutError`; 0 has expired. Default: as long as the owner lives. */
  readonly timeout?: number
  /** False asks once, and gives null when somebody has the lock. Default: true. */
  readonly wait?: boolean
  /** Ends the wait with its reason. */
  readonly signal?: AbortSignal
}

/** An owner, and the providers it has; a scope is one. */
export interface LockOwner extends Lifetime {
  readonly persistence?: { readonly lock?: LockProvider }
}

/** Checked options. */
interface Request {
  readonly ttl: number
  readonly timeout: number
  readonly waits: boolean
  readonly signal: AbortSignal | undefined
}

let memory: InMemoryLockProvider | undefined

/** What asks a provider, loaded with the first lock that is wanted. */
export const taking: Late<typeof import('./lock-taking.js')> = /* @__PURE__ */ new Late(
  () => import('./lock-taking.js'),
)

/**
 * Acquires a lock that one holder has at a time: in all processes that share the owner's `persistence.lock`, without a
 * provider in this process.
 *
 * The lock is extended every third of its `ttl` while it is held; its `signal` aborts when it is lost all the same. It is
 * given back at the end of its block, and at the latest when the owner is disposed of, after its tasks have ended. Of those
 * who wait in one process the first is served first; in workerd, which keeps requests apart, whoever asks first.
 *
 * @throws TypeError, RangeError, ScopeDisposedError at the call.
 * The promise rejects with a `TimeoutError`, with the reason of the signal or the owner, or with a `ProviderError`.
 * @example
 * ```ts
 * await using lock = await s.acquireLock('report:2026', { ttl: 10_000, timeout: 60_000 })
 * await s.task(() => fetchText(url, lock.signal))
 * ```
 */
export function acquireLock(
  owner: LockOwner,
  key: string,
  options: LockOptions & { readonly wait: false },
): Promise<Lock | null>
export function acquireLock(owner: LockOwner, key: string, options?: LockOptions): Promise<Lock>
export function acquireLock(owner: LockOwner, key: string, options: LockOptions = {}): Promise<Lock | null> {
  text(action, 'key', key)
  const request = check(options)
  if (owner.isDisposed) throw new ScopeDisposedError(action, owner.scopeName)
  const provider = owner.persistence?.lock ?? (memory ??= new InMemoryLockProvider())
  return new Acquisition(owner, provider, key, request).promise
}

function check(options: LockOptions): Request {
  const { ttl = 30_000, timeout = never, wait = true, signal } = object(action, 'options', options)
  number(action, 'ttl', ttl, 1, never)
  duration(action, 'timeout', timeout)
  if (typeof wait !== 'boolean') throw wrongType(action, 'wait', 'true or false', wait)
  optionalSignal(action, signal)
  return { ttl, timeout, waits: wait, signal }
}

/** One who waits for a lock. */
class Acquisition {
  readonly promise: Promise<Lock | null>
  readonly #owner: Lifetime
  readonly #provider: LockProvider
  readonly #key: string
  readonly #request: Request
  readonly #undos: Undo[] = []
  #place: LockPlace | undefined
  #over = false
  #resolve: (lock: Lock | null) => void = () => {}
  #reject: (error: Error) => void = () => {}

  constructor(owner: Lifetime, provider: LockProvider, key: string, request: Request) {
    this.#owner = owner
    this.#provider = provider
    this.#key = key
    this.#request = request
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.#limit()
    if (!this.#over) this.#start()
  }

  /** Listens to all that can end the wait. */
  #limit(): void {
    const { signal, timeout } = this.#request
    const cancel = (reason: unknown): void => this.#fail(markCancelled(toError(reason)))
    const expire = (): void => this.#fail(new TimeoutError('Lock', timeout, this.#key))
    this.#undos.push(this.#owner.onAbort((error) => this.#fail(error)))
    if (signal?.aborted) cancel(signal.reason)
    else if (timeout === 0) expire()
    if (this.#over) return
    if (signal !== undefined) this.#undos.push(listen(signal, cancel))
    this.#undos.push(after(timeout, expire))
  }

  #start(): void {
    let done = (): void => {}
    const ended = new Promise<void>((resolve) => (done = resolve))
    const undo = this.#owner.onDispose(async () => void (await endsWithin(this.#owner.gracePeriod, ended)))
    this.#run()
      .catch((error: unknown) => this.#fail(toError(error)))
      .finally(() => {
        undo()
        done()
      })
  }

  async #run(): Promise<void> {
    if (!this.#request.waits) {
      await this.#attempt()
      return this.#finish(() => this.#resolve(null))
    }
    const place = new LockPlace(this.#owner.host, this.#provider, this.#key)
    this.#place = place
    for (let poll = firstPoll; !this.#over; poll = Math.min(longestPoll, poll * 2)) {
      if (place.isFirst) await this.#attempt()
      if (!this.#over) await place.pause(poll)
    }
  }

  /** Asks once; whoever waits no longer gives back what it gets. */
  async #attempt(): Promise<void> {
    const { take } = taking.now ?? (await taking.load())
    if (this.#over) return
    const wish = { key: this.#key, ttl: this.#request.ttl, provider: this.#provider }
    await take(this.#owner, wish, (lock) => {
      if (this.#over) return false
      this.#finish(() => this.#resolve(lock()))
      return true
    })
  }

  #fail(error: Error): void {
    this.#finish(() => this.#reject(error))
  }

  #finish(settle: () => void): void {
    if (this.#over) return
    this.#over = true
    for (const undo of this.#undos) undo()
    this.#place?.leave()
    settle()
  }
}
