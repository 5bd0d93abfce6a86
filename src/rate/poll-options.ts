/** What a poll can be told, checked at the door. */

import { duration, flag, object, oneOf, optionalCallback } from '../base/options.js'
import { optionalSignal } from '../base/signal.js'

/** Options of `poll`. */
export interface PollOptions<T = unknown> {
  /** Milliseconds from the end of one turn to the next call. Default: 5 000. */
  readonly interval?: number
  /** Calls at once on start; false waits one interval first. Default: true. */
  readonly immediate?: boolean
  /** Stops the polling for good when it aborts. */
  readonly signal?: AbortSignal
  /** Stops the polling after a value for which it returns true; `onValue` still gets that value. */
  readonly until?: (value: T) => boolean
  /** Milliseconds to wait instead of `interval` after so many failures in a row, for example `exponentialBackoff()`. */
  readonly backoff?: (failures: number, error: Error) => number
  /** Is told each failure of the function. Default: the owner's logger is. */
  readonly onError?: (error: Error, failures: number) => void
  /** `'pause'` does not poll while the page is hidden; what was due meanwhile is called when it shows. Default: polls on. */
  readonly whenHidden?: 'pause'
}

/** The options with their defaults. */
export type PollSettings<T> = PollOptions<T> & Required<Pick<PollOptions<T>, 'interval' | 'immediate'>>

const action = 'create poll'

/** Checks the options and fills in the defaults. */
export function pollSettings<T>(options: PollOptions<T>): PollSettings<T> {
  const {
    interval = 5_000,
    immediate = true,
    signal,
    until,
    backoff,
    onError,
    whenHidden,
  } = object(action, 'options', options)
  duration(action, 'interval', interval)
  flag(action, 'immediate', immediate)
  optionalSignal(action, signal)
  optionalCallback(action, 'until', until)
  optionalCallback(action, 'backoff', backoff)
  optionalCallback(action, 'onError', onError)
  if (whenHidden !== undefined) oneOf(action, 'whenHidden', whenHidden, ['pause'])
  return { ...options, interval, immediate }
}
