/** The user's own connected client or pool of `pg`, as little of it as is needed. */
import { object, outOfRange, text, wrongType } from '../../src/base/options.js'
import { escapeKey } from '../store/keys.js'

/**
 * What is used of a `Pool` of the package `pg`, or of a connected `Client`, which does one thing at a time. It stays the
 * user's: nothing here closes it.
 */
export interface PostgresClient {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>
}

/** Options of all providers. */
export interface PostgresOptions {
  /**
   * What the names of all tables begin with: a lower-case letter or `_`, then those and digits, at most 40.
   * Default: `go_go_scope_`.
   */
  readonly tablePrefix?: string
}

/** One value of a row, or of a statement. */
export type Column = string | number | null

/** Statements, as a provider needs them. */
export interface PostgresStore {
  /** Runs one statement. Keys go through `key` first. */
  run(statement: string, ...values: Column[]): Promise<readonly Row[]>
  /** Runs several statements without values, in one transaction. */
  batch(statements: string): Promise<void>
  /** The name of a table, as `$table` in a statement, without the quotes. */
  nameOf(table: string): string
}

/** A row of an answer. */
export type Row = Readonly<Record<string, unknown>>

/** Nothing was done, as another transaction was in the way; only where the user's default is a strict isolation. */
const conflicts = new Set(['40001', '40P01'])
const attempts = 5

/** Binds a client; in statements, `$table` stands for a table of the prefix. */
export function postgresStore(provider: string, client: PostgresClient, options: PostgresOptions = {}): PostgresStore {
  const action = `create ${provider}`
  object(action, 'client', client)
  if (typeof client.query !== 'function') throw wrongType(action, 'client', 'a client or pool of pg', client)
  const prefix = tablePrefixOf(action, options)
  return {
    async run(statement, ...values) {
      const named = withTables(statement, prefix)
      for (let attempt = 1; ; attempt++) {
        try {
          return rowsOf(await client.query(named, values))
        } catch (error) {
          if (attempt >= attempts || !conflicts.has(codeOf(error))) throw error
        }
      }
    },
    async batch(statements) {
      await client.query(withTables(statements, prefix))
    },
    nameOf: (table) => `${prefix}${table}`,
  }
}

/** A prefix that can stand in a statement as it is. */
export function tablePrefixOf(action: string, options: PostgresOptions): string {
  const { tablePrefix = 'go_go_scope_' } = object(action, 'options', options)
  if (!/^[a-z_][a-z0-9_]{0,39}$/.test(text(action, 'tablePrefix', tablePrefix))) {
    throw outOfRange(action, 'tablePrefix', 'at most 40 of a-z, 0-9 and _, no digit first', tablePrefix)
  }
  return tablePrefix
}

/** Puts the names of tables into a statement. */
export function withTables(statement: string, prefix: string): string {
  return statement.replace(/\$([a-z_]+)/g, (_, table: string) => `"${prefix}${table}"`)
}

/** The place of a key in an index, which has room for 2 700 bytes only: a hash of the key in parameter `at`. */
export function hashOf(at: number): string {
  return `sha256(convert_to($${at}::text, 'UTF8'))`
}

/** The moment that is as many milliseconds from now as parameter `at` says; null for never. */
export function endOf(at: number): string {
  return `clock_timestamp() + $${at}::float8 * interval '1 millisecond'`
}

/** A key as a value of a statement. */
export const key: (text: string) => string = escapeKey

/** A column that is text. */
export function textOf(row: Row | undefined, column: string): string | undefined {
  const value = row?.[column]
  if (value === null || value === undefined) return undefined
  if (typeof value !== 'string') throw new TypeError(`PostgreSQL gave ${typeof value} for ${column} instead of text`)
  return value
}

/** A column that is a whole number; `pg` gives large ones as text. */
export function numberOf(row: Row | undefined, column: string): number {
  const value = row?.[column]
  const number = typeof value === 'string' || typeof value === 'bigint' ? Number(value) : value
  if (typeof number !== 'number' || !Number.isFinite(number)) {
    throw new TypeError(`PostgreSQL gave ${typeof value} for ${column} instead of a number`)
  }
  return number
}

function rowsOf(answer: { readonly rows: readonly unknown[] } | undefined): readonly Row[] {
  if (!Array.isArray(answer?.rows)) throw new TypeError('The client answered without rows')
  return answer.rows as readonly Row[] // each column is looked at before it is used
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
}
