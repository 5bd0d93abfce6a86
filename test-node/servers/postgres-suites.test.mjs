/** The providers of PostgreSQL in the suites that any provider must pass. */
import { after, describe, test } from 'node:test'
import { createPostgresTables, postgresPersistence } from 'go-go-scope/postgres'
import { Pool } from './postgres-clients.mjs'
import { startPostgres } from './process.mjs'
import { providerSuites } from './suites.mjs'

const server = await startPostgres()
const pool = new Pool(server.port)
await createPostgresTables(pool, { tablePrefix: 'checkpoints_' })

after(async () => {
  await pool.end()
  await server.stop()
})

// They wait for times that are over, so they do it together.
describe('postgres', { concurrency: 100 }, () => {
  providerSuites(test, {
    connect: (tablePrefix) => postgresPersistence(pool, { tablePrefix }),
    prepare: (tablePrefix) => createPostgresTables(pool, { tablePrefix }),
  })
})
