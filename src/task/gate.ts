/**
 * How a task of a limited scope starts when its permit is all that it waits for: at once, or from a place in the queue.
 *
 * 1. It leaves the queue in the turn it is cancelled, and has cost no permit.
 * 2. The permit is its own from the turn it is handed over, and goes on when it is over.
 * 3. It starts by a promise, for the reasons that `Limit` has.
 */

import { nothing, type Undo } from '../base/undo.js'
import type { Limit } from '../policy/limit.js'
import type { PermitWaiter } from '../sync/permit-queue.js'
import { WaitNode } from '../sync/wait-queue.js'
import { runPlain } from './body.js'
import type { Start, Task } from './task.js'

/** Runs the body as soon as there is a permit: now, if there is one. */
export function withPermit(limit: Limit, priority: number): Start {
  return (task) => {
    if (limit.take()) {
      task.permits = limit
      runPlain(task)
    } else new Place(task, limit).join(priority)
  }
}

/** The place of one task in the queue. */
class Place extends WaitNode<PermitWaiter> implements PermitWaiter {
  readonly weight = 1
  readonly #task: Task<unknown>
  readonly #limit: Limit
  #calm: Undo = nothing
  #go: () => void = nothing

  constructor(task: Task<unknown>, limit: Limit) {
    super()
    this.#task = task
    this.#limit = limit
  }

  join(priority: number): void {
    this.#task.place = this
    this.#calm = this.#limit.watch(this.#task)
    new Promise<void>((resolve) => (this.#go = resolve)).then(() => this.#run())
    this.#limit.join(this, priority)
  }

  leave(): void {
    this.#calm()
    this.#limit.leave(this)
  }

  granted(): void {
    this.#calm()
    this.#task.place = undefined
    this.#task.permits = this.#limit
    this.#go()
  }

  /** The scope that the queue is for tells its tasks itself. */
  refused(): void {}

  #run(): void {
    if (this.#task.aborted) this.#task.close()
    else runPlain(this.#task)
  }
}
