/** Lets a function run at most once in an interval. */

import { Alarm } from '../base/alarm.js'
import { duration, flag, object } from '../base/options.js'
import { failure, type Result } from '../base/result.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import { type CallControl, type CallOptions, Calls } from './calls.js'
import { ThrottledError } from './errors.js'
import type { RunContext } from './run.js'

/** Options of `throttle`. */
export interface ThrottleOptions extends CallOptions {
  /** Milliseconds from the start of one run to the earliest start of the next. Default: 300. */
  readonly interval?: number
  /** Runs a call at once when the last run is that long ago. Default: true. */
  readonly leading?: boolean
  /** Runs the last call of an interval at its end, for all calls that came too early. Default: false. */
  readonly trailing?: boolean
}

/** A throttled function: it never rejects, and answers with a Result. */
export interface Throttled<Args extends readonly unknown[], T> extends CallControl<T> {
  (...args: Args): Promise<Result<Error, T>>
}

/** The window lasts from a run, or with `leading: false` from the call that opened it, until a run may start. */
type State = { readonly at: 'quiet' } | { readonly at: 'window'; readonly until: number }

/**
 * Makes a function that runs at most once in `interval` milliseconds, from start to start.
 *
 * A call that will not run gets a `ThrottledError` at once, one for all calls of the same millisecond; with `trailing`, the calls of an interval share one run with
 * the last arguments at its end. When the owner is cancelled, calls that wait or run get its reason at once; its disposal
 * waits for bodies still running, at most 2 000 ms. An idle function leaves no timer and no entry in its owner.
 *
 * @throws TypeError, RangeError for options that make no sense; ScopeDisposedError when the owner is disposed of.
 * @example
 * ```ts
 * const save = throttle(s, (draft: string) => api.save(draft), { interval: 1_000, trailing: true })
 * const [err] = await save('draft 1')
 * ```
 */
export function throttle<Args extends readonly unknown[], T>(
  owner: Lifetime,
  fn: (...args: [...Args, RunContext]) => T | PromiseLike<T>,
  options: ThrottleOptions & { readonly latest: true },
): Throttled<Args, T>
export function throttle<Args extends readonly unknown[], T>(
  owner: Lifetime,
  fn: (...args: Args) => T | PromiseLike<T>,
  options?: ThrottleOptions,
): Throttled<Args, T>
export function throttle<Args extends readonly unknown[], T>(
  owner: Lifetime,
  fn: (...args: [...Args, RunContext]) => T | PromiseLike<T>,
  options: ThrottleOptions = {},
): Throttled<Args, T> {
  const timing = settings(object('create throttle', 'options', options))
  return new Throttle(owner, new Calls<Args, T>(owner, 'throttle', fn, options), timing).callable()
}

type Timing = Required<Omit<ThrottleOptions, keyof CallOptions>>

function settings({ interval = 300, leading = true, trailing }: ThrottleOptions): Timing {
  const action = 'create throttle'
  const edges = { leading: flag(action, 'leading', leading), trailing: flag(action, 'trailing', trailing) }
  if (!edges.leading && !edges.trailing) {
    throw new TypeError(`Cannot ${action}: leading or trailing must be true, got false for both`)
  }
  return { ...edges, interval: duration(action, 'interval', interval) }
}

class Throttle<Args extends readonly unknown[], T> {
  #state: State = { at: 'quiet' }
  #refusal: { readonly error: ThrottledError; readonly answer: Promise<Result<Error, T>> } | undefined
  readonly #owner: Lifetime
  readonly #calls: Calls<Args, T>
  readonly #timing: Timing
  /** Armed only while a call waits. */
  readonly #alarm: Alarm

  constructor(owner: Lifetime, calls: Calls<Args, T>, timing: Timing) {
    this.#owner = owner
    this.#calls = calls
    this.#timing = timing
    this.#alarm = new Alarm(owner.host, (now) => void this.#run(now))
    calls.onDropped(() => this.#alarm.clear())
  }

  callable(): Throttled<Args, T> {
    const calls = this.#calls
    return Object.defineProperties((...args: Args) => this.#call(args), {
      pending: { get: () => calls.waiting !== undefined },
      cancel: { value: (reason?: unknown) => this.#cancel(reason) },
      flush: { value: () => this.#flush() },
    }) as Throttled<Args, T> // the three properties that make it one were just defined
  }

  #call(args: Args): Promise<Result<Error, T>> {
    const { refusal, waiting } = this.#calls
    if (refusal !== undefined) return Promise.resolve(failure(refusal))
    if (waiting !== undefined) return this.#calls.join(args)
    const now = this.#owner.host.now()
    const { leading, trailing, interval } = this.#timing
    if (this.#state.at === 'window' && now < this.#state.until) {
      const { until } = this.#state
      return trailing ? this.#wait(until, args) : this.#refuse(Math.ceil(until - now))
    }
    const until = now + interval
    this.#refusal = undefined
    this.#state = { at: 'window', until }
    return leading ? this.#calls.run(args) : this.#wait(until, args)
  }

  /** Calls of the same millisecond share their error: the stack of each would cost more than all the rest. */
  #refuse(retryAfter: number): Promise<Result<Error, T>> {
    if (this.#refusal?.error.retryAfter !== retryAfter) {
      const error = new ThrottledError(retryAfter)
      this.#refusal = { error, answer: Promise.resolve(failure(error)) }
    }
    return this.#refusal.answer
  }

  #wait(until: number, args: Args): Promise<Result<Error, T>> {
    this.#alarm.set(until)
    return this.#calls.join(args)
  }

  #run(now: number): Promise<Result<Error, T>> | undefined {
    this.#alarm.clear()
    this.#state = { at: 'window', until: now + this.#timing.interval }
    return this.#calls.flush()
  }

  #cancel(reason?: unknown): void {
    this.#alarm.clear()
    this.#calls.cancel(reason)
  }

  async #flush(): Promise<Result<Error, T> | undefined> {
    return this.#calls.waiting && this.#run(this.#owner.host.now())
  }
}
