/** Starts tasks: in a group, or on the permit of a task that is running. */

import { ScopeDisposedError } from '../base/errors.js'
import { callback, flag, object } from '../base/options.js'
import type { Result } from '../base/result.js'
import type { Undo } from '../base/undo.js'
import type { WorkerModule, WorkerTarget, WorkerTask } from '../worker/target.js'
import { workerTarget } from '../worker/target.js'
import { currentSpawner, runPlain } from './body.js'
import type { CallNode } from './call.js'
import type { ScopeGroup } from './group.js'
import { journey } from './journey.js'
import type { Body, TaskOptions } from './options.js'
import { Task } from './task.js'

const none: TaskOptions = {}

/** Callers that are being let go of. */
const leaving: Undo[] = []

/** What a task can be made of: a body, or what a worker runs. */
export type Work<T, S extends object> = Body<T, S> | WorkerModule | WorkerTask<never, T>

/** Starts a task; the body runs synchronously as far as its layers allow. */
export function spawn<T, E extends Error = Error, S extends object = {}>(
  group: ScopeGroup,
  fn: Work<T, S>,
  options?: TaskOptions<E>,
): Task<Result<E, T>> {
  const target = check(group, fn, options)
  const start =
    options === undefined ? (group.plainJourney ??= journey(group, none, true)) : journey(group, options, true, target)
  const task = new Task<Result<E, T>>(group, group, fn as Body<T, S>, options, currentSpawner()) // else no body is run
  task.launch(start)
  return task
}

/** Starts a task on the permit of a running one, which it keeps open and is cancelled with. */
export function spawnWithin<T, E extends Error = Error, S extends object = {}>(
  group: ScopeGroup,
  caller: CallNode,
  fn: Work<T, S>,
  options?: TaskOptions<E>,
): Task<Result<E, T>> {
  if (caller.isOver) return spawn(group, fn, options)
  const target = check(group, fn, options)
  const start = journey(group, options ?? none, false, target)
  const task = new Task<Result<E, T>>(group, caller, fn as Body<T, S>, options, caller.origin) // else no body is run
  const release = caller.hold()
  task.launch(start)
  task.whenOver(() => leave(release))
  return task
}

/** Lets go of a caller. One that is over by that lets go of its own in turn: a long chain must not pile up on the stack. */
function leave(release: Undo): void {
  leaving.push(release)
  if (leaving.length > 1) return
  try {
    for (const each of leaving) each()
  } finally {
    leaving.length = 0
  }
}

/** Starts a task that no policy of its scope applies to: neither a permit, nor the breaker, nor hooks. */
export function spawnBare<T>(group: ScopeGroup, fn: () => T | PromiseLike<T>, id: string): Task<Result<Error, T>> {
  if (group.refuses) throw new ScopeDisposedError('start task', group.settings.scopeName)
  const task = new Task<Result<Error, T>>(group, group, fn, { id }, currentSpawner())
  task.launch(runPlain)
  return task
}

function check(group: ScopeGroup, fn: unknown, options: TaskOptions | undefined): WorkerTarget | undefined {
  if (options !== undefined) object('start task', 'options', options)
  const target = flag('start task', 'worker', options?.worker) ? workerTarget(fn) : undefined
  const module = fn instanceof Object && 'module' in fn
  if (target === undefined) callback('start task', module ? 'fn without worker: true' : 'fn', fn)
  if (group.refuses) throw new ScopeDisposedError('start task', group.settings.scopeName)
  return target
}
