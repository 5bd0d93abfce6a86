/** The combinators with or without an owner: called with a list or a function first, they bring a scope of their own. */
import { Owner } from '../../src/lifetime/owner.js'
import { type PollController, poll as pollOf } from '../../src/rate/poll.js'
import type { PollOptions } from '../../src/rate/poll-options.js'
import type { Result } from '../../src/base/result.js'
import type { Lifetime } from '../../src/lifetime/lifetime.js'
import { type AnyOptions, any as anyOf } from '../../src/task/any.js'
import { InnerScope, type InnerScopeOptions } from '../../src/task/inner-scope.js'
import {
  type Factory,
  type ParallelOptions,
  type ParallelResults,
  parallel as parallelOf,
} from '../../src/task/parallel.js'
import { type RaceOptions, race as raceOf } from '../../src/task/race.js'
import type { Spawner } from '../../src/task/spawner.js'
import { host } from './runtime.js'

/**
 * Resolves to one Result for each factory, in order, as soon as every entry has its own.
 *
 * Without `continueOnError` the first failure cancels the other entries, which then carry an `AbortError` whose `cause`
 * is that failure. With an owner, its end waits for bodies that ignore the abort. Without one, the promise does, for at most
 * `gracePeriod`, and `signal` cancels everything.
 *
 * @throws TypeError, RangeError for arguments that make no sense; ScopeDisposedError when the owner is disposed of.
 * @example
 * ```ts
 * const [[userError, user], [postsError, posts]] = await parallel([() => fetchUser(1), () => fetchPosts(1)])
 * ```
 */
export function parallel<const F extends readonly Factory<unknown>[]>(
  owner: Spawner,
  factories: F,
  options?: ParallelOptions,
): Promise<ParallelResults<F>>
export function parallel<const F extends readonly Factory<unknown>[]>(
  factories: F,
  options?: ParallelOptions & InnerScopeOptions,
): Promise<ParallelResults<F>>
export function parallel(
  first: Spawner | readonly Factory<unknown>[],
  second?: readonly Factory<unknown>[] | (ParallelOptions & InnerScopeOptions),
  third?: ParallelOptions,
): Promise<unknown> {
  return combine(parallelOf, 'parallel', first, second, third)
}

/**
 * Resolves to the Result of the first factory that settles, or succeeds; the losers are cancelled.
 *
 * With an owner it resolves at once, and the owner's end waits for the losers' bodies. Without one, the promise waits for them,
 * for at most `gracePeriod`, and `signal` cancels everything. `staggerDelay` makes hedged requests.
 *
 * @throws TypeError, RangeError for arguments that make no sense; ScopeDisposedError when the owner is disposed of.
 * @example
 * ```ts
 * const [err, page] = await race([() => fetchFrom(mirror1), () => fetchFrom(mirror2)], { staggerDelay: 100 })
 * ```
 */
export function race<T>(
  owner: Spawner,
  factories: readonly Factory<T>[],
  options?: RaceOptions,
): Promise<Result<Error, T>>
export function race<T>(
  factories: readonly Factory<T>[],
  options?: RaceOptions & InnerScopeOptions,
): Promise<Result<Error, T>>
export function race<T>(
  first: Spawner | readonly Factory<T>[],
  second?: readonly Factory<T>[] | (RaceOptions & InnerScopeOptions),
  third?: RaceOptions,
): Promise<Result<Error, T>> {
  return combine(raceOf<T>, 'race', first, second, third)
}

/**
 * A race that only a success wins: when all have failed, the Result is an `AggregateError` of their errors.
 *
 * @throws TypeError, RangeError for arguments that make no sense; ScopeDisposedError when the owner is disposed of.
 * @example
 * ```ts
 * const [err, page] = await any([() => fetchFrom(mirror1), () => fetchFrom(mirror2)], { timeout: 5_000 })
 * ```
 */
export function any<T>(
  owner: Spawner,
  factories: readonly Factory<T>[],
  options?: AnyOptions,
): Promise<Result<Error, T>>
export function any<T>(
  factories: readonly Factory<T>[],
  options?: AnyOptions & InnerScopeOptions,
): Promise<Result<Error, T>>
export function any<T>(
  first: Spawner | readonly Factory<T>[],
  second?: readonly Factory<T>[] | (AnyOptions & InnerScopeOptions),
  third?: AnyOptions,
): Promise<Result<Error, T>> {
  return combine(anyOf<T>, 'any', first, second, third)
}

/**
 * Calls `fn` at once, then each time `interval` milliseconds after it and its `onValue` have ended. Calls never overlap.
 *
 * A failure is told to `onError`, by default to the logger, and does not end the polling. With an owner, its end stops the polling
 * and waits for the running call. Without one, it goes on until `stop()`, `until` or `signal`.
 *
 * @throws TypeError, RangeError for arguments that make no sense; ScopeDisposedError when the owner is disposed of.
 * @example
 * ```ts
 * using controller = poll((signal) => fetchStatus(signal), show, { interval: 1_000 })
 * ```
 */
export function poll<T>(
  owner: Lifetime,
  fn: (signal: AbortSignal) => T | PromiseLike<T>,
  onValue: (value: T) => void | PromiseLike<void>,
  options?: PollOptions<T>,
): PollController
export function poll<T>(
  fn: (signal: AbortSignal) => T | PromiseLike<T>,
  onValue: (value: T) => void | PromiseLike<void>,
  options?: PollOptions<T>,
): PollController
export function poll(first: unknown, ...rest: unknown[]): PollController {
  // One of the overloads; what stands where is checked by poll itself.
  const args = (
    typeof first === 'function' ? [new Owner(host, { name: 'poll' }), first, ...rest] : [first, ...rest]
  ) as Parameters<typeof pollOf>
  return pollOf(...args)
}

/** Calls a combinator with the owner it was given, or with a scope that ends with the call. */
function combine<F, O extends object, R>(
  run: (owner: Spawner, factories: F, options?: O) => Promise<R>,
  name: string,
  first: Spawner | F,
  second: F | (O & InnerScopeOptions) | undefined,
  third: O | undefined,
): Promise<R> {
  // The overloads say what stands where.
  if (!Array.isArray(first)) return run(first as Spawner, second as F, third)
  const options = (second ?? {}) as O & InnerScopeOptions
  const inner = new InnerScope(host, name, options)
  return inner.during(() => run(inner, first as F, options))
}
