/**
 * Waits for a lock.
 *
 * 1. The promise settles in the turn of its cause: the lock, the signal, the timeout, the end of the owner.
 * 2. A lock that is granted after that is given back, and the owner's end waits for that as long as its grace period.
 */

import { after } from '../base/clock.js'
import { brokenOff, TimeoutError, toError } from '../base/errors.js'
import { Late } from '../base/late.js'
import { duration, number, object, text, wrongType } from '../base/options.js'
import { optionalSignal, listen } from '../base/signal.js'
import { nothing, type Undo } from '../base/undo.js'
import { endsWithin } from '../lifetime/grace.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import { requireOpen } from '../lifetime/open.js'
import type { Lock } from './lock.js'
import type { LockWait } from './lock-taking.js'
import type { LockProvider } from './types.js'

const action = 'acquire lock'
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

/** What asks a provider, and waits in line for that, loaded with the first lock that is wanted. */
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
  requireOpen(owner, action)
  return new Acquisition(owner, key, request).promise
}

function check(options: LockOptions): Request {
  const { ttl = 30_000, timeout = never, wait = true, signal } = object(action, 'options', options)
  number(action, 'ttl', ttl, 1, never)
  duration(action, 'timeout', timeout)
  if (typeof wait !== 'boolean') throw wrongType(action, 'wait', 'true or false', wait)
  optionalSignal(action, signal)
  return { ttl, timeout, waits: wait, signal }
}

/** One who waits for a lock: the promise, and all that can end the wait from outside. */
class Acquisition implements LockWait {
  readonly owner: LockOwner
  readonly key: string
  readonly ttl: number
  readonly waits: boolean
  readonly promise: Promise<Lock | null>
  isOver = false
  readonly #undos: Undo[] = []
  #resolve: (lock: Lock | null) => void = nothing
  #reject: (error: Error) => void = nothing

  constructor(owner: LockOwner, key: string, { ttl, timeout, waits, signal }: Request) {
    this.owner = owner
    this.key = key
    this.ttl = ttl
    this.waits = waits
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    const cancel = (reason: unknown): void => this.#fail(brokenOff(reason))
    const expire = (): void => this.#fail(new TimeoutError('Lock', timeout, key))
    this.whenOver(owner.onAbort((error) => this.#fail(error)))
    if (signal?.aborted) cancel(signal.reason)
    else if (timeout === 0) expire()
    if (this.isOver) return
    if (signal !== undefined) this.whenOver(listen(signal, cancel))
    this.whenOver(after(timeout, expire))
    this.#start()
  }

  whenOver(undo: Undo): void {
    this.#undos.push(undo)
  }

  settle(lock: () => Lock | null): boolean {
    return this.#finish(() => this.#resolve(lock()))
  }

  /** The owner's end waits for what is asked of a provider, but not for ever. */
  #start(): void {
    const ended = this.#run().catch((error: unknown) => this.#fail(toError(error)))
    const undo = this.owner.onDispose(async () => void (await endsWithin(this.owner.gracePeriod, ended)))
    void ended.then(undo)
  }

  async #run(): Promise<void> {
    const { take } = taking.now ?? (await taking.load())
    await take(this)
  }

  #fail(error: Error): void {
    this.#finish(() => this.#reject(error))
  }

  #finish(settle: () => void): boolean {
    if (this.isOver) return false
    this.isOver = true
    for (const undo of this.#undos) undo()
    settle()
    return true
  }
}
