/** The last step of a journey that ends in a worker: settles with the worker's answer or with the abort, whichever comes first. */

import { failure, type Result } from '../base/result.js'
import { nothing, type Undo } from '../base/undo.js'
import type { Done } from '../policy/layer.js'
import type { Job } from '../worker/job.js'
import type { WorkerTarget } from '../worker/target.js'
import type { CallNode } from './call.js'
import type { ScopeGroup } from './group.js'
import type { TaskContext } from './options.js'

/** Hands the call to the workers; it is held until the run there has really ended. */
export function runInWorker<T>(call: CallNode, { settings }: ScopeGroup, target: WorkerTarget, done: Done<T>): void {
  if (call.abortError !== undefined) return done(failure(call.abortError))
  const release = call.hold()
  let undo: Undo | undefined
  let over = false
  const settle = (outcome: Result<Error, T>): void => {
    if (over) return
    over = true
    done(outcome)
  }
  const { name, options } = call.origin
  const job: Job = {
    name,
    target,
    data: options?.data,
    transfer: options?.transfer ?? [],
    context: () => contextOf(settings.createContext(call) as TaskContext), // the scope makes it for every body
    started: () => call.origin.started(call),
    cancel: nothing,
    ended(outcome) {
      undo?.()
      undo = nothing
      release()
      settle(outcome as Result<Error, T>) // the caller said what the task gives
    },
  }
  settings.workers().run(job)
  if (undo === undefined) {
    undo = call.onAbort((reason) => {
      settle(failure(reason))
      job.cancel(reason)
    })
  }
}

/** What of a body's context goes to a worker; members are still made when first read. */
function contextOf(context: TaskContext): ReturnType<Job['context']> {
  const { checkpoint } = context
  return {
    get signal() {
      return context.signal
    },
    get logger() {
      return context.logger
    },
    get progress() {
      return context.progress
    },
    attempt: context.attempt,
    ...(checkpoint && { checkpoint }),
  }
}
