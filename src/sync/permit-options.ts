/** How to wait for a permit, as it is said and as it is meant. */

import { duration, integer, number, object, outOfRange } from '../base/options.js'
import { signalOf, type WaitOptions } from './waiter.js'

/** Options of `acquire`. A signal ends the wait; a permit already handed over stays the caller's. */
export interface PermitOptions extends WaitOptions {
  /** How many permits to take, all or none; 1 by default. While a heavy one is first in the queue, the others wait. */
  readonly weight?: number
  /** Higher goes first; 0 by default. Equals go in the order they came. */
  readonly priority?: number
  /** Milliseconds to wait at most, then a `TimeoutError`; never by default. With 0 it is now or not at all. */
  readonly timeout?: number
}

/** Checked options. */
export interface PermitRequest {
  readonly weight: number
  readonly priority: number
  readonly signal: AbortSignal | undefined
  readonly timeout: number
}

const never = Infinity
const plain: PermitRequest = { weight: 1, priority: 0, signal: undefined, timeout: never }

/** What the options ask of a semaphore with so many permits; a number is a priority. */
export function permitRequest(options: number | PermitOptions | undefined, total: number): PermitRequest {
  if (options === undefined) return plain
  const action = 'acquire permit'
  const given = typeof options === 'number' ? { priority: options } : object(action, 'options', options)
  const { weight = 1, priority = 0, timeout = never }: PermitOptions = given
  if (integer(action, 'weight', weight, 1) > total) {
    throw outOfRange(action, 'weight', `at most the number of permits, which is ${total}`, weight)
  }
  number(action, 'priority', priority, -never, never)
  duration(action, 'timeout', timeout)
  return { weight, priority, signal: signalOf(action, given), timeout }
}
