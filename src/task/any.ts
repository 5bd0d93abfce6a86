/** Runs factories as tasks of one scope: the first success wins. */

import type { Result } from '../base/result.js'
import type { Factory } from './parallel.js'
import { type RaceOptions, race } from './race.js'
import type { Spawner } from './spawner.js'

/** Options of `any`: those of a race. */
export type AnyOptions = Omit<RaceOptions, 'requireSuccess'>

/**
 * A race that only a success wins: when all have failed, the Result is an `AggregateError` of their errors.
 *
 * @throws TypeError, RangeError for arguments that make no sense; ScopeDisposedError when the owner is disposed of.
 * @example
 * ```ts
 * const [err, page] = await any(s, [() => fetchFrom(mirror1), () => fetchFrom(mirror2)], { staggerDelay: 200 })
 * ```
 */
export function any<T>(
  owner: Spawner,
  factories: readonly Factory<T>[],
  options: AnyOptions = {},
): Promise<Result<Error, T>> {
  return race(owner, factories, { ...options, requireSuccess: true })
}
