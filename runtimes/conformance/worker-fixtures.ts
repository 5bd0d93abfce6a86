/** What the worker topics share. Real workers take real time: they wait for events, within bounds that machines can keep. */

import type { Scope, ScopeOptions } from '../generic/index.js'
import { recorder } from './fixtures.js'
import type { Kit } from './kit.js'
import type { Log } from './policy-fixtures.js'

/** The module `modules/tasks.js`. */
export interface TasksModule {
  add(context: { readonly data: readonly [number, number] }): number
  describe(context: { readonly data: unknown }): Promise<{
    readonly data: unknown
    readonly attempt: number
    readonly others: readonly string[]
    readonly percentage: number
  }>
  fail(context: object): never
  grow(context: object): never
}

/** Registers a test with an open scope, which must end without a word but those expected. */
export function withWorkers(
  kit: Kit,
  name: string,
  options: ScopeOptions,
  fn: (s: Scope, log: Log) => Promise<void>,
): void {
  kit.test(`workers: ${name}`, async () => {
    const log = recorder()
    const s = kit.lib.scope({ logger: log.logger, workerPool: { size: 1 }, ...options })
    try {
      await fn(s, log)
    } finally {
      await s[Symbol.asyncDispose]()
    }
  })
}

/** The tasks of a module, reached in the host's way. */
export function tasksOf(
  { lib, env, modules }: Kit,
  file: string = 'tasks.js',
): ReturnType<typeof lib.workerTasks<TasksModule>> {
  const inline = modules.tasks as () => Promise<TasksModule>
  if (modules.base === undefined) return lib.workerTasks<TasksModule>({ inline })
  const url = modules.base + file
  const create = (): unknown => new Worker(url, { type: 'module' })
  return lib.workerTasks<TasksModule>(env.workers === 'page' ? { create, inline } : { url, create, inline })
}

/** The error of a Result that must have one, of this class. */
export function failed<E extends Error>(
  { assert }: Kit,
  [error, value]: readonly [Error | undefined, unknown],
  Expected: abstract new (...args: never) => E,
): E {
  if (error instanceof Expected) return error
  return assert.fail(`expected ${Expected.name}, got ${error === undefined ? String(value) : error.stack}`)
}
