/** A cache in memory: for tests, and for the scopes of one process. */

import { duration, integer, object, text } from '../base/options.js'
import type { CacheProvider } from './types.js'

interface Entry {
  readonly value: unknown
  /** When it goes, in milliseconds since 1970. */
  readonly expires: number
}

/** Options of `InMemoryCache`. */
export interface InMemoryCacheOptions {
  /** How many values are kept; the one used least recently goes first. Default: 1 000. */
  readonly maxSize?: number
}

const action = 'create cache'
const never = Infinity

/**
 * Keeps values in memory, as they are given. What has expired goes when it is met, or with `cleanup()`; there is no timer.
 *
 * @example
 * ```ts
 * await using s = scope({ persistence: { cache: new InMemoryCache({ maxSize: 500 }) } })
 * const [err, user] = await s.task(() => fetchUser(1), { memo: { key: 'user:1', ttl: 60_000 } })
 * ```
 */
export class InMemoryCache implements CacheProvider, Disposable {
  /** Least recently used first. */
  readonly #entries: Map<string, Entry> = new Map()
  readonly #maxSize: number

  constructor(options: InMemoryCacheOptions = {}) {
    const { maxSize = 1_000 } = object(action, 'options', options)
    this.#maxSize = integer(action, 'maxSize', maxSize, 1, true)
  }

  /** How many values are kept, those that have expired and were not met yet included. */
  get size(): number {
    return this.#entries.size
  }

  async get<T>(key: string): Promise<T | null> {
    const entry = this.#find(key)
    if (entry === undefined) return null
    this.#entries.delete(key)
    this.#entries.set(key, entry) // now the most recently used
    return entry.value as T // whoever asks for a key knows what it kept there
  }

  async set<T>(key: string, value: T, ttl: number = never): Promise<void> {
    text('store value', 'key', key)
    const expires = Date.now() + duration('store value', 'ttl', ttl)
    this.#entries.delete(key)
    this.#entries.set(key, { value, expires })
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#maxSize) break
      this.#entries.delete(oldest)
    }
  }

  async delete(key: string): Promise<void> {
    this.#entries.delete(key)
  }

  async has(key: string): Promise<boolean> {
    return this.#find(key) !== undefined
  }

  async clear(): Promise<void> {
    this.#entries.clear()
  }

  async keys(pattern?: string): Promise<string[]> {
    this.cleanup()
    return [...this.#entries.keys()].filter(matcher(pattern))
  }

  /** Forgets what has expired; returns how many values that were. */
  cleanup(): number {
    const before = this.#entries.size
    for (const key of [...this.#entries.keys()]) this.#find(key)
    return before - this.#entries.size
  }

  /** Forgets everything. */
  [Symbol.dispose](): void {
    this.#entries.clear()
  }

  #find(key: string): Entry | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined || entry.expires > Date.now()) return entry
    this.#entries.delete(key)
    return undefined
  }
}

/** Makes an `InMemoryCache`. */
export function createCache(options?: InMemoryCacheOptions): InMemoryCache {
  return new InMemoryCache(options)
}

/** Tells whether a key matches a pattern as a whole, in which `*` is any text; without a pattern every key does. */
export function matcher(pattern: string | undefined): (key: string) => boolean {
  if (pattern === undefined) return () => true
  const parts = pattern.split('*')
  const first = parts[0] ?? ''
  const last = parts.at(-1) ?? ''
  if (parts.length === 1) return (key) => key === pattern
  return (key) => {
    if (!key.startsWith(first) || !key.endsWith(last)) return false
    let at = first.length
    for (const part of parts.slice(1, -1)) {
      const found = key.indexOf(part, at)
      if (found < 0) return false
      at = found + part.length
    }
    return at <= key.length - last.length
  }
}
