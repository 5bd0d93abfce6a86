/** The Redis providers against a real server, with each client. */
import { after, before, describe, test } from 'node:test'
import { scope } from 'go-go-scope'
import { RedisCircuitBreakerStateProvider, redisPersistence } from 'go-go-scope/redis'
import { allCases } from './cases.mjs'
import { startRedis } from './process.mjs'
import { prefixing, redisClients } from './redis-clients.mjs'

const server = await startRedis()
after(() => server.stop())

for (const [name, { connect, close, send }] of Object.entries({
  ...redisClients,
  'ioredis with a prefix': prefixing,
})) {
  const clients = []
  const open = async () => {
    clients.push(await connect(server.port))
    return clients.at(-1)
  }
  const party = async (prefix) => {
    const client = await open()
    const errors = []
    const subscriber = await open()
    const options = { prefix, subscriber, onError: (error) => errors.push(error) }
    return {
      ...redisPersistence(client, options),
      errors,
      silentBreaker: new RedisCircuitBreakerStateProvider(client, { prefix }),
      loseEverything: () => send(client, 'FLUSHALL'),
      damage: (task, id) => send(client, 'HSET', `${prefix}checkpoint:{${task}}`, id, '{"value":'),
    }
  }
  const parties = { scope, one: await party('a:'), two: await party('a:'), other: await party('b:') }
  describe(name, () => {
    before(() => send(clients[0], 'FLUSHALL'))
    after(() => clients.map(close))
    allCases(test, parties)
  })
}
