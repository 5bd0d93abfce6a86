/** Waits for the first of several channel operations, and for that one only. */

import { duration, object, wrongType } from '../base/options.js'
import { failure, type Result } from '../base/result.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import type { Channel } from './channel.js'
import { type Answer, ChannelCase, DefaultCase, on, type SelectCase, TimeoutCase } from './select-case.js'
import { Selection, type SelectPlan } from './selection.js'
import { signalOf, type WaitOptions } from './waiter.js'

/** Options of `select`. */
export interface SelectOptions extends WaitOptions {
  /** Milliseconds until the Result is a `TimeoutError`; 0 has expired, `Infinity` is never. Default: none. */
  readonly timeout?: number
}

/** What the handlers of these cases return. */
export type SelectValue<C extends readonly SelectCase<unknown>[]> = C[number] extends infer K
  ? K extends SelectCase<infer R>
    ? R
    : never
  : never

/**
 * Makes the first of its cases happen that can, and resolves to what its handler returns; the others have no effect.
 *
 * Among several that are ready, each is as likely. A closed channel is passed over while another one is live; when all are,
 * the Result is a `ChannelClosedError`. A cancelled owner, `signal` or `timeout` give a failure, and have taken nothing.
 * Takes a Map of channels of one type and their handlers, or a list of cases.
 *
 * @throws TypeError, RangeError on cases and options that make no sense.
 * @example
 * ```ts
 * const [err, text] = await s.select([
 *   on(words, (word) => `got ${word}`),
 *   onSend(numbers, 42, () => 'sent'),
 *   onTimeout(1_000, () => 'nothing'),
 * ])
 * ```
 */
export function select<T, R>(
  owner: Lifetime,
  cases: ReadonlyMap<Channel<T>, (value: T) => Answer<R>>,
  options?: SelectOptions,
): Promise<Result<Error, R>>
export function select<const C extends readonly SelectCase<unknown>[]>(
  owner: Lifetime,
  cases: C,
  options?: SelectOptions,
): Promise<Result<Error, SelectValue<C>>>
export function select<T, R>(
  owner: Lifetime,
  cases: ReadonlyMap<Channel<T>, (value: T) => Answer<R>> | readonly SelectCase<R>[],
  options?: SelectOptions,
): Promise<Result<Error, R>> {
  const list = listOf(cases)
  const plan = planOf(list, options)
  if (list.length === 0) return Promise.resolve(failure(new Error('select called with no cases')))
  return new Selection(owner, plan).run()
}

function listOf<T, R>(
  cases: ReadonlyMap<Channel<T>, (value: T) => Answer<R>> | readonly SelectCase<R>[],
): readonly SelectCase<R>[] {
  if (Array.isArray(cases)) return cases
  if (cases instanceof Map) return Array.from(cases, ([channel, handler]) => on(channel, handler))
  throw wrongType('select', 'cases', 'a Map or an array', cases)
}

function planOf<R>(list: readonly SelectCase<R>[], options: SelectOptions | undefined): SelectPlan<R> {
  const { timeout: limit = Infinity } = options === undefined ? {} : object('select', 'options', options)
  const cases: ChannelCase<R>[] = []
  let otherwise: (() => Answer<R>) | undefined
  let late: (() => Answer<R>) | undefined
  let timeout = duration('select', 'timeout', limit)
  for (const it of list) {
    if (it instanceof ChannelCase) cases.push(it)
    else if (it instanceof DefaultCase) {
      if (otherwise !== undefined) throw new TypeError('Cannot select: cases must have one default case at most')
      otherwise = it.handler
    } else if (it instanceof TimeoutCase) {
      if (it.ms > timeout || (it.ms === timeout && late !== undefined)) continue
      timeout = it.ms
      late = it.handler
    } else throw wrongType('select', 'case', 'made by on, onSend, otherwise or onTimeout', it)
  }
  return { cases, otherwise, timeout, late, signal: signalOf('select', options) }
}
