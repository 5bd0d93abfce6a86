/** Runs a worker's task where there are no workers: on copies, as a worker would. */

import { toError } from '../base/errors.js'
import { callback } from '../base/options.js'
import { failure, success } from '../base/result.js'
import type { Runtime } from '../runtime.js'
import type { WorkerBody } from './context.js'
import { WorkerStartError } from './errors.js'
import type { Job } from './job.js'
import { failureOf } from './outcome.js'

/** Runs the job to its end; it cannot be ended from outside, only told by its signal. */
export async function runInline(job: Job, host: Runtime): Promise<void> {
  const copy = (value: unknown, transfer?: readonly object[]): unknown =>
    host.clone === undefined ? value : host.clone(value, transfer)
  job.holder = undefined // nobody can take it back
  job.started()
  try {
    const data = copy(job.data, job.transfer)
    const body = await bodyOf(job)
    const value = await body(job.context(data) as never) // whatever it takes, it is given a worker's context
    job.ended(success(copyOut(job, () => copy(value))))
  } catch (error) {
    job.ended(failure(toError(error)))
  }
}

function copyOut(job: Job, copy: () => unknown): unknown {
  try {
    return copy()
  } catch (error) {
    throw failureOf(job, 'uncopyable', error, undefined)
  }
}

async function bodyOf({ target, name }: Job): Promise<WorkerBody<never, unknown>> {
  if (target.kind === 'function') return target.fn
  const load = target.kind === 'exposed' ? target.module.inline : undefined
  if (load === undefined) {
    throw new WorkerStartError(
      `There are no workers for task ${name}, and only functions, and tasks of workerTasks({ inline }), run without one`,
    )
  }
  const exports = (await load()) as { readonly [name: string]: WorkerBody<never, unknown> } // checked in the next line
  return callback('run worker task', `export ${target.name}`, exports[target.name]) as WorkerBody<never, unknown>
}
