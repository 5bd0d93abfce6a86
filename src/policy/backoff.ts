/** How long to wait before the next attempt: the delays that `retry.delay` takes. */

import { duration, flag, number } from '../base/options.js'

/** Milliseconds before the attempt after the `attempt`th, which failed with `error`. */
export type Delay = (attempt: number, error: unknown) => number

/** Options of `exponentialBackoff`. */
export interface ExponentialBackoffOptions {
  /** First delay in milliseconds. Default: 100. */
  readonly initial?: number
  /** Longest delay in milliseconds. Default: 30 000. */
  readonly max?: number
  /** Factor from one delay to the next. Default: 2. */
  readonly multiplier?: number
  /** Spreads each delay by plus or minus this fraction of itself. Default: 0. */
  readonly jitter?: number
  /** Draws each delay evenly from 0 to its full length. Default: false. */
  readonly fullJitter?: boolean
}

/**
 * Delays that grow by a factor: 100, 200, 400, … up to 30 000 ms.
 *
 * @example
 * ```ts
 * await s.task(fetchUser, { retry: { max: 5, delay: exponentialBackoff({ initial: 50, fullJitter: true }) } })
 * ```
 */
export function exponentialBackoff(options: ExponentialBackoffOptions = {}): Delay {
  const action = 'create exponential backoff'
  const initial = duration(action, 'initial', options.initial ?? 100)
  const max = duration(action, 'max', options.max ?? 30_000)
  const multiplier = number(action, 'multiplier', options.multiplier ?? 2, 0, Infinity)
  const spread = number(action, 'jitter', options.jitter ?? 0, 0, 1)
  const full = flag(action, 'fullJitter', options.fullJitter)
  return (attempt) => {
    const delay = Math.min(max, initial * multiplier ** (attempt - 1))
    return full ? Math.random() * delay : Math.min(max, jitter(delay, spread))
  }
}

/** A delay spread by plus or minus `factor` of itself (default 0.1). */
export function jitter(base: number, factor: number = 0.1): number {
  return base + base * factor * (Math.random() * 2 - 1)
}

/** Delays that grow by a fixed step: `base`, `base + increment`, … */
export function linear(base: number, increment: number): Delay {
  const first = duration('create linear backoff', 'base', base)
  const step = duration('create linear backoff', 'increment', increment)
  return (attempt) => first + step * (attempt - 1)
}

/** Options of `decorrelatedJitter`. */
export interface DecorrelatedJitterOptions {
  /** Shortest delay in milliseconds. Default: 100. */
  readonly initial?: number
  /** Longest delay in milliseconds. Default: 30 000. */
  readonly max?: number
}

/** Delays drawn evenly from `initial` to three times the one before; a first attempt starts the series anew. */
export function decorrelatedJitter(options: DecorrelatedJitterOptions = {}): Delay {
  const initial = duration('create decorrelated jitter', 'initial', options.initial ?? 100)
  const max = duration('create decorrelated jitter', 'max', options.max ?? 30_000)
  let last = initial
  return (attempt) => {
    if (attempt === 1) last = initial
    last = Math.min(max, initial + Math.random() * (last * 3 - initial))
    return last
  }
}
