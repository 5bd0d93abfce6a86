/** Runs a body, synchronous or not, and watches it to its real end. */

import { toError } from '../base/errors.js'
import { isThenable } from '../base/guard.js'
import { failure, type Result, success } from '../base/result.js'
import { nothing, type Undo } from '../base/undo.js'
import type { Done } from '../policy/layer.js'
import type { CallNode } from './call.js'
import type { Task } from './task.js'

/** The task whose body is running synchronously at this moment. */
let spawning: Task<unknown> | undefined

/** The task whose body spawns right now, if one does. */
export function currentSpawner(): Task<unknown> | undefined {
  return spawning
}

/** The last step of a journey: is done with the body or with the abort, whichever comes first. */
export function runBody<T>(call: CallNode, done: Done<T>): void {
  if (call.abortError !== undefined) return done(failure(call.abortError))
  call.retain()
  let undo: Undo = nothing
  let over = false
  let running = true
  const settle = (outcome: Result<Error, T>): void => {
    if (over) return
    over = true
    undo()
    done(outcome)
  }
  const ended = (outcome: Result<Error, T>): void => {
    if (running) call.letGo()
    running = false
    settle(outcome)
  }
  let outcome: Result<Error, T>
  try {
    const out = invoke(call) as T | PromiseLike<T> // the body was given together with this type
    if (isThenable(out)) {
      undo = call.onAbort((error) => settle(failure(error)))
      // A promise may have a `then` of its own, which throws, or calls back twice.
      return void Promise.resolve(out as PromiseLike<T>).then(
        (value) => ended(success(value)),
        (error: unknown) => ended(failure(toError(error))),
      )
    }
    outcome = success(out as T)
  } catch (error) {
    outcome = failure(toError(error))
  }
  ended(outcome)
}

/** Runs the body of a task that has no layers: no promise but the body's own. */
export function runPlain(task: Task<unknown>): void {
  try {
    const out = invoke(task)
    if (!isThenable(out)) return task.conclude(success(out))
    const { records } = task.group.settings
    if (records !== undefined) return records.watch(task, out)
    Promise.resolve(out).then(
      (value) => task.conclude(success(value)),
      (error: unknown) => task.conclude(failure(toError(error))),
    )
  } catch (error) {
    task.conclude(failure(toError(error)))
  }
}

function invoke(call: CallNode): unknown {
  const task = call.origin
  const outer = spawning
  spawning = task
  task.started(call)
  try {
    const { body } = task
    return body(task.group.settings.createContext(call) as never) // the scope checked the body against its own services
  } finally {
    spawning = outer
  }
}
