/** An owner that can start tasks: what combinators ask for. */

import type { Result } from '../base/result.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import type { Body, TaskOptions } from './options.js'
import type { Task } from './task.js'

/** A scope, seen by the combinators. */
export interface Spawner extends Lifetime {
  /** Starts a task. */
  task<T, E extends Error = Error>(fn: Body<T>, options?: TaskOptions<E>): Task<Result<E, T>>
}
