/** The PostgreSQL providers against a real server, with a pool and with a single client. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { scope } from 'go-go-scope'
import {
  createPostgresTables,
  deleteExpired,
  PostgresCircuitBreakerStateProvider,
  postgresPersistence,
} from 'go-go-scope/postgres'
import { allCases } from './cases.mjs'
import { losing, times } from './kit.mjs'
import { connect, Pool } from './postgres-clients.mjs'
import { startPostgres } from './process.mjs'

const server = await startPostgres()

const kinds = {
  'pg pool': async () => new Pool(server.port),
  'pg client': () => connect(server.port),
  // Where the user has made transactions strict, statements that meet are refused and tried again.
  'pg pool, serializable': async () => new Pool(server.port, '-c default_transaction_isolation=serializable'),
}

/**
 * Connects one kind of client; gives what declares its suite, which must wait for nothing: once a suite is declared, the runner
 * runs.
 */
async function suite(name, open, at) {
  const ends = []
  const party = async (tablePrefix) => {
    const client = await open()
    const subscriber = await connect(server.port)
    ends.push(client, subscriber)
    const errors = []
    const options = { tablePrefix, subscriber, onError: (error) => errors.push(error) }
    await times(5, () => createPostgresTables(client, options))
    const damaged = `UPDATE ${tablePrefix}checkpoint SET record = '{' WHERE task_id = $1 AND record LIKE $2`
    const lossy = losing(client, 'query')
    return {
      ...postgresPersistence(client, options),
      lossy: { ...postgresPersistence(lossy.client, { tablePrefix }), state: lossy.state },
      errors,
      silentBreaker: new PostgresCircuitBreakerStateProvider(client, { tablePrefix }),
      loseEverything: () => client.query(`TRUNCATE ${tablePrefix}lease`),
      async raiseFences(key, fence) {
        await client.query(`UPDATE ${tablePrefix}lease SET fence = $1 WHERE key = $2`, [fence, `lock:${key}`])
        await client.query(`UPDATE ${tablePrefix}claim SET fence = $1 WHERE task = sha256(convert_to($2, 'UTF8'))`, [
          fence,
          key,
        ])
      },
      damage: (task, id) => client.query(damaged, [task, `%"${id}"%`]),
    }
  }
  const parties = { scope, one: await party(`a${at}_`), two: await party(`a${at}_`), other: await party(`b${at}_`) }
  return () =>
    describe(name, () => {
      after(() => Promise.all(ends.map((client) => client.end())))
      allCases(test, parties)
    })
}

const suites = await Promise.all(Object.entries(kinds).map(([name, open], at) => suite(name, open, at)))

after(() => server.stop())
for (const declare of suites) declare()

test('what has expired is deleted after a day, fences of finished tasks after 30', async () => {
  const pool = new Pool(server.port)
  const options = { tablePrefix: 'old_' }
  await createPostgresTables(pool, options)
  const { cache, lock, checkpoint, idempotency } = postgresPersistence(pool, options)
  await lock.acquire('held', 60_000)
  await lock.acquire('kept for ever', Infinity)
  await lock.acquire('old', 0)
  await cache.set('kept', 1)
  await cache.set('young', 1, 1)
  await cache.set('old', 1, 1)
  await idempotency.set('old', 1, 1)
  for (const task of ['young', 'old', 'unfinished']) {
    const fence = await checkpoint.claim(task)
    await checkpoint.save({ id: task, taskId: task, sequence: 1, timestamp: 1, progress: 0, data: 1 }, fence)
    if (task !== 'unfinished') await checkpoint.deleteAll(task)
  }
  assert.equal(await deleteExpired(pool, options), 0)
  await pool.query(`UPDATE old_lease SET ends_at = ends_at - interval '25 hours' WHERE key LIKE '%old'`)
  await pool.query(`UPDATE old_value SET ends_at = ends_at - interval '25 hours' WHERE key LIKE '%old'`)
  await pool.query(`UPDATE old_claim SET claimed_at = claimed_at - interval '31 days' WHERE task <> sha256('young')`)
  assert.equal(await deleteExpired(pool, options), 4)
  assert.equal(await deleteExpired(pool, options), 0)
  const count = async (table) => Number((await pool.query(`SELECT count(*) FROM old_${table}`)).rows[0].count)
  assert.deepEqual(await Promise.all(['lease', 'value', 'claim', 'checkpoint'].map(count)), [2, 2, 2, 1])
  assert.equal(await lock.acquire('kept for ever', 1), null)
  await pool.end()
})
