/** One who waits for tokens, and the promise that reports how it went. */

import type { Undo } from '../base/undo.js'
import { Promised } from '../sync/waiter.js'

/** Stands in the queue of a token bucket. */
export class TokenWait extends Promised<TokenWait, void> {
  /** How many tokens it waits for. */
  readonly weight: number
  /** Stops the timer of its timeout. */
  disarm: Undo | undefined = undefined

  constructor(weight: number) {
    super()
    this.weight = weight
  }

  /** The tokens are taken. */
  granted(): void {
    this.disarm?.()
    this.resolve()
  }

  override fail(error: Error): void {
    this.disarm?.()
    super.fail(error)
  }
}
