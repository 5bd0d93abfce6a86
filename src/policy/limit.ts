/**
 * How many bodies of a scope run at once: a permit is held until the body has really ended.
 *
 * Who has waited starts by a promise: in the async context of whoever started it, not of the task whose permit it gets, and
 * never in the middle of that one's end or of an abort.
 */

import { afterInBackground } from '../base/clock.js'
import { failure } from '../base/result.js'
import { nothing, type Undo } from '../base/undo.js'
import type { PermitQueue, PermitWaiter } from '../sync/permit-queue.js'
import type { Call, Layer } from './layer.js'

const stalledAfter = 1_000

/** The permits of one scope. */
export class Limit {
  readonly #queue: PermitQueue
  readonly #warn: (message: string) => void
  #released = 0
  #warned = false

  constructor(queue: PermitQueue, warn: (message: string) => void) {
    this.#queue = queue
    this.#warn = warn
  }

  /** True when the call has its permit now. */
  take(): boolean {
    return this.#queue.take()
  }

  /** Waits for a permit, no longer than the call lives. */
  wait(call: Call, priority: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const calm = this.watch(call)
      const forget = call.onAbort((error) => {
        leave()
        calm()
        reject(error)
      })
      const leave = this.#queue.wait(1, priority, () => {
        forget()
        calm()
        resolve()
      })
    })
  }

  /** Lets one wait who does without a promise. */
  join(waiter: PermitWaiter, priority: number): void {
    this.#queue.join(waiter, priority)
  }

  /** Lets one go without a permit. */
  leave(waiter: PermitWaiter): void {
    this.#queue.leave(waiter)
  }

  /** Hands a permit on. */
  give(): void {
    this.#released++
    this.#queue.give()
  }

  /** Warns once when a task waits for the permit that the body that spawned it may be holding. */
  watch(call: Pick<Call, 'name' | 'spawnedBy' | 'host'>): Undo {
    if (call.spawnedBy === undefined || this.#warned) return nothing
    let seen = this.#released
    let undo: Undo = nothing
    const look = (): void => {
      if (seen === this.#released && !this.#warned) {
        this.#warned = true
        this.#warn(
          `Task ${call.name} waits for a permit and was started by task ${call.spawnedBy}, which may hold the one it needs: ` +
            `no permit was released for ${stalledAfter}ms. Start it with ctx.task to run it on its caller's permit`,
        )
        return
      }
      seen = this.#released
      undo = afterInBackground(call.host, stalledAfter, look)
    }
    undo = afterInBackground(call.host, stalledAfter, look)
    return () => undo()
  }
}

/** Waits for a permit before, hands it on when the body has ended. */
export function limit(permits: Limit, priority: number): Layer {
  return (next) => (call, done) => {
    if (call.abortError !== undefined) return done(failure(call.abortError))
    const run = (): void =>
      next(call, (outcome) => {
        done(outcome)
        call.whenIdle(() => permits.give())
      })
    if (permits.take()) run()
    else permits.wait(call, priority).then(run, (error: Error) => done(failure(error)))
  }
}
