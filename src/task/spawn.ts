/** Starts tasks: in a group, or on the permit of a task that is running. */

import { ScopeDisposedError } from '../base/errors.js'
import { callback, object } from '../base/options.js'
import type { Result } from '../base/result.js'
import { currentSpawner } from './body.js'
import type { CallNode } from './call.js'
import type { ScopeGroup } from './group.js'
import { journey } from './journey.js'
import type { Body, TaskOptions } from './options.js'
import { Task } from './task.js'

const none: TaskOptions = {}

/** Starts a task; the body runs synchronously as far as its layers allow. */
export function spawn<T, E extends Error = Error, S extends object = {}>(
  group: ScopeGroup,
  fn: Body<T, S>,
  options?: TaskOptions<E>,
): Task<Result<E, T>> {
  check(group, fn, options)
  const start =
    options === undefined ? (group.plainJourney ??= journey(group, none, true)) : journey(group, options, true)
  const task = new Task<Result<E, T>>(group, group, fn, options, currentSpawner())
  task.launch(start)
  return task
}

/** Starts a task on the permit of a running one, which it keeps open and is cancelled with. */
export function spawnWithin<T, E extends Error = Error, S extends object = {}>(
  group: ScopeGroup,
  caller: CallNode,
  fn: Body<T, S>,
  options?: TaskOptions<E>,
): Task<Result<E, T>> {
  if (caller.isOver) return spawn(group, fn, options)
  check(group, fn, options)
  const start = journey(group, options ?? none, false)
  const task = new Task<Result<E, T>>(group, caller, fn, options, caller.origin)
  const release = caller.hold()
  task.launch(start)
  task.whenOver(release)
  return task
}

function check(group: ScopeGroup, fn: unknown, options: unknown): void {
  callback('start task', 'fn', fn)
  if (options !== undefined) object('start task', 'options', options)
  if (group.refuses) throw new ScopeDisposedError('start task', group.settings.scopeName)
}
