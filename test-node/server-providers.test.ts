/** The providers of Redis and PostgreSQL without a server: which clients fit, what is refused, and what a broken client does. */
import type { Cluster as IoredisCluster, Redis } from 'ioredis'
import type { Cluster as Ioredis5Cluster, Redis as Redis5 } from 'ioredis5'
import type { Client, Pool } from 'pg'
import type { createClient, createClientPool, createCluster } from 'redis'
import type { createClient as createClient4, createCluster as createCluster4 } from 'redis4'
import type { createClient as createClient5, createCluster as createCluster5 } from 'redis5'
import { expect, test } from 'vitest'
import {
  createPostgresTables,
  deleteExpired,
  type PostgresClient,
  type PostgresSubscriber,
  postgresPersistence,
  postgresTables,
} from '../runtimes/postgres/index.js'
import {
  ProviderError,
  type RedisClient,
  RedisLockProvider,
  type RedisSubscriber,
  redisPersistence,
} from '../runtimes/redis/index.js'
import type { CheckpointProvider, PersistenceProviders } from '../src/persist/types.js'

type Fits<Part, Whole extends Part> = Whole

// Compiling these is the test: what the packages declare is what is asked for.
export type RedisClients = [
  Fits<RedisClient, ReturnType<typeof createClient>>,
  Fits<RedisClient, ReturnType<typeof createClientPool>>,
  Fits<RedisClient, ReturnType<typeof createCluster>>,
  Fits<RedisClient, ReturnType<typeof createClient4>>,
  Fits<RedisClient, ReturnType<typeof createCluster4>>,
  Fits<RedisClient, ReturnType<typeof createClient5>>,
  Fits<RedisClient, ReturnType<typeof createCluster5>>,
  Fits<RedisClient, Redis | IoredisCluster | Redis5 | Ioredis5Cluster>,
  Fits<RedisSubscriber, ReturnType<typeof createClient>>,
  Fits<RedisSubscriber, ReturnType<typeof createClient4>>,
  Fits<RedisSubscriber, ReturnType<typeof createClient5>>,
  Fits<RedisSubscriber, Redis | Redis5>,
]
export type PostgresClients = [Fits<PostgresClient, Client | Pool>, Fits<PostgresSubscriber, Client>]

/** Every method that asks the server. */
function calls({ lock, idempotency, circuitBreaker, cache, checkpoint }: Required<PersistenceProviders>) {
  const record = { id: 'key-1-1', taskId: 'key', sequence: 1, timestamp: 1, progress: 0, data: 1 }
  return [
    () => lock.acquire('key', 5),
    () => lock.extend('key', 5, 'owner'),
    () => lock.forceRelease('key'),
    () => idempotency.get('key'),
    () => idempotency.set('key', 1),
    () => idempotency.delete('key'),
    () => idempotency.reserve?.('key'),
    () => circuitBreaker.getState('key'),
    () => circuitBreaker.setState('key', { state: 'closed', failureCount: 0 }),
    () => circuitBreaker.recordFailure('key', 1),
    () => circuitBreaker.recordSuccess('key'),
    () => cache.get('key'),
    () => cache.set('key', 1),
    () => cache.delete('key'),
    () => cache.has('key'),
    () => cache.clear(),
    () => cache.keys(),
    () => checkpoint.save(record),
    () => checkpoint.save(record, 1),
    () => checkpoint.loadLatest('key'),
    () => checkpoint.load('key-1-1'),
    () => checkpoint.list('key'),
    () => checkpoint.cleanup('key', 1),
    () => checkpoint.deleteAll('key'),
    () => checkpoint.claim?.('key'),
  ]
}

async function errorOf(fn: () => unknown): Promise<ProviderError> {
  try {
    await fn()
  } catch (error) {
    expect(error).toBeInstanceOf(ProviderError)
    return error as ProviderError // just seen
  }
  throw new Error(`${fn} was answered`)
}

const rejects = (): Promise<never> => Promise.reject(new Error('no connection'))

const broken: Record<string, () => Promise<never>> = {
  'throws at once': () => {
    throw new Error('no connection')
  },
  rejects,
  'has several causes': () => Promise.reject(new AggregateError([new Error('no connection')])),
}

const makers: Record<string, (answer: () => Promise<unknown>) => Required<PersistenceProviders>> = {
  redis: (answer) => redisPersistence({ eval: answer }),
  ioredis: (answer) => redisPersistence({ eval: answer, call: answer }),
  pg: (answer) => postgresPersistence({ query: answer as PostgresClient['query'] }), // some answer with nonsense
}

for (const [name, make] of Object.entries(makers)) {
  for (const [how, answer] of Object.entries(broken))
    test(`${name}: a client that ${how} makes each method reject with what was asked for`, async () => {
      for (const call of calls(make(answer))) {
        const error = await errorOf(call)
        expect(error.message).toMatch(
          /^The (Redis|PostgreSQL) [A-Za-z]+ provider's [A-Za-z]+ failed: no connection, key "(key(-1-1)?|\*)"$/,
        )
        expect(error.provider).toMatch(/^(Redis|PostgreSQL) (lock|idempotency|circuitBreaker|cache|checkpoint)$/)
        expect(error.cause).toBeInstanceOf(Error)
      }
    })

  for (const nonsense of [undefined, null, true, {}, [{}], 'text', { rows: 5 }, { rows: [{ value: 5 }] }])
    test(`${name}: a client that answers ${JSON.stringify(nonsense)} is not believed`, async () => {
      const { circuitBreaker, checkpoint } = make(async () => nonsense)
      await errorOf(() => circuitBreaker.recordFailure('key', 1))
      await errorOf(() => checkpoint.claim?.('key'))
    })
}

test('keys in messages are of bounded length', async () => {
  const { message, key } = await errorOf(() => redisPersistence({ eval: rejects }).cache.get('x'.repeat(10_000)))
  expect(message.length).toBeLessThan(300)
  expect(key.length).toBeLessThan(300)
})

test('a client that throws what is no error is told of like any other', async () => {
  const { cause, message } = await errorOf(() =>
    postgresPersistence({ query: () => Promise.reject('text') }).cache.get('key'),
  )
  expect(cause).toBe('text')
  expect(message).toContain('no error')
})

test('both packages are asked in their own way, with the keys apart from the arguments', async () => {
  const seen: unknown[][] = []
  const note = async (...args: unknown[]): Promise<number> => seen.push(args)
  await new RedisLockProvider({ eval: note }, { prefix: 'p:' }).extend('{k}', 5, 'me')
  await new RedisLockProvider({ eval: note, call: note }, { prefix: 'p:' }).extend('{k}', 5, 'me')
  const [first, second] = seen
  expect(first?.slice(1)).toEqual([{ keys: ['p:lock:{%007bk%007d}'], arguments: ['3', 'me', '5'] }])
  expect(second?.slice(1)).toEqual([1, 'p:lock:{%007bk%007d}', '3', 'me', '5'])
  expect(first?.[0]).toBe(second?.[0])
})

test('what an answer that was lost may have reserved is asked for again by the same name', async () => {
  const tokens: unknown[] = []
  const answers = [() => Promise.reject(new Error('lost')), async () => '7', async () => '8']
  const client = {
    eval(_: string, options: { arguments: string[] }): Promise<unknown> {
      tokens.push(options.arguments[0])
      return answers.shift()?.() ?? Promise.resolve(1)
    },
  }
  const { idempotency } = redisPersistence(client)
  await errorOf(() => idempotency.reserve?.('key'))
  expect(await Promise.all([idempotency.reserve?.('key'), idempotency.reserve?.('key')])).toEqual([true, true])
  expect(tokens[1]).toBe(tokens[0])
  expect(tokens[2]).not.toBe(tokens[0])
})

test('a statement that met another transaction is tried again, a few times, and nothing else is', async () => {
  const failing = (code: string, times: number) => {
    let calls = 0
    const query = async (): Promise<{ rows: unknown[] }> => {
      calls += 1
      if (calls <= times) throw Object.assign(new Error(code), { code })
      return { rows: [{ fence: '12' }] }
    }
    const provider: CheckpointProvider = postgresPersistence({ query }).checkpoint
    return { claim: () => provider.claim?.('key'), calls: () => calls }
  }
  expect(await failing('40001', 3).claim()).toBe(12)
  const often = failing('40P01', 100)
  expect((await errorOf(often.claim)).cause).toMatchObject({ code: '40P01' })
  expect(often.calls()).toBeLessThan(20)
  const other = failing('57P01', 1)
  await errorOf(other.claim)
  expect(other.calls()).toBe(1)
})

test('misuse is refused when a provider is made', () => {
  const client = { eval: async () => 1 }
  const query = { query: async () => ({ rows: [] }) }
  // @ts-expect-error no client
  expect(() => redisPersistence(undefined)).toThrow(/^Cannot create RedisLockProvider: client must be an object/)
  // @ts-expect-error no client
  expect(() => redisPersistence({})).toThrow(/client must be a client of redis or ioredis/)
  expect(() => redisPersistence(client, { prefix: '' })).toThrow(RangeError)
  expect(() => redisPersistence(client, { prefix: 'a{b}' })).toThrow(/braces/)
  // @ts-expect-error no subscriber
  expect(() => redisPersistence(client, { subscriber: {} })).toThrow(TypeError)
  // @ts-expect-error no client
  expect(() => postgresPersistence({})).toThrow(
    /^Cannot create PostgresLockProvider: client must be a client or pool of pg/,
  )
  // @ts-expect-error no subscriber
  expect(() => postgresPersistence(query, { subscriber: query })).toThrow(/subscriber must be a client of pg/)
  for (const tablePrefix of ['', '1a', 'A', 'a"b', "a'b", 'a; DROP TABLE b', 'a.b', 'ä', 'a'.repeat(41)]) {
    expect(() => postgresPersistence(query, { tablePrefix })).toThrow(RangeError)
    expect(() => postgresTables({ tablePrefix })).toThrow(RangeError)
  }
})

test('the statements that create the tables name them by the prefix', async () => {
  const text = postgresTables({ tablePrefix: 'jobs_' })
  expect(text.match(/"[^"]+"/g)?.every((name) => name.startsWith('"jobs_'))).toBe(true)
  expect(text).not.toContain('$')
  const error = await createPostgresTables({ query: rejects }).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(ProviderError)
  expect(await deleteExpired({ query: async () => ({ rows: [{ count: 2 }] }) })).toBe(6)
})
