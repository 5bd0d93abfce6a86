/** What can go wrong with a worker besides the task it runs. */

import type { ErrorDetails } from '../base/errors.js'

/** A worker ended while it ran a task: it exited, ran out of memory, or left an error that nobody caught, the `cause`. */
export class WorkerCrashedError extends Error {
  override readonly name: string = 'WorkerCrashedError'
  readonly _tag: string = 'WorkerCrashedError'
}

/** A worker, its module or an export of it could not be had; the host's error is the `cause`. */
export class WorkerStartError extends Error {
  override readonly name: string = 'WorkerStartError'
  readonly _tag: string = 'WorkerStartError'
}

/** A function that was sent to a worker uses a variable from outside itself, which does not go with it. */
export class WorkerCaptureError extends Error {
  override readonly name: string = 'WorkerCaptureError'
  readonly _tag: string = 'WorkerCaptureError'
  /** Name of the variable. */
  readonly variable: string

  constructor(variable: string, task: string, details: ErrorDetails = {}) {
    super(
      `Task ${task} uses ${variable}, which is outside its function and does not go with it to the worker: ` +
        'pass it in data, or put the function into a module',
      details,
    )
    this.variable = variable
  }
}
