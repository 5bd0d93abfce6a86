/** Runs a body, synchronous or not, and watches it to its real end. */

import { toError } from '../base/errors.js'
import { isThenable } from '../base/guard.js'
import { failure, success } from '../base/result.js'
import type { CallNode } from './call.js'
import type { Task } from './task.js'

/** The task whose body is running synchronously at this moment. */
let spawning: Task<unknown> | undefined

/** The task whose body spawns right now, if one does. */
export function currentSpawner(): Task<unknown> | undefined {
  return spawning
}

/** The last step of a journey: settles with the body or with the abort, whichever comes first. */
export function runBody<T>(call: CallNode): Promise<T> {
  return new Promise((resolve, reject) => {
    if (call.abortError !== undefined) return reject(call.abortError)
    const release = call.hold()
    const ended = (fn: () => void): void => {
      release()
      fn()
    }
    try {
      const out = invoke(call) as T | PromiseLike<T> // the body was given together with this type
      if (!isThenable(out)) return ended(() => resolve(out))
      const undo = call.onAbort(reject)
      Promise.resolve(out).then(
        (value) => {
          undo()
          ended(() => resolve(value))
        },
        (error: unknown) => {
          undo()
          ended(() => reject(toError(error)))
        },
      )
    } catch (error) {
      ended(() => reject(toError(error)))
    }
  })
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
  task.started()
  try {
    const { body } = task
    return body(task.group.settings.createContext(call) as never) // the scope checked the body against its own services
  } finally {
    spawning = outer
  }
}
