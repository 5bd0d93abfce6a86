/** Several processes with one PostgreSQL, and a PostgreSQL that crashes. */
import { after, describe, test } from 'node:test'
import { scope } from 'go-go-scope'
import { createPostgresTables } from 'go-go-scope/postgres'
import { outageCases } from './outages.mjs'
import { persistenceOf } from './persistence.mjs'
import { Pool } from './postgres-clients.mjs'
import { startPostgres } from './process.mjs'
import { processCases } from './processes.mjs'
import { scopeCases } from './scopes.mjs'

const server = await startPostgres()

const pool = new Pool(server.port)
await createPostgresTables(pool)
await pool.end()

const kinds = ['pg pool', 'pg pool']
const parties = await Promise.all(kinds.map((kind) => persistenceOf(kind, server.port)))
const [one, two] = parties.map(({ persistence }) => persistence)

after(() => server.stop())

describe('postgres', () => {
  after(() => Promise.all(parties.map(({ close }) => close())))
  processCases(test, { port: server.port, kinds, persistence: one })
  scopeCases(test, { one, two })
  outageCases(test, { server, one, two, scope })
})
