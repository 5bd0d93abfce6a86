/**
 * Leases in PostgreSQL: a row for each key, which stays when its lease has ended, as it remembers the fence.
 *
 * A fence is the server's time in microseconds, or one more than the last: rows can be deleted later without the next
 * fence being lower. It is computed with the row locked: one taken from a sequence before that could be overtaken.
 */
import type { Leases } from '../store/leases.js'
import { endOf, hashOf, key, numberOf, type PostgresStore } from './client.js'

/** The server's time in microseconds. */
export const microseconds = '(extract(epoch FROM clock_timestamp()) * 1000000)::bigint'

const held = '(ends_at IS NULL OR ends_at > clock_timestamp())'

const acquire = `
INSERT INTO $lease AS l (id, key, token, owner, fence, ends_at)
VALUES (${hashOf(1)}, $1, $2, $3, ${microseconds}, ${endOf(4)})
ON CONFLICT (id) DO UPDATE SET
  token = excluded.token,
  owner = excluded.owner,
  fence = CASE WHEN l.token = $2 THEN l.fence ELSE greatest(l.fence + 1, ${microseconds}) END,
  ends_at = ${endOf(4)}
WHERE l.token = $2 OR NOT (l.ends_at IS NULL OR l.ends_at > clock_timestamp())
RETURNING fence`

const extend = (part: 'token' | 'owner'): string => `
UPDATE $lease SET ends_at = ${endOf(3)}
WHERE id = ${hashOf(1)} AND ${part} = $2 AND ${held}
RETURNING 1`

const release = `
UPDATE $lease SET ends_at = clock_timestamp()
WHERE id = ${hashOf(1)} AND token = $2 AND ${held}
RETURNING 1`

const holds = `SELECT 1 FROM $lease WHERE id = ${hashOf(1)} AND token = $2 AND ${held}`

const clear = `UPDATE $lease SET ends_at = clock_timestamp() WHERE id = ${hashOf(1)} AND ${held}`

/** Leases of one kind. */
export function postgresLeases({ run }: PostgresStore, kind: string): Leases {
  const idOf = (name: string): string => `${kind}:${key(name)}`
  const some = async (statement: string, ...values: (string | number | null)[]): Promise<boolean> =>
    (await run(statement, ...values)).length > 0
  return {
    async acquire(name, token, owner, ttl) {
      const [row] = await run(acquire, idOf(name), token, key(owner), ttl ?? null)
      return row === undefined ? undefined : { token, fence: numberOf(row, 'fence') }
    },
    extend: (name, token, ttl) => some(extend('token'), idOf(name), token, ttl ?? null),
    extendAs: (name, owner, ttl) => some(extend('owner'), idOf(name), key(owner), ttl ?? null),
    release: (name, token) => some(release, idOf(name), token),
    holds: (name, token) => some(holds, idOf(name), token),
    async clear(name) {
      await run(clear, idOf(name))
    },
  }
}
