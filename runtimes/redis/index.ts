/** Locks, idempotency, breaker states, cache and checkpoints in Redis, over the user's own client. */
import '../symbols.js'
import { object } from '../../src/base/options.js'
import type { PersistenceProviders } from '../../src/persist/types.js'
import { StoreBreakerProvider } from '../store/breaker-provider.js'
import { StoreCacheProvider } from '../store/cache-provider.js'
import { StoreCheckpointProvider } from '../store/checkpoint-provider.js'
import { StoreIdempotencyProvider } from '../store/idempotency-provider.js'
import { StoreLockProvider } from '../store/lock-provider.js'
import { redisBreakerStates } from './breaker-states.js'
import { type RedisClient, type RedisOptions, redisStore } from './client.js'
import { redisLeases } from './leases.js'
import { redisRecords } from './records.js'
import { type RedisSubscriber, redisSubscriptions } from './subscriber.js'
import { redisListedValues, redisValues } from './values.js'

export { ProviderError } from '../../src/persist/errors-provider.js'
export type { IoredisClient, NodeRedisClient, RedisClient, RedisOptions } from './client.js'
export type { IoredisSubscriber, NodeRedisSubscriber, RedisSubscriber } from './subscriber.js'

/** Options of `RedisCircuitBreakerStateProvider`. */
export interface RedisBreakerOptions extends RedisOptions {
  /**
   * A second connected client, to publish changes and hear of those of others: `client.duplicate()` makes one. All
   * processes need one. Default: none, states are read when they are needed.
   */
  readonly subscriber?: RedisSubscriber
  /** Hears of subscriptions that fail, and of listeners that throw. Default: nobody. */
  readonly onError?: (error: unknown) => void
}

/**
 * Locks in Redis, version 5 or later.
 *
 * Each operation is one script, so that there are never two holders by the server's clock, which also ends locks that
 * are not extended. A holder that was paused for longer than that cannot know it: let what the lock guards refuse a
 * `fence` lower than one it has seen. The same goes for a replica that takes over without the last writes.
 *
 * The server must not evict keys (`maxmemory-policy noeviction`, its default), or locks could end early.
 *
 * A server that fails makes each method reject with a `ProviderError`; the lock may have been taken, and then ends by itself.
 *
 * @example
 * ```ts
 * import { RedisLockProvider } from 'go-go-scope/redis'
 * import { createClient } from 'redis'
 *
 * const locks = new RedisLockProvider(await createClient().connect())
 * const lock = await locks.acquire('nightly-report', 30_000)
 * if (lock !== null) {
 *   try {
 *     await work()
 *   } finally {
 *     await lock.release()
 *   }
 * }
 * ```
 */
export class RedisLockProvider extends StoreLockProvider {
  constructor(client: RedisClient, options?: RedisOptions) {
    super('Redis lock', redisLeases(redisStore('RedisLockProvider', client, options), 'lock'))
  }
}

/**
 * Values of idempotent tasks in Redis. Reservations end by the server's clock when they are not renewed.
 *
 * Values and reservations of different keys may lie on different machines of a cluster. A server that fails makes each
 * method reject with a `ProviderError`.
 *
 * @example
 * ```ts
 * import { RedisIdempotencyProvider } from 'go-go-scope/redis'
 * import { Redis } from 'ioredis'
 *
 * const idempotency = new RedisIdempotencyProvider(new Redis(), { prefix: 'shop:' })
 * await using s = scope({ persistence: { idempotency } })
 * await s.task(() => charge(order), { idempotency: { key: order.id, ttl: 86_400_000 } })
 * ```
 */
export class RedisIdempotencyProvider extends StoreIdempotencyProvider {
  constructor(client: RedisClient, options?: RedisOptions) {
    const store = redisStore('RedisIdempotencyProvider', client, options)
    super('Redis idempotency', redisValues(store, 'value'), redisLeases(store, 'reserved'))
  }
}

/**
 * The states of circuit breakers in Redis, shared by all processes. Failures are counted in one step, at the server's time.
 *
 * A server that fails makes each method reject with a `ProviderError`.
 *
 * @example
 * ```ts
 * import { RedisCircuitBreakerStateProvider } from 'go-go-scope/redis'
 * import { createClient } from 'redis'
 *
 * const client = await createClient().connect()
 * const subscriber = await client.duplicate().connect()
 * const states = new RedisCircuitBreakerStateProvider(client, { subscriber })
 * const undo = states.subscribe?.('payments', ({ state }) => console.log(state))
 * ```
 */
export class RedisCircuitBreakerStateProvider extends StoreBreakerProvider {
  constructor(client: RedisClient, options: RedisBreakerOptions = {}) {
    const name = 'RedisCircuitBreakerStateProvider'
    const store = redisStore(name, client, options)
    const { subscriber, onError } = options
    const subscriptions =
      subscriber === undefined ? undefined : redisSubscriptions(`create ${name}`, subscriber, onError)
    super('Redis circuitBreaker', redisBreakerStates(store, subscriptions))
  }
}

/**
 * A cache in Redis. All of one prefix lies in one slot, with an index, so that `clear` and `keys` need not look
 * through the whole server: use several prefixes to spread a large cache over a cluster.
 *
 * A server that fails makes each method reject with a `ProviderError`.
 *
 * @example
 * ```ts
 * import { RedisCacheProvider } from 'go-go-scope/redis'
 * import { Redis } from 'ioredis'
 *
 * const cache = new RedisCacheProvider(new Redis(), { prefix: 'users:' })
 * await cache.set('user-1', { name: 'Ada' }, 60_000)
 * ```
 */
export class RedisCacheProvider extends StoreCacheProvider {
  constructor(client: RedisClient, options?: RedisOptions) {
    super('Redis cache', redisListedValues(redisStore('RedisCacheProvider', client, options), 'cache'))
  }
}

/**
 * Checkpoints in Redis. They are as durable as the server is set up to be: with `appendfsync everysec`, its default with
 * an append-only file, the last second can be lost; without persistence, everything. Owners whose claim was lost are shut out.
 *
 * A task that was claimed anew refuses the saves of its earlier owners, in the same step. A server that fails makes each
 * method reject with a `ProviderError`; a save that is sent again does no harm.
 *
 * @example
 * ```ts
 * import { RedisCheckpointProvider } from 'go-go-scope/redis'
 * import { Redis } from 'ioredis'
 *
 * const provider = new RedisCheckpointProvider(new Redis())
 * const latest = await provider.loadLatest<number>('import')
 * const checkpoint = createCheckpointContext<number>('import', provider, { latest })
 * await checkpoint.save(100)
 * ```
 */
export class RedisCheckpointProvider extends StoreCheckpointProvider {
  constructor(client: RedisClient, options?: RedisOptions) {
    super('Redis checkpoint', redisRecords(redisStore('RedisCheckpointProvider', client, options)))
  }
}

/**
 * All providers of a scope over one client.
 *
 * @example
 * ```ts
 * import { redisPersistence } from 'go-go-scope/redis'
 * import { Redis } from 'ioredis'
 *
 * await using s = scope({ persistence: redisPersistence(new Redis()) })
 * ```
 */
export function redisPersistence(
  client: RedisClient,
  options: RedisBreakerOptions = {},
): Required<PersistenceProviders> {
  object('create redisPersistence', 'options', options)
  return {
    lock: new RedisLockProvider(client, options),
    circuitBreaker: new RedisCircuitBreakerStateProvider(client, options),
    cache: new RedisCacheProvider(client, options),
    idempotency: new RedisIdempotencyProvider(client, options),
    checkpoint: new RedisCheckpointProvider(client, options),
  }
}
