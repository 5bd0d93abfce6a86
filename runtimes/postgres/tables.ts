/** The tables of the providers, and how old rows leave them. */
import { ask } from '../store/ask.js'
import {
  numberOf,
  type PostgresClient,
  type PostgresOptions,
  postgresStore,
  tablePrefixOf,
  withTables,
} from './client.js'

/** Columns named `id` and `task` are hashes of keys; `ends_at` is null for never. */
const definitions = `
CREATE TABLE IF NOT EXISTS $lease (
  id bytea PRIMARY KEY,
  key text NOT NULL,
  token text NOT NULL,
  owner text NOT NULL,
  fence bigint NOT NULL,
  ends_at timestamptz
);
CREATE TABLE IF NOT EXISTS $value (
  id bytea PRIMARY KEY,
  key text NOT NULL,
  kind text NOT NULL,
  value text NOT NULL,
  ends_at timestamptz
);
CREATE INDEX IF NOT EXISTS $value_ends ON $value (ends_at);
CREATE TABLE IF NOT EXISTS $breaker (
  id bytea PRIMARY KEY,
  key text NOT NULL,
  state text NOT NULL,
  failures bigint NOT NULL,
  failed text NOT NULL,
  succeeded text NOT NULL
);
CREATE TABLE IF NOT EXISTS $checkpoint (
  task bytea NOT NULL,
  sequence bigint NOT NULL,
  id bytea NOT NULL,
  task_id text NOT NULL,
  record text NOT NULL,
  PRIMARY KEY (task, sequence)
);
CREATE INDEX IF NOT EXISTS $checkpoint_id ON $checkpoint (id);
CREATE TABLE IF NOT EXISTS $claim (
  task bytea PRIMARY KEY,
  fence bigint NOT NULL,
  claimed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);`

/**
 * The statements that create the tables, for those who keep them with their other migrations. They do nothing where the
 * tables exist.
 *
 * @example
 * ```ts
 * import { postgresTables } from 'go-go-scope/postgres'
 *
 * console.log(postgresTables({ tablePrefix: 'jobs_' }))
 * ```
 */
export function postgresTables(options: PostgresOptions = {}): string {
  return withTables(definitions, tablePrefixOf('name tables', options)).trim()
}

/**
 * Creates the tables that are missing, in one transaction; processes that do it at the same time wait for one another.
 *
 * @example
 * ```ts
 * import { createPostgresTables } from 'go-go-scope/postgres'
 * import { Pool } from 'pg'
 *
 * await createPostgresTables(new Pool())
 * ```
 */
export async function createPostgresTables(client: PostgresClient, options: PostgresOptions = {}): Promise<void> {
  const store = postgresStore('createPostgresTables', client, options)
  // Several statements in one string are one transaction. The number is only ours: what others lock does not matter.
  const statements = `SELECT pg_advisory_xact_lock(7301246511903361);\n${definitions}`
  await ask('PostgreSQL', 'create tables', '*', () => store.batch(statements))
}

const expired = `ends_at < clock_timestamp() - interval '1 day'`
const idle = `claimed_at < clock_timestamp() - interval '30 days'`

/**
 * Deletes what has expired; gives the number of rows. Nothing depends on it but the size of the tables: call it now and
 * then, daily for example. Rows stay for a day after they have expired, and fences of finished tasks for 30.
 *
 * @example
 * ```ts
 * import { deleteExpired } from 'go-go-scope/postgres'
 * import { Pool } from 'pg'
 *
 * await deleteExpired(new Pool())
 * ```
 */
export async function deleteExpired(client: PostgresClient, options: PostgresOptions = {}): Promise<number> {
  const { run } = postgresStore('deleteExpired', client, options)
  const statements = [
    `DELETE FROM $lease WHERE ${expired}`,
    `DELETE FROM $value WHERE ${expired}`,
    `DELETE FROM $claim c WHERE ${idle} AND NOT EXISTS (SELECT FROM $checkpoint k WHERE k.task = c.task)`,
  ]
  return ask('PostgreSQL', 'delete expired', '*', async () => {
    let count = 0
    for (const statement of statements) {
      const [row] = await run(`WITH gone AS (${statement} RETURNING 1) SELECT count(*)::int AS count FROM gone`)
      count += numberOf(row, 'count')
    }
    return count
  })
}
