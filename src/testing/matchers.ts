/** Matchers for Results and for what is left behind, as `expect.extend` of vitest and of jest takes them. */

import { isCancelled, isError } from '../base/errors.js'
import { assertNothingLeft, type Remains } from './leaks.js'

/** What a matcher finds. */
export interface Verdict {
  readonly pass: boolean
  readonly message: () => string
  readonly actual?: unknown
  readonly expected?: unknown
}

/** What a test runner lends its matchers. */
export interface MatcherContext {
  readonly isNot?: boolean
  equals(a: unknown, b: unknown): boolean
}

/** What a failure must be like: the error itself, its class, or a text or pattern for its message. */
export type Expected = Error | string | RegExp | (abstract new (...args: never) => Error)

type Pair = readonly [error: unknown, value: unknown]

/** Anything that is a Result, or undefined. */
function pairOf(received: unknown): Pair | undefined {
  if (!Array.isArray(received) || received.length !== 2) return undefined
  const [error] = received
  return error === undefined || isError(error) ? (received as unknown as Pair) : undefined // an array of two
}

function told(received: unknown): string {
  const pair = pairOf(received)
  if (pair === undefined) return 'what it got is no Result, [error, value]: await the task first'
  const [error, value] = pair
  if (error === undefined) return `the Result is a success with ${shown(value)}`
  return `the Result is a ${isCancelled(error) ? 'cancellation' : 'failure'} with ${shown(error)}`
}

function shown(value: unknown): string {
  if (isError(value)) return `${value.name}: ${value.message}`
  try {
    return typeof value === 'object' ? JSON.stringify(value) : String(value)
  } catch {
    return 'a value that cannot be shown'
  }
}

function verdict(context: MatcherContext, pass: boolean, what: string, received: unknown, expected?: Verdict): Verdict {
  const message = (): string => `Expected ${context.isNot ? 'no ' : 'a '}${what}, and ${told(received)}`
  return { ...expected, pass, message }
}

/** True if an error is what was expected; nothing expected is true of all. */
function isLike(error: unknown, expected: readonly unknown[]): boolean {
  const [wanted] = expected
  if (expected.length === 0) return true
  const { message } = error as Error // callers have seen that it is one
  if (typeof wanted === 'string') return message.includes(wanted)
  if (wanted instanceof RegExp) return wanted.test(message)
  return typeof wanted === 'function' ? error instanceof wanted : error === wanted
}

function toBeOk(this: MatcherContext, received: unknown, ...expected: [value?: unknown]): Verdict {
  const pair = pairOf(received)
  const ok = pair !== undefined && pair[0] === undefined
  const pass = ok && (expected.length === 0 || this.equals(pair[1], expected[0]))
  const what = expected.length === 0 ? 'success' : `success with ${shown(expected[0])}`
  return { ...verdict(this, pass, what, received), ...(ok && { actual: pair[1], expected: expected[0] }) }
}

function toBeFailed(this: MatcherContext, received: unknown, ...expected: [error?: Expected]): Verdict {
  const error = pairOf(received)?.[0]
  const pass = error !== undefined && !isCancelled(error) && isLike(error, expected)
  return verdict(this, pass, `failure${like(expected)}`, received)
}

function toBeCancelled(this: MatcherContext, received: unknown, ...expected: [reason?: Expected]): Verdict {
  const error = pairOf(received)?.[0]
  const pass = error !== undefined && isCancelled(error) && isLike(error, expected)
  return verdict(this, pass, `cancellation${like(expected)}`, received)
}

function like(expected: readonly unknown[]): string {
  const [wanted] = expected
  if (expected.length === 0) return ''
  return ` with ${typeof wanted === 'function' ? wanted.name : shown(wanted)}`
}

function toHaveNothingLeft(this: MatcherContext, received: unknown): Verdict {
  let left = ''
  try {
    assertNothingLeft(remainsOf(received))
  } catch (error) {
    left = (error as Error).message // assertNothingLeft throws no other
  }
  const message = (): string => (left === '' ? 'Expected something to be left behind, and there is nothing' : left)
  return { pass: left === '', message }
}

/** A scope, a clock or a tracked signal is looked at by itself. */
function remainsOf(received: unknown): Remains {
  const given = Object(received) as object
  if ('debugTree' in given) return { idle: [given as NonNullable<Remains['idle']>[number]] } // a scope, by its method
  if ('pendingTimers' in given) return { clock: given as NonNullable<Remains['clock']> } // a clock, by its getter
  if ('listenerCount' in given) return { signals: [given as NonNullable<Remains['signals']>[number]] }
  return given
}

/** The matchers of the package. */
export interface Matchers {
  toBeOk(this: MatcherContext, received: unknown, value?: unknown): Verdict
  toBeFailed(this: MatcherContext, received: unknown, error?: Expected): Verdict
  toBeCancelled(this: MatcherContext, received: unknown, reason?: Expected): Verdict
  toHaveNothingLeft(this: MatcherContext, received: unknown): Verdict
}

/**
 * What `go-go-scope/testing/vitest` adds to vitest; for jest, and others that have its `expect.extend`, to be added by hand.
 *
 * `toBeOk(value?)`, `toBeFailed(error?)` and `toBeCancelled(reason?)` look at a Result, `toHaveNothingLeft()` at a scope, which
 * may live on but has no task and no child, at a virtual clock, a tracked signal, or all that `assertNothingLeft` takes.
 *
 * @example
 * ```ts
 * expect.extend(matchers)
 * expect(await s.task(() => 1)).toBeOk(1)
 * ```
 */
export const matchers: Matchers = { toBeOk, toBeFailed, toBeCancelled, toHaveNothingLeft }
