/**
 * The records that wait for the end of a body, kept for reuse with `taskPooling`.
 *
 * A record is only ever reachable from the promise of its body, which calls it once: a user cannot hold one, so that a
 * reused record never speaks for the wrong task.
 */

import { toError } from '../base/errors.js'
import { failure, type Result, success } from '../base/result.js'
import type { Task } from './task.js'

/** Waits for the end of one body at a time. */
class Watch {
  #task: Task<unknown> | undefined
  readonly #home: Records
  readonly #succeed = (value: unknown): void => this.#end(success(value))
  readonly #fail = (error: unknown): void => this.#end(failure(toError(error)))

  constructor(home: Records) {
    this.#home = home
  }

  start(task: Task<unknown>, body: PromiseLike<unknown>): void {
    this.#task = task
    Promise.resolve(body).then(this.#succeed, this.#fail)
  }

  #end(outcome: Result<Error, unknown>): void {
    const task = this.#task
    this.#task = undefined
    this.#home.put(this)
    task?.conclude(outcome)
  }
}

/** The idle records of one scope. */
export class Records {
  readonly #idle: Watch[] = []
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  /** Has a record, a used one if there is one, conclude the task when its body ends. */
  watch(task: Task<unknown>, body: PromiseLike<unknown>): void {
    const watch = this.#idle.pop() ?? new Watch(this)
    watch.start(task, body)
  }

  /** Takes a record back. */
  put(watch: Watch): void {
    if (this.#idle.length < this.#most) this.#idle.push(watch)
  }
}
