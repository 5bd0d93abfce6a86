/** The Redis providers against a real server and a real cluster, with each client. */
import { after, describe, test } from 'node:test'
import { scope } from 'go-go-scope'
import { RedisCircuitBreakerStateProvider, redisPersistence } from 'go-go-scope/redis'
import { allCases } from './cases.mjs'
import { losing, until } from './kit.mjs'
import { startRedisCluster, startRedisInMemory } from './process.mjs'
import { clusterClients, redisClients, specialClients } from './redis-clients.mjs'

/**
 * Connects one kind of client; gives what declares its suite, which must wait for nothing: once a suite is declared, the runner
 * runs. `send` is given a key, for those that choose a machine by it.
 */
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
    const lossy = losing(client, 'eval')
    return {
      ...redisPersistence(client, options),
      lossy: { ...redisPersistence(lossy.client, { prefix }), state: lossy.state },
      errors,
      silentBreaker: new RedisCircuitBreakerStateProvider(client, { prefix }),
      loseEverything: () => send(client, 'key', 'FLUSHALL'),
      damage: (task, id) => put(`${prefix}checkpoint:{${task}}`, 'HSET', id.split('-').at(-1), '{"id":'),
      raiseFences: (key, fence) =>
        Promise.all(['lock', 'checkpoint'].map((kind) => put(`${prefix}${kind}:{${key}}:fence`, 'SET', `${fence}`))),
    }
  }
  // A prefix for each client: what one leaves is not in the way of the next.
  const [ours, theirs] = [`${name}:a:`, `${name}:b:`]
  const parties = { scope, one: await party(ours), two: await party(ours), other: await party(theirs) }
  return () =>
    describe(name, () => {
      after(() => clients.map(close))
      allCases(test, parties)
    })
}

const [server, cluster] = await Promise.all([startRedisInMemory(), startRedisCluster()])
const admin = await redisClients['redis 6'].connect(cluster.port)
await admin.sendCommand(['CLUSTER', 'ADDSLOTSRANGE', '0', '16383'])
await until(async () => `${await admin.sendCommand(['CLUSTER', 'INFO'])}`.includes('cluster_state:ok'))
redisClients['redis 6'].close(admin)

const single = Object.entries({ ...redisClients, ...specialClients }).map(([name, kind]) => suite(name, server, kind))
const clustered = Object.entries(clusterClients).map(([name, kind]) => suite(`cluster, ${name}`, cluster, kind))
const suites = await Promise.all([...single, ...clustered])

after(() => Promise.all([server.stop(), cluster.stop()]))
for (const declare of suites) declare()
