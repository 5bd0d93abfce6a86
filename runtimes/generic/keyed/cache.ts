/** A cache over a keyed store. */

import { duration, text } from '../../../src/base/options.js'
import { matcher } from '../../../src/persist/memory-cache.js'
import type { CacheProvider } from '../../../src/persist/types.js'
import { isAhead, type KeyedStore } from './store.js'

interface Entry {
  readonly value: unknown
  /** When it goes, in milliseconds since 1970. */
  readonly expires: number
}

/** Values that all who use the store share. What has expired goes when it is met, or with `cleanup()`. */
export class KeyedCacheProvider implements CacheProvider {
  readonly #store: KeyedStore

  /** @internal */
  constructor(store: KeyedStore) {
    this.#store = store
  }

  async get<T>(key: string): Promise<T | null> {
    const entry = await this.#find(key)
    return entry === undefined ? null : (entry.value as T) // whoever asks for a key knows what it kept there
  }

  async set<T>(key: string, value: T, ttl: number = Infinity): Promise<void> {
    text('store value', 'key', key)
    const next: Entry = { value, expires: Date.now() + duration('store value', 'ttl', ttl) }
    await this.#store.update(key, () => ({ result: undefined, next }))
  }

  async delete(key: string): Promise<void> {
    await this.#store.deleteAll([key])
  }

  async has(key: string): Promise<boolean> {
    return (await this.#find(key)) !== undefined
  }

  async clear(): Promise<void> {
    await this.#store.deleteAll(await this.#store.keys(''))
  }

  async keys(pattern?: string): Promise<string[]> {
    const [prefix] = pattern?.split('*') ?? ['']
    const live: string[] = []
    for (const key of (await this.#store.keys(prefix ?? '')).filter(matcher(pattern))) {
      if (await this.has(key)) live.push(key)
    }
    return live
  }

  /** Forgets what has expired. */
  async cleanup(): Promise<void> {
    await this.keys()
  }

  async #find(key: string): Promise<Entry | undefined> {
    const entry = (await this.#store.get(key)) as Entry | undefined // nobody else writes here
    if (entry === undefined || isAhead(entry.expires)) return entry
    await this.#store.update(key, (value) => {
      const now = value as Entry | undefined // as above
      return now !== undefined && !isAhead(now.expires) ? { result: undefined, next: undefined } : { result: undefined }
    })
    return undefined
  }
}
