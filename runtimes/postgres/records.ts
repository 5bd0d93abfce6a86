/** Checkpoints in PostgreSQL: a row for each, and one for the fence of each task's owner, which outlives them. */
import type { Records } from '../store/checkpoint-provider.js'
import { hashOf, key, numberOf, type PostgresStore, type Row, textOf } from './client.js'
import { microseconds } from './leases.js'

const save = (source: string): string => `
INSERT INTO $checkpoint (task, id, sequence, task_id, record)
SELECT ${hashOf(1)}, ${hashOf(2)}, $3::bigint, $1, $4${source}
ON CONFLICT (task, id) DO UPDATE SET sequence = excluded.sequence, record = excluded.record
RETURNING 1`

/** With the owner's row locked, no claim comes between the comparison and the save. */
const saveAsOwner = `
WITH owner AS (
  INSERT INTO $claim AS c (task, fence) VALUES (${hashOf(1)}, $5::bigint)
  ON CONFLICT (task) DO UPDATE SET fence = excluded.fence, claimed_at = clock_timestamp() WHERE c.fence <= excluded.fence
  RETURNING 1
)
${save(' FROM owner')}`

const newest = `
SELECT record FROM $checkpoint WHERE task = ${hashOf(1)} ORDER BY sequence DESC, id DESC LIMIT $2::bigint`

const find = `SELECT record FROM $checkpoint WHERE id = ${hashOf(1)} ORDER BY sequence DESC LIMIT 1`

const trim = `
DELETE FROM $checkpoint WHERE task = ${hashOf(1)} AND id NOT IN (
  SELECT id FROM $checkpoint WHERE task = ${hashOf(1)} ORDER BY sequence DESC, id DESC LIMIT $2::bigint
)`

const claim = `
INSERT INTO $claim AS c (task, fence) VALUES (${hashOf(1)}, ${microseconds})
ON CONFLICT (task) DO UPDATE SET fence = greatest(c.fence + 1, ${microseconds}), claimed_at = clock_timestamp()
RETURNING fence`

/** Checkpoints of all tasks under the prefix. */
export function postgresRecords({ run }: PostgresStore): Records {
  const record = (row: Row | undefined): string | undefined => textOf(row, 'record')
  return {
    async put(taskId, id, sequence, text, fence) {
      const values = [key(taskId), key(id), sequence, text]
      const rows = await (fence === undefined ? run(save(''), ...values) : run(saveAsOwner, ...values, fence))
      return rows.length > 0
    },
    async newest(taskId, count) {
      return (await run(newest, key(taskId), count)).map((row) => record(row) ?? '')
    },
    async find(id) {
      return record((await run(find, key(id)))[0])
    },
    async trim(taskId, keep) {
      await run(trim, key(taskId), keep)
    },
    claim: async (taskId) => numberOf((await run(claim, key(taskId)))[0], 'fence'),
  }
}
