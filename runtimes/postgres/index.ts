/** Locks, idempotency, breaker states, cache and checkpoints in PostgreSQL, over the user's own client or pool. */
import '../symbols.js'
import { object } from '../../src/base/options.js'
import type { PersistenceProviders } from '../../src/persist/types.js'
import { StoreBreakerProvider } from '../store/breaker-provider.js'
import { StoreCacheProvider } from '../store/cache-provider.js'
import { StoreCheckpointProvider } from '../store/checkpoint-provider.js'
import { StoreIdempotencyProvider } from '../store/idempotency-provider.js'
import { StoreLockProvider } from '../store/lock-provider.js'
import { postgresBreakerStates } from './breaker-states.js'
import { type PostgresClient, type PostgresOptions, postgresStore } from './client.js'
import { postgresLeases } from './leases.js'
import { postgresRecords } from './records.js'
import { type PostgresSubscriber, postgresSubscriptions } from './subscriber.js'
import { postgresValues } from './values.js'

export { ProviderError } from '../../src/persist/errors-provider.js'
export type { PostgresClient, PostgresOptions } from './client.js'
export type { PostgresNotification, PostgresSubscriber } from './subscriber.js'
export { createPostgresTables, deleteExpired, postgresTables } from './tables.js'

/** Options of `PostgresCircuitBreakerStateProvider`. */
export interface PostgresBreakerOptions extends PostgresOptions {
  /**
   * A connected client of its own (not a pool, nor through one that lends a connection for a transaction only), to send
   * changes to others and hear of theirs with `LISTEN` and `NOTIFY`. All processes need one. Default: none, states are read when they are needed.
   */
  readonly subscriber?: PostgresSubscriber
  /** Hears of subscriptions that fail, and of listeners that throw. Default: nobody. */
  readonly onError?: (error: unknown) => void
}

/**
 * Locks in PostgreSQL, version 11 or later, in a table that `createPostgresTables` makes. Give it a pool, or a client
 * that is in no transaction: nobody else sees what happens in one before it ends.
 *
 * Each operation is one statement, so that there are never two holders by the server's clock, which also ends locks that
 * are not extended. A holder that was paused for longer than that cannot know it: let what the lock guards refuse a
 * `fence` lower than one it has seen.
 *
 * A server that fails makes each method reject with a `ProviderError`; the lock may have been taken, and then ends by itself.
 *
 * @example
 * ```ts
 * import { createPostgresTables, PostgresLockProvider } from 'go-go-scope/postgres'
 * import { Pool } from 'pg'
 *
 * const client = new Pool()
 * await createPostgresTables(client)
 * const lock = await new PostgresLockProvider(client).acquire('nightly-report', 30_000)
 * if (lock !== null) {
 *   try {
 *     await work()
 *   } finally {
 *     await lock.release()
 *   }
 * }
 * ```
 */
export class PostgresLockProvider extends StoreLockProvider {
  constructor(client: PostgresClient, options?: PostgresOptions) {
    super('PostgreSQL lock', postgresLeases(postgresStore('PostgresLockProvider', client, options), 'lock'))
  }
}

/**
 * Values of idempotent tasks in PostgreSQL. Reservations end by the server's clock when they are not renewed.
 *
 * A server that fails makes each method reject with a `ProviderError`.
 *
 * @example
 * ```ts
 * import { PostgresIdempotencyProvider } from 'go-go-scope/postgres'
 * import { Pool } from 'pg'
 *
 * const idempotency = new PostgresIdempotencyProvider(new Pool())
 * await using s = scope({ persistence: { idempotency } })
 * await s.task(() => charge(order), { idempotency: { key: order.id, ttl: 86_400_000 } })
 * ```
 */
export class PostgresIdempotencyProvider extends StoreIdempotencyProvider {
  constructor(client: PostgresClient, options?: PostgresOptions) {
    const store = postgresStore('PostgresIdempotencyProvider', client, options)
    super('PostgreSQL idempotency', postgresValues(store, 'value'), postgresLeases(store, 'reserved'))
  }
}

/**
 * The states of circuit breakers in PostgreSQL, shared by all processes. Failures are counted in one step, at the server's
 * time.
 *
 * A server that fails makes each method reject with a `ProviderError`. A `subscriber` whose connection ends hears nothing
 * more: make a new provider with a new one.
 *
 * @example
 * ```ts
 * import { PostgresCircuitBreakerStateProvider } from 'go-go-scope/postgres'
 * import { Client, Pool } from 'pg'
 *
 * const subscriber = new Client()
 * await subscriber.connect()
 * const states = new PostgresCircuitBreakerStateProvider(new Pool(), { subscriber })
 * const undo = states.subscribe?.('payments', ({ state }) => console.log(state))
 * ```
 */
export class PostgresCircuitBreakerStateProvider extends StoreBreakerProvider {
  constructor(client: PostgresClient, options: PostgresBreakerOptions = {}) {
    const name = 'PostgresCircuitBreakerStateProvider'
    const store = postgresStore(name, client, options)
    const { subscriber, onError } = options
    const subscriptions =
      subscriber === undefined
        ? undefined
        : postgresSubscriptions(`create ${name}`, subscriber, store.nameOf('breaker'), onError)
    super('PostgreSQL circuitBreaker', postgresBreakerStates(store, subscriptions))
  }
}

/**
 * A cache in PostgreSQL. Expired values are not given any more at once; `deleteExpired` deletes them.
 *
 * A server that fails makes each method reject with a `ProviderError`.
 *
 * @example
 * ```ts
 * import { PostgresCacheProvider } from 'go-go-scope/postgres'
 * import { Pool } from 'pg'
 *
 * const cache = new PostgresCacheProvider(new Pool())
 * await cache.set('user-1', { name: 'Ada' }, 60_000)
 * ```
 */
export class PostgresCacheProvider extends StoreCacheProvider {
  constructor(client: PostgresClient, options?: PostgresOptions) {
    super('PostgreSQL cache', postgresValues(postgresStore('PostgresCacheProvider', client, options), 'cache'))
  }
}

/**
 * Checkpoints in PostgreSQL, durable when a save resolves (unless `synchronous_commit` is off).
 *
 * A task that was claimed anew refuses the saves of its earlier owners, in the same statement. A server that fails makes
 * each method reject with a `ProviderError`; a save that is sent again does no harm.
 *
 * @example
 * ```ts
 * import { PostgresCheckpointProvider } from 'go-go-scope/postgres'
 * import { Pool } from 'pg'
 *
 * const provider = new PostgresCheckpointProvider(new Pool())
 * const latest = await provider.loadLatest<number>('import')
 * const checkpoint = createCheckpointContext<number>('import', provider, { latest })
 * await checkpoint.save(100)
 * ```
 */
export class PostgresCheckpointProvider extends StoreCheckpointProvider {
  constructor(client: PostgresClient, options?: PostgresOptions) {
    super('PostgreSQL checkpoint', postgresRecords(postgresStore('PostgresCheckpointProvider', client, options)))
  }
}

/**
 * All providers of a scope over one client or pool.
 *
 * @example
 * ```ts
 * import { postgresPersistence } from 'go-go-scope/postgres'
 * import { Pool } from 'pg'
 *
 * await using s = scope({ persistence: postgresPersistence(new Pool()) })
 * ```
 */
export function postgresPersistence(
  client: PostgresClient,
  options: PostgresBreakerOptions = {},
): Required<PersistenceProviders> {
  object('create postgresPersistence', 'options', options)
  return {
    lock: new PostgresLockProvider(client, options),
    circuitBreaker: new PostgresCircuitBreakerStateProvider(client, options),
    cache: new PostgresCacheProvider(client, options),
    idempotency: new PostgresIdempotencyProvider(client, options),
    checkpoint: new PostgresCheckpointProvider(client, options),
  }
}
