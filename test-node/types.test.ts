/** The public types, held both ways: what must be inferred, and what must not compile. */
import { expect, test } from 'vitest'
import type { Result, RetryConfig, Scope, Task, WorkerContext } from '../runtimes/node/index.js'
import { scope, workerTasks } from '../runtimes/node/index.js'

type Equals<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** Compiles only where the two types are the same. */
function same<A, B>(_equal: Equals<A, B>): void {}

class DatabaseError extends Error {
  readonly table = 'users'
}

class Database {
  query(_sql: string): Promise<number> {
    return Promise.resolve(1)
  }
}

/** Never called: it is here to be compiled. */
export async function inferred(s: Scope): Promise<void> {
  const plain = s.task(async () => 42)
  same<typeof plain, Task<Result<Error, number>>>(true)

  const [err, value] = await plain
  same<typeof err, Error | undefined>(true)
  same<typeof value, number | undefined>(true)
  if (err === undefined) same<typeof value, number>(true)
  else same<typeof value, undefined>(true)

  const typed = s.task(() => 'sync', { errorClass: DatabaseError })
  same<typeof typed, Task<Result<DatabaseError, string>>>(true)
  const system = s.task(() => 'sync', { systemErrorClass: DatabaseError })
  same<typeof system, Task<Result<Error, string>>>(true)

  const tuple = await s.parallel([async () => 1, () => 'two', async () => true])
  same<typeof tuple, [Result<Error, number>, Result<Error, string>, Result<Error, boolean>]>(true)
  const list = await s.parallel([1, 2].map((each) => async () => each))
  same<typeof list, Result<Error, number>[]>(true)

  const raced = await s.race([async () => 1, async () => 2])
  same<typeof raced, Result<Error, number>>(true)
}

/** Never called: it is here to be compiled. */
export function workers(s: Scope): void {
  const w = workerTasks<{
    add(context: WorkerContext<readonly [number, number]>): Promise<number>
    ping(context: WorkerContext): 'pong'
    version: number
  }>({ url: 'w.js' })
  const sum = s.task(w.add, { worker: true, data: [1, 2] })
  same<typeof sum, Task<Result<Error, number>>>(true)
  const pong = s.task(w.ping, { worker: true, errorClass: DatabaseError })
  same<typeof pong, Task<Result<DatabaseError, 'pong'>>>(true)
  const sent = s.task(({ data }) => data.length, { worker: true, data: 'text' })
  same<typeof sent, Task<Result<Error, number>>>(true)
  const module = s.task<Date>({ module: new URL('file:///m.js') }, { worker: true })
  same<typeof module, Task<Result<Error, Date>>>(true)

  // @ts-expect-error: other data
  s.task(w.add, { worker: true, data: ['1', '2'] })
  // @ts-expect-error: no data
  s.task(w.add, { worker: true })
  // @ts-expect-error: what is no function is no task
  s.task(w.version, { worker: true })
  // @ts-expect-error: a module runs in workers only
  s.task({ module: './m.js' })
  // @ts-expect-error: no services there
  s.task(({ services: given }) => given, { worker: true })
}

/** Never called: it is here to be compiled. */
export function services(): void {
  const s = scope()
    .provide(
      'db',
      () => new Database(),
      (db) => void db.query('bye'),
    )
    .provide('lazy', async ({ db }) => db.query('select 1'), { dispose: (rows: number) => void rows })
    .provide('port', 80)
  same<ReturnType<typeof s.use<'db'>>, Database>(true)
  same<ReturnType<typeof s.use<'lazy'>>, Promise<number>>(true)
  same<ReturnType<typeof s.use<'port'>>, number>(true)
  s.task(({ services: given }) => given.db.query('select 1'))
  const child = s.createChild().provide('own', true)
  child.task(({ services: given }) => given.own && given.db)
  s.override('db', () => new Database())

  // @ts-expect-error: nobody provides it
  s.use('cache')
  // @ts-expect-error: nobody provides it
  s.override('cache', 1)
  // @ts-expect-error: nobody provides it
  s.task(({ services: given }) => given.cache)
  // @ts-expect-error: another type
  s.override('port', 'eighty')
}

/** Never called: it is here to be compiled. */
export async function misread(s: Scope): Promise<unknown[]> {
  // @ts-expect-error: a scope ends asynchronously
  using forgotten = scope()
  // @ts-expect-error: a task is to be awaited first
  const [early] = s.task(() => 1)
  // @ts-expect-error: a Result is a pair, not an object
  const { err } = await s.task(() => 1)
  return [forgotten, early, err]
}

/** Never called: it is here to be compiled. */
export function refused(s: Scope): void {
  // @ts-expect-error: an unknown preset
  s.task(() => 1, { retry: 'sometimes' })
  // @ts-expect-error: a task is no number
  s.task(42)
  // @ts-expect-error: a promise has started already
  s.task(Promise.resolve(1))
  // @ts-expect-error: options are an object
  s.task(() => 1, 1_000)
  // @ts-expect-error: an option that nobody knows
  s.task(() => 1, { timout: 1_000 })
  // @ts-expect-error: a controller is not its signal
  scope({ signal: new AbortController() })
  // @ts-expect-error: unknown word
  scope({ logLevel: 'loud' })
  const plan: RetryConfig = { max: 2, delay: (attempt) => attempt * 10 }
  s.task(() => 1, { retry: plan })
}

test('the types above were compiled by the gate', () => {
  expect([inferred, services, misread, refused]).toHaveLength(4)
})
