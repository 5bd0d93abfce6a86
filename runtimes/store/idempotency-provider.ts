/** Values of idempotent tasks on a server, with keys reserved by leases. */
import { text } from '../../src/base/options.js'
import { decodeText, encodeText } from '../../src/persist/codec.js'
import type { IdempotencyProvider, IdempotencyRecord } from '../../src/persist/types.js'
import type { Leases } from './leases.js'
import { ask } from './ask.js'
import { timeToLive } from './ttl.js'
import { tokens } from './token.js'

/** A text on a server, and the milliseconds it has left by the server's clock. */
export interface StoredText {
  readonly text: string
  readonly left: number | undefined
}

/** What a server must be able to do for values. */
export interface Values {
  get(key: string): Promise<StoredText | undefined>
  /** A `ttl` of undefined is for ever, one of 0 deletes. */
  set(key: string, text: string, ttl: number | undefined): Promise<void>
  delete(key: string): Promise<void>
}

/** How many lost answers are remembered, those of a server that is away for long included. */
const mostUnsure = 1_000

/** Translates the provider's interface; the server decides who has a key. @internal */
export class StoreIdempotencyProvider implements IdempotencyProvider {
  readonly #name: string
  readonly #values: Values
  readonly #leases: Leases
  readonly #token: () => string = tokens()
  /** The tokens of the reservations made here. */
  readonly #reserved: Map<string, string> = new Map()
  /** Tokens whose answer was lost: they may hold their key though nobody here does, so the next attempt is made with them. */
  readonly #unsure: Map<string, string> = new Map()

  constructor(name: string, values: Values, leases: Leases) {
    this.#name = name
    this.#values = values
    this.#leases = leases
  }

  /** The value that was stored, or null. Its `expiresAt` is by the clock of this process. */
  async get(key: string): Promise<IdempotencyRecord | null> {
    return this.#ask('get', key, async () => {
      const stored = await this.#values.get(key)
      if (stored === undefined) return null
      const value = decodeText(stored.text)
      return stored.left === undefined ? { value } : { value, expiresAt: Date.now() + stored.left }
    })
  }

  /** Stores a value for `ttl` milliseconds; without one, for ever. */
  async set(key: string, value: unknown, ttl?: number): Promise<void> {
    const time = timeToLive('store value', ttl)
    const stored = encodeText(value, 'value')
    await this.#ask('set', key, () => this.#values.set(key, stored, time))
  }

  async delete(key: string): Promise<void> {
    await this.#ask('delete', key, () => this.#values.delete(key))
  }

  /**
   * Takes the key if nobody has it, for `ttl` milliseconds of the server's clock: that of a process that died is free
   * after that time. Without a `ttl` it is taken until it is released.
   */
  async reserve(key: string, ttl?: number): Promise<boolean> {
    const token = this.#unsure.get(key) ?? this.#token()
    this.#unsure.delete(key) // or two at once would both have the key
    const time = timeToLive('reserve key', ttl)
    const lease = await this.#sure(key, token, 'reserve', () => this.#leases.acquire(key, token, '', time))
    if (lease === undefined) return false
    this.#reserved.set(key, token)
    return true
  }

  /** Lets a reservation made here end `ttl` milliseconds from now; false when it has ended already. */
  async extend(key: string, ttl: number): Promise<boolean> {
    const token = this.#reserved.get(key)
    const time = timeToLive('extend reservation', ttl)
    if (token === undefined) return false
    return this.#ask('extend', key, () => this.#leases.extend(key, token, time))
  }

  /** Gives back a key that was reserved here; one that somebody else has reserved since stays theirs. */
  async release(key: string): Promise<void> {
    const token = this.#reserved.get(key)
    if (token === undefined) return
    this.#reserved.delete(key)
    await this.#sure(key, token, 'release', () => this.#leases.release(key, token))
  }

  /** Asks, and remembers the token when there is no answer. */
  async #sure<T>(key: string, token: string, operation: string, fn: () => Promise<T>): Promise<T> {
    try {
      return await this.#ask(operation, key, fn)
    } catch (error) {
      this.#unsure.set(key, token)
      const [oldest] = this.#unsure.keys()
      if (oldest !== undefined && this.#unsure.size > mostUnsure) this.#unsure.delete(oldest)
      throw error
    }
  }

  #ask<T>(operation: string, key: string, fn: () => Promise<T>): Promise<T> {
    text(`call ${operation}`, 'key', key)
    return ask(this.#name, operation, key, fn)
  }
}
