/** How many bodies of a scope run at once: a permit is held until the body has really ended. */

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
  #giving = false
  #owed = 0
  #warned = false

  constructor(queue: PermitQueue, warn: (message: string) => void) {
    this.#queue = queue
    this.#warn = warn
  }

  /** True when the call has its permit now. */
  take(): boolean {
    return this.#queue.take()
  }

  /** Waits for a permit, no longer than the call lives: calls one of the two. */
  wait(call: Call, priority: number, granted: () => void, aborted: (error: Error) => void): void {
    const calm = this.watch(call)
    const forget = call.onAbort((error) => {
      leave()
      calm()
      aborted(error)
    })
    const leave = this.#queue.wait(1, priority, () => {
      forget()
      calm()
      granted()
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

  /** Hands a permit on. Whoever gets it may be over at once and give it back: that must not pile up on the stack. */
  give(): void {
    this.#released++
    this.#owed++
    if (this.#giving) return
    this.#giving = true
    for (; this.#owed > 0; this.#owed--) this.#queue.give()
    this.#giving = false
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
    else permits.wait(call, priority, run, (error) => done(failure(error)))
  }
}
