/** Runs a worker's task where there are no workers: on copies, as a worker would. */

import { toError } from '../base/errors.js'
import { callback } from '../base/options.js'
import { failure, type Result, success } from '../base/result.js'
import type { Runtime } from '../runtime.js'
import type { WorkerBody } from './context.js'
import { WorkerStartError } from './errors.js'
import type { Job } from './job.js'
import { failureOf, unsendable } from './outcome.js'

/** Runs the job to its end. Until its body is called it can be taken back; then it is only told, by its signal. */
export async function runInline(job: Job, host: Runtime): Promise<void> {
  let cancelled: Error | undefined
  job.holder = { cancel: (_, reason) => (cancelled = reason) }
  const outcome = await outcomeOf(job, host, () => cancelled)
  job.ended(outcome)
}

async function outcomeOf(job: Job, host: Runtime, cancelled: () => Error | undefined): Promise<Result<Error, unknown>> {
  const copy = (value: unknown, transfer?: readonly object[]): unknown =>
    host.clone === undefined ? value : host.clone(value, transfer)
  job.started()
  try {
    const data = copyIn(job, () => copy(job.data, job.transfer))
    const body = await bodyOf(job)
    const reason = cancelled()
    if (reason !== undefined) return failure(reason)
    const value = await body(job.context(data) as never) // whatever it takes, it is given a worker's context
    return success(copyOut(job, () => copy(value)))
  } catch (error) {
    return failure(toError(error))
  }
}

function copyIn(job: Job, copy: () => unknown): unknown {
  try {
    return copy()
  } catch (cause) {
    throw unsendable(job, cause)
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
