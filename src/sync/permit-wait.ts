/** One who waits for a permit of a semaphore, and the promise that reports how it went. */

import type { Undo } from '../base/undo.js'
import type { PermitWaiter } from './permit-queue.js'
import { Promised } from './waiter.js'

/** Stands in the queue of a semaphore. */
export class PermitWait<R> extends Promised<PermitWaiter, R> implements PermitWaiter {
  readonly weight: number
  /** Stops the timer of its timeout. */
  disarm: Undo | undefined = undefined
  readonly #hand: (weight: number) => R
  readonly #over: () => void

  /** `hand` makes what it gets of the permits; `over` is called when it no longer waits, whatever the outcome. */
  constructor(weight: number, hand: (weight: number) => R, over: () => void) {
    super()
    this.weight = weight
    this.#hand = hand
    this.#over = over
  }

  granted(): void {
    this.#end()
    this.resolve(this.#hand(this.weight))
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
