/** Locks in memory: for tests, and for what one process does. */

import { duration, text } from '../base/options.js'
import type { LockHandle, LockProvider } from './types.js'

/** Who has a lock, and until when, in milliseconds since 1970. */
interface Holding {
  readonly owner: string
  readonly fence: number
  until: number
}

/**
 * Keeps locks in memory. There is no timer: a lock whose time is over goes when somebody asks for it.
 *
 * @example
 * ```ts
 * await using s = scope({ persistence: { lock: new InMemoryLockProvider() } })
 * await using lock = await s.acquireLock('nightly')
 * ```
 */
export class InMemoryLockProvider implements LockProvider {
  readonly #held: Map<string, Holding> = new Map()
  #grants = 0

  async acquire(key: string, ttl: number, owner?: string): Promise<LockHandle | null> {
    text('acquire lock', 'key', key)
    duration('acquire lock', 'ttl', ttl)
    if (this.#find(key) !== undefined) return null
    // One count for all keys rises for each of them, and need not be kept by key.
    const fence = ++this.#grants
    const holding: Holding = { owner: owner ?? `owner-${fence}`, fence, until: Date.now() + ttl }
    this.#held.set(key, holding)
    const isMine = (): boolean => this.#find(key) === holding
    return {
      fence,
      release: async () => void (isMine() && this.#held.delete(key)),
      extend: async (more) => isMine() && extend(holding, more),
      isValid: async () => isMine(),
    }
  }

  async extend(key: string, ttl: number, owner: string): Promise<boolean> {
    const holding = this.#find(key)
    return holding?.owner === owner && extend(holding, ttl)
  }

  async forceRelease(key: string): Promise<void> {
    this.#held.delete(key)
  }

  #find(key: string): Holding | undefined {
    const holding = this.#held.get(key)
    if (holding === undefined || holding.until > Date.now()) return holding
    this.#held.delete(key)
    return undefined
  }
}

function extend(holding: Holding, ttl: number): true {
  holding.until = Date.now() + duration('extend lock', 'ttl', ttl)
  return true
}
