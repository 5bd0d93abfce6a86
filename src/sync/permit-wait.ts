/** One who waits for a permit of a semaphore, and the promise that reports how it went. */

import type { Undo } from '../base/undo.js'
import type { PermitWaiter } from './permit-queue.js'
import { Promised } from './waiter.js'

/** Stands in the queue of a semaphore. */
export class PermitWait extends Promised<PermitWaiter, void> implements PermitWaiter {
  level: PermitWaiter['level'] = undefined
  readonly weight: number
  /** Stops the timer of its timeout. */
  disarm: Undo | undefined = undefined
  readonly #over: () => void

  /** `over` is called when it no longer waits, whatever the outcome. */
  constructor(weight: number, over: () => void) {
    super()
    this.weight = weight
    this.#over = over
  }

  granted(): void {
    this.#end()
    this.resolve()
  }

  refused(error: Error): void {
    this.fail(error)
  }

  override fail(error: Error): void {
    this.#end()
    super.fail(error)
  }

  #end(): void {
    this.disarm?.()
    this.#over()
  }
}
