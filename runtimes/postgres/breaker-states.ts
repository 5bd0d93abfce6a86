/** The states of circuit breakers in PostgreSQL: a row for each, its times as text, so that they come back as they were. */
import type { BreakerStates } from '../store/breaker-provider.js'
import { type Column, hashOf, key, numberOf, type PostgresStore, type Row, textOf } from './client.js'
import type { PostgresSubscriptions } from './subscriber.js'

const columns = 'state, failures, failed, succeeded'
const now = `floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint::text`

const read = `SELECT ${columns} FROM $breaker WHERE id = ${hashOf(1)}`

const set = `
INSERT INTO $breaker (id, key, ${columns}) VALUES (${hashOf(1)}, $1, $2, $3::bigint, $4, $5)
ON CONFLICT (id) DO UPDATE SET
  state = excluded.state, failures = excluded.failures, failed = excluded.failed, succeeded = excluded.succeeded
RETURNING *`

const setFirst = `
INSERT INTO $breaker (id, key, ${columns}) VALUES (${hashOf(1)}, $1, $2, $3::bigint, $4, $5)
ON CONFLICT (id) DO NOTHING
RETURNING *`

const replace = `
UPDATE $breaker SET state = $2, failures = $3::bigint, failed = $4, succeeded = $5
WHERE id = ${hashOf(1)} AND state = $6 AND failures = $7::bigint AND failed = $8 AND succeeded = $9
RETURNING *`

const fail = `
INSERT INTO $breaker AS b (id, key, ${columns})
VALUES (${hashOf(1)}, $1, CASE WHEN $2::bigint <= 1 THEN 'open' ELSE 'closed' END, 1, ${now}, '')
ON CONFLICT (id) DO UPDATE SET
  state = CASE WHEN b.state = 'closed' AND b.failures + 1 >= $2::bigint THEN 'open' ELSE b.state END,
  failures = b.failures + 1,
  failed = ${now}
RETURNING *`

const succeed = `
INSERT INTO $breaker AS b (id, key, ${columns}) VALUES (${hashOf(1)}, $1, 'closed', 0, '', ${now})
ON CONFLICT (id) DO UPDATE SET
  failures = CASE WHEN b.state = 'closed' THEN 0 ELSE b.failures END,
  succeeded = ${now}
RETURNING *`

/** What is sent of a change, short whatever the key: its place in the table, and the state. */
const message = `encode(id, 'hex') || '|' || concat_ws('|', ${columns})`

/** The place of a key in the table, as messages have it. */
const place = `SELECT encode(${hashOf(1)}, 'hex') AS place`

/** States that are sent on when there is a subscriber to hear of them. */
export function postgresBreakerStates({ run }: PostgresStore, subscriptions?: PostgresSubscriptions): BreakerStates {
  const change = async (statement: string, name: string, ...values: Column[]): Promise<Row | undefined> => {
    if (subscriptions === undefined) return (await run(statement, key(name), ...values))[0]
    const sent = `pg_notify('${subscriptions.channel}', ${message})`
    return (await run(`WITH changed AS (${statement}) SELECT *, ${sent} FROM changed`, key(name), ...values))[0]
  }
  const states: BreakerStates = {
    async read(name) {
      const [row] = await run(read, key(name))
      return (
        row && [
          textOf(row, 'state') ?? '',
          String(row.failures),
          textOf(row, 'failed') ?? '',
          textOf(row, 'succeeded') ?? '',
        ]
      )
    },
    async write(name, next) {
      await change(set, name, ...next)
    },
    async replace(name, expected, next) {
      const values = expected === undefined ? next : [...next, ...expected]
      return (await change(expected === undefined ? setFirst : replace, name, ...values)) !== undefined
    },
    fail: async (name, max) => numberOf(await change(fail, name, max), 'failures'),
    async succeed(name) {
      await change(succeed, name)
    },
  }
  if (subscriptions === undefined) return states
  const placeOf = async (name: string): Promise<string> => textOf((await run(place, key(name)))[0], 'place') ?? ''
  const listen: BreakerStates['listen'] = (name, fn) =>
    subscriptions.listen(placeOf(name), ([state = '', failures = '', failed = '', succeeded = '']) =>
      fn([state, failures, failed, succeeded]),
    )
  return { ...states, listen }
}
