/** A cache on a server. */
import { text } from '../../src/base/options.js'
import { decodeText, encodeText } from '../../src/persist/codec.js'
import type { CacheProvider } from '../../src/persist/types.js'
import type { Values } from './idempotency-provider.js'
import { ask } from './ask.js'
import { matcher } from './keys.js'
import { timeToLive } from './ttl.js'

/** Values that can be listed. */
export interface ListedValues extends Values {
  has(key: string): Promise<boolean>
  clear(): Promise<void>
  keys(): Promise<readonly string[]>
}

/** Translates the provider's interface; the server keeps and forgets. @internal */
export class StoreCacheProvider implements CacheProvider {
  readonly #name: string
  readonly #values: ListedValues

  constructor(name: string, values: ListedValues) {
    this.#name = name
    this.#values = values
  }

  /** The value, or null when there is none, or none any more. */
  async get<T>(key: string): Promise<T | null> {
    return this.#ask('get', key, async () => {
      const stored = await this.#values.get(key)
      return stored === undefined ? null : (decodeText(stored.text) as T) // whoever asks for a key knows its value
    })
  }

  /** Keeps a value for `ttl` milliseconds; without one, for ever. */
  async set<T>(key: string, value: T, ttl?: number): Promise<void> {
    const time = timeToLive('store value', ttl)
    const stored = encodeText(value, 'value')
    await this.#ask('set', key, () => this.#values.set(key, stored, time))
  }

  async delete(key: string): Promise<void> {
    await this.#ask('delete', key, () => this.#values.delete(key))
  }

  async has(key: string): Promise<boolean> {
    return this.#ask('has', key, () => this.#values.has(key))
  }

  /** Forgets all values of this prefix. What is stored meanwhile may go or stay. */
  async clear(): Promise<void> {
    await ask(this.#name, 'clear', '*', () => this.#values.clear())
  }

  /** The keys there are, in no order; with a pattern, in which `*` stands for any text, those that match as a whole. */
  async keys(pattern: string = '*'): Promise<string[]> {
    const matches = matcher(text('list keys', 'pattern', pattern))
    const keys = await ask(this.#name, 'keys', '*', () => this.#values.keys())
    return keys.filter(matches)
  }

  #ask<T>(operation: string, key: string, fn: () => Promise<T>): Promise<T> {
    text(`call ${operation}`, 'key', key)
    return ask(this.#name, operation, key, fn)
  }
}
