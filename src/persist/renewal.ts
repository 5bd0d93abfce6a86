/**
 * Keeps something alive that ends by itself: extends it every third of its time, until it is told to stop.
 *
 * 1. It counts from the moment an extension was asked for, not from its answer: it never believes to have longer than
 *    the other side.
 * 2. One extension at a time. One that fails is reported and tried again; one that hangs is ended by the time itself.
 * 3. Its timers hold no process open.
 */

import { Alarm } from '../base/alarm.js'
import { afterInBackground } from '../base/clock.js'
import { nothing, type Undo } from '../base/undo.js'
import type { Runtime } from '../runtime.js'

/** What is kept alive. */
export interface Renewable {
  readonly host: Runtime
  /** How long it lives from each extension on, in milliseconds. */
  readonly ttl: number
  /** Asks for more time; false when it is lost. May throw. */
  extend(): PromiseLike<boolean>
  /** It is no longer ours: it was taken away, or its time is over. Called once, in the turn that tells. */
  lost(how: 'taken' | 'expired'): void
  /** An extension failed. */
  report(error: unknown): void
}

/** The renewals of one thing. */
export class Renewal {
  readonly #thing: Renewable
  readonly #expiry: Alarm
  #next: Undo = nothing
  #over = false

  /** It lives since `since`, in the host's milliseconds. */
  constructor(thing: Renewable, since: number) {
    this.#thing = thing
    this.#expiry = new Alarm(thing.host, () => this.#end('expired'), true)
    this.#expiry.set(since + thing.ttl)
    this.#schedule()
  }

  /** No more of it, and no timer left. */
  stop(): void {
    this.#over = true
    this.#next()
    this.#expiry.clear()
  }

  #schedule(): void {
    const { host, ttl } = this.#thing
    if (!this.#over) this.#next = afterInBackground(host, ttl / 3, () => void this.#renew())
  }

  async #renew(): Promise<void> {
    const { host, ttl } = this.#thing
    const asked = host.now()
    try {
      const kept = await this.#thing.extend()
      if (this.#over) return
      if (!kept) return this.#end('taken')
      this.#expiry.set(asked + ttl)
    } catch (error) {
      this.#thing.report(error)
    }
    this.#schedule()
  }

  #end(how: 'taken' | 'expired'): void {
    this.stop()
    this.#thing.lost(how)
  }
}
