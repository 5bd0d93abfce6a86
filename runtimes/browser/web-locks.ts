/** Locks of the browser: the tabs and workers of one origin share them, and a tab that is closed holds none. */

import { duration, object, text } from '../../src/base/options.js'
import type { LockHandle, LockProvider } from '../../src/persist/types.js'
import type { WebLockOptions } from '../generic/options.js'
import type { KeyedStore } from '../generic/keyed/store.js'
import { databaseStore } from './keyed-database.js'

/** The longest delay that browsers keep. */
const longest = 2 ** 31 - 1

/**
 * Locks over Web Locks, with fences from IndexedDB. A page that is frozen keeps its locks until it thaws, however long: then
 * it finds their time over and gives them back.
 *
 * Web Locks need a secure context: `https`, or localhost.
 */
export class WebLockProvider implements LockProvider {
  readonly #name: string
  readonly #fences: KeyedStore
  readonly #held: Map<string, WebLock> = new Map()

  /** Locks of this origin. */
  constructor(options: WebLockOptions = {}) {
    const action = 'create WebLockProvider'
    const { name = 'go-go-scope' } = object(action, 'options', options)
    if (navigator.locks === undefined) {
      throw new TypeError(`Cannot ${action}: Web Locks need a secure context; serve the page over https`)
    }
    this.#name = text(action, 'name', name)
    this.#fences = databaseStore(`${name}:fences`)
  }

  async acquire(key: string, ttl: number, owner?: string): Promise<LockHandle | null> {
    text('acquire lock', 'key', key)
    duration('acquire lock', 'ttl', ttl)
    const lock = await WebLock.take(`${this.#name}:${key}`, () => {
      if (this.#held.get(key) === lock) this.#held.delete(key)
    })
    if (lock === undefined) return null
    try {
      lock.owner = owner
      lock.fence = await this.#fences.update<number>(key, (last) => {
        const next = typeof last === 'number' ? last + 1 : 1
        return { result: next, next }
      })
    } catch (error) {
      lock.end()
      throw error
    }
    this.#held.set(key, lock)
    lock.last(ttl)
    return lock
  }

  async extend(key: string, ttl: number, owner: string): Promise<boolean> {
    const lock = this.#held.get(key)
    return lock !== undefined && lock.owner === owner && lock.extend(ttl)
  }

  async forceRelease(key: string): Promise<void> {
    // Stealing ends the holder's request, in whichever tab, and the lock is free again at once.
    await navigator.locks.request(`${this.#name}:${key}`, { steal: true }, () => {})
  }
}

/** One lock that this page has been given. */
class WebLock implements LockHandle {
  fence = 0
  owner: string | undefined
  #until = Infinity
  #timer: ReturnType<typeof setTimeout> | undefined
  #held = false
  #giveBack: () => void = () => {}
  /** Settles when the browser has taken it back. */
  #gone: Promise<unknown> = Promise.resolve()
  readonly #ended: () => void

  constructor(ended: () => void) {
    this.#ended = ended
  }

  /** Takes the lock of this name if it is free; `ended` is called when it is held no longer, whatever the cause. */
  static take(name: string, ended: () => void): Promise<WebLock | undefined> {
    return new Promise((resolve, reject) => {
      const lock = new WebLock(ended)
      const hold = (given: unknown): Promise<void> | undefined => {
        if (given === null) return void resolve(undefined)
        return new Promise((giveBack) => {
          lock.#held = true
          lock.#giveBack = giveBack
          resolve(lock)
        })
      }
      // Settles when the lock is given back, or stolen, long after it was given.
      lock.#gone = navigator.locks.request(name, { ifAvailable: true }, hold).catch((error: unknown) => {
        lock.end()
        reject(error)
      })
    })
  }

  /** It is over `ttl` milliseconds from now. */
  last(ttl: number): void {
    clearTimeout(this.#timer)
    this.#until = performance.now() + ttl
    if (ttl !== Infinity) this.#wait()
  }

  async isValid(): Promise<boolean> {
    return this.#held && performance.now() < this.#until
  }

  async extend(ttl: number): Promise<boolean> {
    duration('extend lock', 'ttl', ttl)
    if (!(await this.isValid())) return false
    this.last(ttl)
    return true
  }

  async release(): Promise<void> {
    this.end()
    await this.#gone
  }

  /** Holds it no longer. */
  end(): void {
    if (!this.#held) return
    this.#held = false
    clearTimeout(this.#timer)
    this.#giveBack()
    this.#ended()
  }

  #wait(): void {
    const left = this.#until - performance.now()
    if (left <= 0) return this.end()
    this.#timer = setTimeout(() => this.#wait(), Math.min(left, longest))
  }
}
