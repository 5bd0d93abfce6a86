/** Checkpoints in PostgreSQL: a row for each, and one for the fence of each task's owner, which outlives them. */
import type { Records } from '../store/checkpoint-provider.js'
import { hashOf, key, numberOf, type PostgresStore, type Row, textOf } from './client.js'
import { microseconds } from './leases.js'

const save = (source: string): string => `
INSERT INTO $checkpoint (task, sequence, id, task_id, record)
SELECT ${hashOf(1)}, $3::bigint, ${hashOf(2)}, $1, $4${source}
ON CONFLICT (task, sequence) DO UPDATE SET id = excluded.id, record = excluded.record
RETURNING 1`

/** With the owner's row locked, no claim comes between the comparison and the save. */
const saveAsOwner = `
WITH owner AS (
  UPDATE $claim SET claimed_at = clock_timestamp() WHERE task = ${hashOf(1)} AND fence = $5::bigint RETURNING 1
)
${save(' FROM owner')}`

const newest = `
SELECT sequence, record FROM $checkpoint WHERE task = ${hashOf(1)} ORDER BY sequence DESC LIMIT $2::bigint`

const find = `SELECT record FROM $checkpoint WHERE id = ${hashOf(1)}`

const trim = `
DELETE FROM $checkpoint WHERE task = ${hashOf(1)} AND sequence NOT IN (
  SELECT sequence FROM $checkpoint WHERE task = ${hashOf(1)} ORDER BY sequence DESC LIMIT $2::bigint
)`

/** The owner gets a fence that nobody has. */
const clear = `
WITH owner AS (
  UPDATE $claim SET fence = greatest(fence + 1, ${microseconds}), claimed_at = clock_timestamp()
  WHERE task = ${hashOf(1)} AND ($2::bigint IS NULL OR fence = $2::bigint)
  RETURNING 1
), allowed AS (
  SELECT 1 WHERE $2::bigint IS NULL OR EXISTS (SELECT FROM owner)
), gone AS (
  DELETE FROM $checkpoint WHERE task = ${hashOf(1)} AND EXISTS (SELECT FROM allowed)
)
SELECT 1 FROM allowed`

const claim = `
INSERT INTO $claim AS c (task, fence) VALUES (${hashOf(1)}, ${microseconds})
ON CONFLICT (task) DO UPDATE SET fence = greatest(c.fence + 1, ${microseconds}), claimed_at = clock_timestamp()
RETURNING fence`

/** Checkpoints of all tasks under the prefix. */
export function postgresRecords({ run }: PostgresStore): Records {
  const recordOf = (row: Row): string => textOf(row, 'record') ?? ''
  return {
    async put(taskId, id, { sequence, text }, fence) {
      const values = [key(taskId), key(id), sequence, text]
      const rows = await (fence === undefined ? run(save(''), ...values) : run(saveAsOwner, ...values, fence))
      return rows.length > 0
    },
    async newest(taskId, count) {
      const rows = await run(newest, key(taskId), count)
      return rows.map((row) => ({ sequence: numberOf(row, 'sequence'), text: recordOf(row) }))
    },
    async find(id) {
      return (await run(find, key(id))).map(recordOf)
    },
    async trim(taskId, keep) {
      await run(trim, key(taskId), keep)
    },
    clear: async (taskId, fence) => (await run(clear, key(taskId), fence ?? null)).length > 0,
    claim: async (taskId) => numberOf((await run(claim, key(taskId)))[0], 'fence'),
  }
}
