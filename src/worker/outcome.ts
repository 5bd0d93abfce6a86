/** What a failed run in a worker is told as. */

import { toError } from '../base/errors.js'
import { WorkerCaptureError, WorkerStartError } from './errors.js'
import type { Job } from './job.js'
import type { Failing } from './protocol.js'

/** The error for a run that failed because of `why`. */
export function failureOf(job: Job, why: Failing, thrown: unknown, captured: string | undefined): Error {
  const error = toError(thrown)
  const cause = { cause: thrown }
  if (captured !== undefined) return new WorkerCaptureError(captured, job.name, cause)
  switch (why) {
    case 'thrown':
      return error
    case 'missing':
      return new WorkerStartError(`Cannot run task ${job.name} in a worker: ${error.message}`, cause)
    case 'unreadable':
      return new TypeError(`Cannot run the function of task ${job.name} in a worker: ${error.message}`, cause)
    case 'uncopyable':
      return new TypeError(`Task ${job.name} returned what cannot be copied from its worker: ${error.message}`, cause)
  }
}

/** The error for data that cannot go to a worker. */
export function unsendable({ name }: Job, cause: unknown): TypeError {
  return new TypeError(`Cannot send the data of task ${name} to a worker: ${toError(cause).message}`, { cause })
}
