/** An owner that can start tasks: all that combinators ask for. */

import type { Result } from '../base/result.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import type { Body } from './options.js'
import type { Task } from './task.js'

/** A scope, seen by the combinators. */
export interface Spawner extends Lifetime {
  /** Starts a task. */
  task<T>(fn: Body<T>): Task<Result<Error, T>>
}
