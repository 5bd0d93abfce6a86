/** Starts a task that goes on from what an earlier run has saved. */

import { flag, object, text } from '../base/options.js'
import type { Result } from '../base/result.js'
import type { ScopeGroup } from './group.js'
import type { Body, TaskOptions } from './options.js'
import type { ResumeOptions } from './resume-options.js'
import { spawn } from './spawn.js'
import type { Task } from './task.js'

/** Options of `s.resumeTask(id, fn, options)`. */
export interface ResumeTaskOptions<E extends Error = Error> extends Omit<TaskOptions<E>, 'id'> {
  /** Fails the task when there is no checkpoint, instead of beginning. Default: false. */
  readonly requireExisting?: boolean
}

/** Starts the task of this id with checkpoints; without a provider that is a `TypeError`. */
export function resumeTask<T, E extends Error = Error, S extends object = {}>(
  group: ScopeGroup,
  id: string,
  fn: Body<T, S>,
  options: ResumeTaskOptions<E> = {},
): Task<Result<E, T>> {
  const action = 'resume task'
  text(action, 'id', id)
  const { requireExisting, checkpoint = {}, ...others } = object(action, 'options', options)
  const resume: ResumeOptions = {
    ...object(action, 'checkpoint', checkpoint),
    requireExisting: flag(action, 'requireExisting', requireExisting),
  }
  if (group.settings.persistence.checkpoint === undefined) {
    throw new TypeError(`Cannot ${action}: it needs a provider, give the scope one in persistence.checkpoint`)
  }
  return spawn(group, fn, { ...others, id, checkpoint: resume })
}
