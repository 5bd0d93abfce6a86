/** What a user's first file looks like to the compiler, whatever libraries it has. */
import { type Runtime, type RuntimeName, runtime, type Scope, scope } from 'go-go-scope'
import * as browser from 'go-go-scope/browser'
import * as bun from 'go-go-scope/bun'
import * as core from 'go-go-scope/core'
import * as deno from 'go-go-scope/deno'
import { type Inspection, inspect } from 'go-go-scope/inspector'
import * as node from 'go-go-scope/node'
import { type PostgresClient, postgresPersistence } from 'go-go-scope/postgres'
import { type RedisClient, redisPersistence } from 'go-go-scope/redis'
import * as testing from 'go-go-scope/testing'
import * as workerd from 'go-go-scope/workerd'

export async function main(host: Runtime): Promise<number | undefined> {
  const name: RuntimeName = runtime
  const parent: Scope = scope({ name })
  await using s = scope()
  const own = core.openScope(host)
  const [error, value] = await s.task(async () => 42)
  const signal: AbortSignal = s.signal
  for (const other of [browser, bun, deno, node, workerd]) await other.scope()[Symbol.asyncDispose]()
  await own[Symbol.asyncDispose]()
  return error || !signal || !testing || parent === s ? undefined : value
}

export function look(s: Scope<{ db: string }>): Inspection {
  using inspector = inspect(s, { tasks: 10 })
  return inspector.snapshot()
}

export function shared(redis: RedisClient, postgres: PostgresClient): Scope[] {
  return [redisPersistence(redis), postgresPersistence(postgres)].map((persistence) => scope({ persistence }))
}
