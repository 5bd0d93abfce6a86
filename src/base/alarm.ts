/**
 * One timer for many deadlines: it is moved by assignment and armed again only when it rings too early.
 *
 * What is pushed back with every call (a debounce, the deadline at the head of a queue) would otherwise cost a timer
 * each time. A clock that stands still cannot make it ring for ever: it counts the time its own timer took.
 */

import type { Runtime } from '../runtime.js'
import { after, afterInBackground } from './clock.js'
import type { Undo } from './undo.js'

const never = Infinity

/** Rings once at a time that may still change. */
export class Alarm {
  readonly #host: Runtime
  readonly #ring: (now: number) => void
  readonly #background: boolean
  #due = never
  #armedFor = never
  #disarm: Undo | undefined

  /** `ring` gets the time, which is never before the one asked for. In the background it holds no process open. */
  constructor(host: Runtime, ring: (now: number) => void, background: boolean = false) {
    this.#host = host
    this.#ring = ring
    this.#background = background
  }

  /** Rings at `at` and at no other time; `Infinity` is never. */
  set(at: number): void {
    this.#due = at
    if (at === never) this.clear()
    else if (this.#armedFor > at) this.#arm(this.#host.now())
  }

  /** Rings at `at` unless it does so earlier. */
  sooner(at: number): void {
    if (at < this.#due) this.set(at)
  }

  /** Does not ring, and leaves no timer. */
  clear(): void {
    this.#due = this.#armedFor = never
    this.#disarm?.()
    this.#disarm = undefined
  }

  #arm(now: number): void {
    this.#disarm?.()
    this.#armedFor = this.#due
    const ms = Math.max(0, this.#due - now)
    const fire = (): void => this.#fire()
    this.#disarm = this.#background ? afterInBackground(this.#host, ms, fire) : after(ms, fire)
  }

  #fire(): void {
    // A host may fire a fraction early, and its clock may stand still: the timer itself says how late it is.
    const now = Math.max(this.#host.now(), this.#armedFor)
    this.#disarm = undefined
    this.#armedFor = never
    if (this.#due > now) return this.#arm(now)
    this.#due = never
    this.#ring(now)
  }
}
