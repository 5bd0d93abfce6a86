/**
 * Runs an attempt again when it failed.
 *
 * 1. Attempts never overlap: the next one waits for the old body, at most the grace period.
 * 2. Cancellation, the task's own timeout and an open circuit end it at once, in backoff too.
 * 3. What the user decides is asked in a turn of its own: not before the call that starts the task has returned it, nor in the
 *    middle of an abort.
 * 4. A delay of 0 costs no timer, but for every so many attempts: without end they must not starve those of others.
 */

import { after } from '../base/clock.js'
import { CircuitOpenError } from '../base/errors.js'
import { firstOf } from '../base/first.js'
import { attempt as ask, guard } from '../base/guard.js'
import { duration, integer, number, object, oneOf, optionalCallback, wrongType } from '../base/options.js'
import { failure } from '../base/result.js'
import { type Delay, exponentialBackoff, linear } from './backoff.js'
import type { Call, ForkedCall, Layer } from './layer.js'
import { retryAfterOf } from './retry-after.js'

/** How and when to retry. */
export interface RetryConfig {
  /** Attempts after the first one. Default: 3. */
  readonly max?: number
  /** Milliseconds before the next attempt, fixed or computed. Default: exponential from 100 with full jitter. */
  readonly delay?: number | Delay
  /** Whether this error is worth another attempt. Default: every one is. */
  readonly if?: (error: Error) => boolean
  /** Called before each wait, with the attempt that failed, from 1. */
  readonly onRetry?: (error: Error, attempt: number) => void
  /** Milliseconds from the first attempt after which no other one starts. Default: none. */
  readonly maxElapsed?: number
  /** Milliseconds each attempt may take; its expiry is a failure like any other. Default: none. */
  readonly attemptTimeout?: number
  /** Spreads the delay: `true` draws it from 0 to its length, a number from 0 to 1 by that fraction. Default: none. */
  readonly jitter?: boolean | number
  /** Reads from an error how many milliseconds to wait; `false` reads nothing. Default: `Retry-After` and the like. */
  readonly retryAfter?: false | ((error: Error) => number | undefined)
}

/** The ready-made plans, with 3 retries each. */
export type RetryPreset = 'exponential' | 'linear' | 'fixed'

/** A preset, or a plan of one's own. */
export type RetryOption = RetryPreset | RetryConfig

/** A plan with everything decided. */
export interface RetryPlan extends Omit<Required<RetryConfig>, 'delay' | 'jitter' | 'if' | 'onRetry' | 'retryAfter'> {
  readonly delay: Delay
  readonly if: ((error: Error) => boolean) | undefined
  readonly onRetry: ((error: Error, attempt: number) => void) | undefined
  readonly retryAfter: (error: Error) => number | undefined
}

const action = 'start task'
/** How many attempts without a delay go by before timers get their turn. */
const stride = 16
const presets: readonly RetryPreset[] = ['exponential', 'linear', 'fixed']

/** Validates the option. */
export function retryPlan(option: RetryOption): RetryPlan {
  const config = typeof option === 'object' ? object(action, 'retry', option) : preset(option)
  const { max = 3, maxElapsed = Infinity, attemptTimeout = Infinity, jitter = false, retryAfter } = config
  return {
    max: integer(action, 'retry.max', max, 0, true),
    delay: spread(config.delay, jitter),
    if: optionalCallback(action, 'retry.if', config.if),
    onRetry: optionalCallback(action, 'retry.onRetry', config.onRetry),
    maxElapsed: duration(action, 'retry.maxElapsed', maxElapsed),
    attemptTimeout: duration(action, 'retry.attemptTimeout', attemptTimeout),
    retryAfter:
      retryAfter === false
        ? () => undefined
        : (optionalCallback(action, 'retry.retryAfter', retryAfter) ?? retryAfterOf),
  }
}

function preset(name: RetryPreset): RetryConfig {
  switch (oneOf(action, 'retry', name, presets)) {
    case 'exponential':
      return {}
    case 'linear':
      return { delay: linear(1_000, 1_000) }
    case 'fixed':
      return { delay: 1_000 }
  }
}

function spread(delay: number | Delay | undefined, jitter: boolean | number): Delay {
  const base = delay === undefined ? exponentialBackoff({ fullJitter: true }) : delayOf(delay)
  const fraction = typeof jitter === 'boolean' ? 0 : number(action, 'retry.jitter', jitter, 0, 1)
  if (jitter === true) return (attempt, error) => base(attempt, error) * Math.random()
  if (fraction === 0) return base
  return (attempt, error) => base(attempt, error) * (1 + fraction * (Math.random() * 2 - 1))
}

function delayOf(delay: number | Delay): Delay {
  if (typeof delay === 'function') return delay
  if (typeof delay !== 'number') throw wrongType(action, 'retry.delay', 'a number of milliseconds or a function', delay)
  const ms = duration(action, 'retry.delay', delay)
  return () => ms
}

/** Retries by a plan; `grace` is how long the next attempt waits for a body that ignores its timeout. */
export function retry(plan: RetryPlan, grace: number): Layer {
  return (next) => (call, done) => {
    const started = call.host.now()
    const run = (attempt: number): void => {
      const fork = call.fork(attempt)
      const end: typeof done = (outcome) => {
        fork.close()
        done(outcome)
      }
      next(fork, (outcome) => {
        const [error] = outcome
        if (error === undefined) return end(outcome)
        const goOn = (ready: boolean): void => {
          if (call.abortError !== undefined) return end(failure(call.abortError))
          if (!ready) return end(outcome)
          fork.close()
          run(attempt + 1)
        }
        Promise.resolve().then(() => {
          const delay = call.aborted ? undefined : pause(plan, call, attempt, error, started)
          if (delay === undefined) return goOn(false)
          call.probe?.('retrying', call, { attempt, delay, error })
          const sleeps = delay > 0 || attempt % stride === 0
          if (!sleeps && !fork.busy) return goOn(true)
          between(fork, call, grace, sleeps ? delay : undefined).then(goOn, () => goOn(false)) // rejects when it is aborted
        })
      })
    }
    run(1)
  }
}

/** Waits for the body of the last attempt, then for the delay if there is one; false when that body outlives its grace. */
async function between(fork: ForkedCall, call: Call, grace: number, delay: number | undefined): Promise<boolean> {
  if (fork.busy && !(await ended(fork, call, grace))) {
    fork.abandon()
    return false
  }
  if (delay !== undefined) await sleep(call, delay)
  return true
}

/** Milliseconds before the next attempt, or `undefined` when there is none. */
function pause(plan: RetryPlan, call: Call, attempt: number, error: Error, started: number): number | undefined {
  if (attempt > plan.max || error instanceof CircuitOpenError) return undefined
  if (ask(call, 'retry.if', () => plan.if?.(error) ?? true, false) !== true) return undefined
  const asked = ask(call, 'retry.retryAfter', () => plan.retryAfter(error), undefined)
  const now = call.host.now()
  if (asked !== undefined && (asked === Infinity || now + asked > call.deadline)) return undefined
  const delay =
    asked ?? ask(call, 'retry.delay', () => duration('retry', 'delay', plan.delay(attempt, error)), undefined)
  if (delay === undefined || now - started + delay > plan.maxElapsed) return undefined
  guard(
    () => plan.onRetry?.(error, attempt),
    (thrown) => call.report(thrown, 'retry.onRetry'),
  )
  return call.aborted ? undefined : delay
}

/** True once the body of a busy fork has ended, false when the grace is over first. */
function ended(fork: ForkedCall, call: Call, grace: number): Promise<boolean> {
  return firstOf((resolve, reject) => {
    fork.whenIdle(() => resolve(true))
    return [after(grace, () => resolve(false)), call.onAbort(reject)]
  })
}

/** Waits, no longer than the call lives. */
function sleep(call: Call, ms: number): Promise<void> {
  return firstOf((resolve, reject) => [after(ms, resolve), call.onAbort(reject)])
}
