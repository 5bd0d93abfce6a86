/** Providers over the storage of a Durable Object: all who reach that object share them. */

import { object, text } from '../../src/base/options.js'
import { KeyedBreakerProvider } from '../generic/keyed/breaker-states.js'
import { KeyedCacheProvider } from '../generic/keyed/cache.js'
import { KeyedIdempotencyProvider } from '../generic/keyed/idempotency.js'
import { KeyedLockProvider } from '../generic/keyed/locks.js'
import type { Change, KeyedStore } from '../generic/keyed/store.js'
import type { DurableObjectOptions, DurableStorage } from '../generic/options.js'

/** How many keys the storage deletes at a time. */
const batch = 128

/** The storage as a keyed store; each change is a transaction. */
function storeOf(action: string, storage: DurableStorage, options: DurableObjectOptions, fallback: string): KeyedStore {
  if (typeof object(action, 'storage', storage).transaction !== 'function') {
    throw new TypeError(`Cannot ${action}: storage must be the storage of a Durable Object`)
  }
  const { prefix = fallback } = object(action, 'options', options)
  text(action, 'prefix', prefix)
  return {
    get: (key) => storage.get(prefix + key),
    update: <R>(key: string, change: (value: unknown) => Change<R>) =>
      storage.transaction(async (transaction) => {
        const said = change(await transaction.get(prefix + key))
        if (!('next' in said)) return said.result
        if (said.next === undefined) await transaction.delete(prefix + key)
        else await transaction.put(prefix + key, said.next)
        return said.result
      }),
    keys: async (start) => {
      const found = await storage.list({ prefix: prefix + start })
      return [...found.keys()].map((key) => key.slice(prefix.length))
    },
    deleteAll: async (keys) => {
      for (let at = 0; at < keys.length; at += batch) {
        await Promise.all(keys.slice(at, at + batch).map((key) => storage.delete(prefix + key)))
      }
    },
  }
}

/**
 * Locks in the storage of a Durable Object: made inside of it, with `ctx.storage`.
 *
 * It keeps one small record for each key that was ever locked, so that fences rise for ever.
 */
export class DurableObjectLockProvider extends KeyedLockProvider {
  /** Locks in this storage. */
  constructor(storage: DurableStorage, options: DurableObjectOptions = {}) {
    super(storeOf('create DurableObjectLockProvider', storage, options, 'go-go-scope:lock:'))
  }
}

/** Values of idempotent tasks in the storage of a Durable Object. Expired ones go when they are met, or with `cleanup()`. */
export class DurableObjectIdempotencyProvider extends KeyedIdempotencyProvider {
  /** Values in this storage. */
  constructor(storage: DurableStorage, options: DurableObjectOptions = {}) {
    super(storeOf('create DurableObjectIdempotencyProvider', storage, options, 'go-go-scope:idempotency:'))
  }
}

/** Circuit breaker states in the storage of a Durable Object. */
export class DurableObjectCircuitBreakerStateProvider extends KeyedBreakerProvider {
  /** States in this storage. */
  constructor(storage: DurableStorage, options: DurableObjectOptions = {}) {
    super(storeOf('create DurableObjectCircuitBreakerStateProvider', storage, options, 'go-go-scope:breaker:'))
  }
}

/** A cache in the storage of a Durable Object. Expired values go when they are met, or with `cleanup()`. */
export class DurableObjectCacheProvider extends KeyedCacheProvider {
  /** Values in this storage. */
  constructor(storage: DurableStorage, options: DurableObjectOptions = {}) {
    super(storeOf('create DurableObjectCacheProvider', storage, options, 'go-go-scope:cache:'))
  }
}
