/** The errors of what outlives a scope. */

import type { ErrorDetails } from '../base/errors.js'

/** Another run of the same task has taken over: this one may save no more. */
export class CheckpointFencedError extends Error {
  override readonly name: string = 'CheckpointFencedError'
  readonly _tag: string = 'CheckpointFencedError'
  /** The task both runs are of. */
  readonly taskId: string

  constructor(taskId: string, details: ErrorDetails = {}) {
    super(`Task ${JSON.stringify(taskId)} goes on in a newer run: this one may save no more`, details)
    this.taskId = taskId
  }
}

/** Every saved record of a task is damaged. */
export class CheckpointCorruptError extends Error {
  override readonly name: string = 'CheckpointCorruptError'
  readonly _tag: string = 'CheckpointCorruptError'
  /** The task whose records they are. */
  readonly taskId: string

  constructor(taskId: string, details: ErrorDetails = {}) {
    super(
      `No checkpoint of task ${JSON.stringify(taskId)} is whole: repair one, or delete them all to start again`,
      details,
    )
    this.taskId = taskId
  }
}

/** A record was saved by newer code. */
export class CheckpointVersionError extends Error {
  override readonly name: string = 'CheckpointVersionError'
  readonly _tag: string = 'CheckpointVersionError'
  /** The task whose record it is. */
  readonly taskId: string

  constructor(taskId: string, found: number, known: number) {
    super(
      `Checkpoint of task ${JSON.stringify(taskId)} has version ${found}, this code knows up to ${known}: update it`,
    )
    this.taskId = taskId
  }
}
