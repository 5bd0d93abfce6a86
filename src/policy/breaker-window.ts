/** Counts failures among recent calls: the last so many, or those of the last so many milliseconds. */

import { duration, integer, number, object, outOfRange } from '../base/options.js'

/** Opens a breaker by the share of failures among recent calls, instead of by failures in a row. */
export interface BreakerWindow {
  /** How many of the last calls count. Give this or `ms`. */
  readonly size?: number
  /** Over how many milliseconds calls count. Give this or `size`. */
  readonly ms?: number
  /** Share of failures that opens the breaker, above 0 up to 1. Default: 0.5. */
  readonly failureRate?: number
  /** Calls needed before the share says anything. Default: 10, or `size` where that is less. */
  readonly minimum?: number
}

const slots = 10

interface Slot {
  at: number
  calls: number
  failures: number
}

/** Recent outcomes in bounded memory: one slot a call, or ten slots over the time. */
export class OutcomeWindow {
  readonly #size: number | undefined
  readonly #span: number
  readonly #rate: number
  readonly #minimum: number
  #recent: Slot[] = []

  constructor(options: BreakerWindow) {
    const action = 'create circuit breaker'
    const { size, ms, failureRate = 0.5 } = object(action, 'window', options)
    if ((size === undefined) === (ms === undefined)) {
      throw outOfRange(action, 'window', 'given either a size or ms', size === undefined ? 'neither' : 'both')
    }
    this.#size = size === undefined ? undefined : integer(action, 'window.size', size, 1)
    this.#span = ms === undefined ? Infinity : duration(action, 'window.ms', ms)
    this.#rate = number(action, 'window.failureRate', failureRate, Number.MIN_VALUE, 1)
    this.#minimum = integer(action, 'window.minimum', options.minimum ?? Math.min(10, size ?? 10), 1)
  }

  /** Notes an outcome; true when failures have become too many. */
  add(failed: boolean, now: number): boolean {
    const last = this.#recent.at(-1)
    const shared = this.#size === undefined && last !== undefined && now - last.at < this.#span / slots
    const slot = shared ? last : { at: now, calls: 0, failures: 0 }
    if (!shared) this.#recent.push(slot)
    slot.calls++
    if (failed) slot.failures++
    this.#recent = this.#recent.filter((each) => now - each.at < this.#span).slice(-(this.#size ?? slots + 1))
    const calls = this.#recent.reduce((sum, each) => sum + each.calls, 0)
    const failures = this.#recent.reduce((sum, each) => sum + each.failures, 0)
    return calls >= this.#minimum && failures / calls >= this.#rate
  }

  /** Forgets everything. */
  clear(): void {
    this.#recent = []
  }
}
