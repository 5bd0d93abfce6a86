/** Several processes with one Redis, and a Redis that crashes. */
import { after, describe, test } from 'node:test'
import { scope } from 'go-go-scope'
import { outageCases } from './outages.mjs'
import { persistenceOf } from './persistence.mjs'
import { startRedis } from './process.mjs'
import { processCases } from './processes.mjs'
import { scopeCases } from './scopes.mjs'

const server = await startRedis()

const kinds = ['redis 6', 'ioredis 6']
const parties = await Promise.all(kinds.map((kind) => persistenceOf(kind, server.port)))
const [one, two] = parties.map(({ persistence }) => persistence)

after(() => server.stop())

describe('redis', () => {
  after(() => parties.map(({ close }) => close()))
  processCases(test, { port: server.port, kinds, persistence: one })
  scopeCases(test, { one, two })
  outageCases(test, { server, one, two, scope })
})
