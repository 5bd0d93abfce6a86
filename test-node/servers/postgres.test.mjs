/** The PostgreSQL providers against a real server, with a pool and with a single client. */
import { after, describe, test } from 'node:test'
import { scope } from 'go-go-scope'
import { createPostgresTables, PostgresCircuitBreakerStateProvider, postgresPersistence } from 'go-go-scope/postgres'
import { allCases } from './cases.mjs'
import { times } from './kit.mjs'
import { connect, Pool } from './postgres-clients.mjs'
import { startPostgres } from './process.mjs'

const server = await startPostgres()
after(() => server.stop())

const kinds = {
  'pg pool': async () => new Pool(server.port),
  'pg client': () => connect(server.port),
  // Where the user has made transactions strict, statements that meet are refused and tried again.
  'pg pool, serializable': async () => new Pool(server.port, '-c default_transaction_isolation=serializable'),
}

for (const [at, [name, open]] of Object.entries(kinds).entries()) {
  const ends = []
  const party = async (tablePrefix) => {
    const client = await open()
    const subscriber = await connect(server.port)
    ends.push(client, subscriber)
    const errors = []
    const options = { tablePrefix, subscriber, onError: (error) => errors.push(error) }
    await times(5, () => createPostgresTables(client, options))
    const damaged = `UPDATE ${tablePrefix}checkpoint SET record = '{' WHERE task_id = $1 AND record LIKE $2`
    return {
      ...postgresPersistence(client, options),
      errors,
      silentBreaker: new PostgresCircuitBreakerStateProvider(client, { tablePrefix }),
      loseEverything: () => client.query(`TRUNCATE ${tablePrefix}lease`),
      damage: (task, id) => client.query(damaged, [task, `%"${id}"%`]),
    }
  }
  const parties = { scope, one: await party(`a${at}_`), two: await party(`a${at}_`), other: await party(`b${at}_`) }
  describe(name, () => {
    after(() => Promise.all(ends.map((client) => client.end())))
    allCases(test, parties)
  })
}
