/** Values in PostgreSQL, as text: `jsonb` refuses some strings and changes some numbers. */
import type { ListedValues } from '../store/cache-provider.js'
import { unescapeKey } from '../store/keys.js'
import { endOf, hashOf, key, numberOf, type PostgresStore, textOf } from './client.js'

const there = '(ends_at IS NULL OR ends_at > clock_timestamp())'

const get = `
SELECT value, ends_at IS NULL AS forever,
  coalesce(ceil(extract(epoch FROM ends_at - clock_timestamp()) * 1000), 0)::float8 AS time_left
FROM $value WHERE id = ${hashOf(1)} AND ${there}`

const set = `
INSERT INTO $value (id, key, kind, value, ends_at) VALUES (${hashOf(1)}, $2, $3, $4, ${endOf(5)})
ON CONFLICT (id) DO UPDATE SET value = excluded.value, ends_at = ${endOf(5)}`

const remove = `DELETE FROM $value WHERE id = ${hashOf(1)}`
const has = `SELECT 1 FROM $value WHERE id = ${hashOf(1)} AND ${there}`
const clear = 'DELETE FROM $value WHERE kind = $1'
const list = `SELECT key FROM $value WHERE kind = $1 AND ${there}`

/** Values of one kind. */
export function postgresValues({ run }: PostgresStore, kind: string): ListedValues {
  const idOf = (name: string): string => `${kind}:${key(name)}`
  return {
    async get(name) {
      const [row] = await run(get, idOf(name))
      const text = textOf(row, 'value')
      if (text === undefined) return undefined
      return { text, left: row?.forever === true ? undefined : numberOf(row, 'time_left') }
    },
    async set(name, text, ttl) {
      if (ttl === 0) await run(remove, idOf(name))
      else await run(set, idOf(name), key(name), kind, text, ttl ?? null)
    },
    async delete(name) {
      await run(remove, idOf(name))
    },
    has: async (name) => (await run(has, idOf(name))).length > 0,
    async clear() {
      await run(clear, kind)
    },
    async keys() {
      const rows = await run(list, kind)
      return rows.map((row) => unescapeKey(textOf(row, 'key') ?? ''))
    },
  }
}
