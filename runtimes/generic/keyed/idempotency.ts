/** Values of idempotent tasks over a keyed store. */

import { duration, text } from '../../../src/base/options.js'
import type { IdempotencyProvider, IdempotencyRecord } from '../../../src/persist/types.js'
import { token } from '../token.js'
import { isAhead, type KeyedStore } from './store.js'

/** A key in somebody's hands. */
interface Reservation {
  readonly by: string
  /** When it ends, in milliseconds since 1970. */
  readonly until: number
}

const never = Infinity

/** Values and reservations that all who use the store share. */
export class KeyedIdempotencyProvider implements IdempotencyProvider {
  readonly #store: KeyedStore
  /** Who reserves through this provider: made when it is first needed. */
  #me: string | undefined

  /** @internal */
  constructor(store: KeyedStore) {
    this.#store = store
  }

  async get(key: string): Promise<IdempotencyRecord | null> {
    const record = (await this.#store.get(valueKey(key))) as IdempotencyRecord | undefined // nobody else writes here
    if (record === undefined) return null
    if (isAhead(record.expiresAt ?? never)) return record
    await this.#store.update(valueKey(key), (value) => {
      const now = value as IdempotencyRecord | undefined // as above
      return isAhead(now?.expiresAt ?? never) ? { result: undefined } : { result: undefined, next: undefined }
    })
    return null
  }

  async set(key: string, value: unknown, ttl: number = never): Promise<void> {
    text('store value', 'key', key)
    const expiresAt = Date.now() + duration('store value', 'ttl', ttl)
    const next: IdempotencyRecord = expiresAt === never ? { value } : { value, expiresAt }
    await this.#store.update(valueKey(key), () => ({ result: undefined, next }))
  }

  async delete(key: string): Promise<void> {
    await this.#store.deleteAll([valueKey(key)])
  }

  async reserve(key: string, ttl: number = never): Promise<boolean> {
    text('reserve key', 'key', key)
    return this.#hold(key, ttl, (reservation) => reservation === undefined)
  }

  async extend(key: string, ttl: number): Promise<boolean> {
    return this.#hold(key, ttl, (reservation) => reservation?.by === this.#name)
  }

  async release(key: string): Promise<void> {
    await this.#store.update(reservationKey(key), (value) => {
      const mine = (value as Reservation | undefined)?.by === this.#name // as above
      return mine ? { result: undefined, next: undefined } : { result: undefined }
    })
  }

  /** Forgets what has expired. */
  async cleanup(): Promise<void> {
    for (const key of await this.#store.keys('')) {
      await this.#store.update(key, (value) => {
        const { until, expiresAt } = (value ?? {}) as Partial<Reservation & IdempotencyRecord> // one of the two
        return isAhead(until ?? expiresAt ?? never) ? { result: undefined } : { result: undefined, next: undefined }
      })
    }
  }

  get #name(): string {
    return (this.#me ??= token())
  }

  #hold(key: string, ttl: number, isFree: (reservation: Reservation | undefined) => boolean): Promise<boolean> {
    const until = Date.now() + duration('reserve key', 'ttl', ttl)
    return this.#store.update<boolean>(reservationKey(key), (value) => {
      const last = value as Reservation | undefined // as above
      const live = last !== undefined && isAhead(last.until) ? last : undefined
      return isFree(live) ? { result: true, next: { by: this.#name, until } } : { result: false }
    })
  }
}

function valueKey(key: string): string {
  return `v:${key}`
}

function reservationKey(key: string): string {
  return `r:${key}`
}
