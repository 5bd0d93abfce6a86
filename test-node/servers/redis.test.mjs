/** The Redis providers against a real server and a real cluster, with each client. */
import { after, describe, test } from 'node:test'
import { scope } from 'go-go-scope'
import { RedisCircuitBreakerStateProvider, redisPersistence } from 'go-go-scope/redis'
import { allCases } from './cases.mjs'
import { until } from './kit.mjs'
import { startRedisCluster, startRedisInMemory } from './process.mjs'
import { clusterClients, redisClients, specialClients } from './redis-clients.mjs'

/** Runs all cases with one kind of client. `send` is given a key, for those that choose a machine by it. */
async function suite(name, { port }, { connect, subscriber = connect, close, send }) {
  const clients = []
  const keep = (client) => {
    clients.push(client)
    return client
  }
  const party = async (prefix) => {
    const client = keep(await connect(port))
    const errors = []
    const options = { prefix, subscriber: keep(await subscriber(port)), onError: (error) => errors.push(error) }
    const put = (key, ...args) => send(client, key, args[0], key, ...args.slice(1))
    return {
      ...redisPersistence(client, options),
      errors,
      silentBreaker: new RedisCircuitBreakerStateProvider(client, { prefix }),
      loseEverything: () => send(client, 'key', 'FLUSHALL'),
      damage: (task, id) => put(`${prefix}checkpoint:{${task}}`, 'HSET', id, '{"value":'),
      raiseFences: (key, fence) =>
        Promise.all(['lock', 'checkpoint'].map((kind) => put(`${prefix}${kind}:{${key}}:fence`, 'SET', `${fence}`))),
    }
  }
  // A prefix for each client: what one leaves is not in the way of the next.
  const [ours, theirs] = [`${name}:a:`, `${name}:b:`]
  const parties = { scope, one: await party(ours), two: await party(ours), other: await party(theirs) }
  describe(name, () => {
    after(() => clients.map(close))
    allCases(test, parties)
  })
}

const server = await startRedisInMemory()
after(() => server.stop())
for (const [name, clients] of Object.entries({ ...redisClients, ...specialClients })) await suite(name, server, clients)

const cluster = await startRedisCluster()
after(() => cluster.stop())
const admin = await redisClients['redis 6'].connect(cluster.port)
await admin.sendCommand(['CLUSTER', 'ADDSLOTSRANGE', '0', '16383'])
await until(async () => `${await admin.sendCommand(['CLUSTER', 'INFO'])}`.includes('cluster_state:ok'))
redisClients['redis 6'].close(admin)
for (const [name, clients] of Object.entries(clusterClients)) await suite(`cluster, ${name}`, cluster, clients)
