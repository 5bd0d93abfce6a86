/** The providers of Redis in the suites that any provider must pass. */
import { after, describe, test } from 'node:test'
import { redisPersistence } from 'go-go-scope/redis'
import { startRedisInMemory } from './process.mjs'
import { redisClients } from './redis-clients.mjs'
import { providerSuites } from './suites.mjs'

const server = await startRedisInMemory()
const { connect, close } = redisClients['redis 6']
const client = await connect(server.port)

after(async () => {
  await close(client)
  await server.stop()
})

// They wait for times that are over, so they do it together.
describe('redis', { concurrency: 100 }, () => {
  providerSuites(test, { connect: (prefix) => redisPersistence(client, { prefix }) })
})
