/** Lets a burst of calls run once: at its end, at its beginning, or both. */

import { Alarm } from '../base/alarm.js'
import { markCancelled } from '../base/errors.js'
import { duration, flag, object, oneOf } from '../base/options.js'
import { failure, type Result } from '../base/result.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import { type CallControl, type CallOptions, Calls } from './calls.js'
import { SupersededError } from './errors.js'
import type { RunContext } from './run.js'

/** Options of `debounce`. Durations are in milliseconds. */
export interface DebounceOptions extends CallOptions {
  /** How long nobody must have called for a burst to be over. Default: 300. */
  readonly wait?: number
  /** Runs the first call of a burst at once. Default: false. */
  readonly leading?: boolean
  /** Runs the last call of a burst at its end. Default: true. */
  readonly trailing?: boolean
  /** How long a call waits at most, however long the burst goes on. Default: `Infinity`. */
  readonly maxWait?: number
  /**
   * What the calls of a burst get that do not run themselves: `'share'` the Result of the run, `'error'` a
   * `SupersededError` at once. Default: `'share'`.
   */
  readonly superseded?: 'share' | 'error'
}

/** A debounced function: it never rejects, and answers with a Result. */
export interface Debounced<Args extends readonly unknown[], T> extends CallControl<T> {
  (...args: Args): Promise<Result<Error, T>>
}

/** `since` bounds the wait: when the first of the calls that wait came, `Infinity` while none does. */
type State =
  | { readonly at: 'quiet' }
  | { readonly at: 'burst'; lastCall: number; since: number; readonly led: Promise<Result<Error, unknown>> | undefined }

const never = Infinity

/**
 * Makes a function that runs once for a burst of calls, `wait` milliseconds after the last of them.
 *
 * All calls of a burst get the Result of its run. When the owner is cancelled, calls that wait or run get its reason at once
 * and a run's `signal` (with `latest`) aborts; its disposal waits for bodies still running, at most 2 000 ms. An idle
 * function leaves no timer and no entry in its owner.
 *
 * @throws TypeError, RangeError for options that make no sense; ScopeDisposedError when the owner is disposed of.
 * @example
 * ```ts
 * const ask = (text: string, { signal }: RunContext) => api.search(text, signal)
 * const search = debounce(s, ask, { wait: 200, latest: true })
 * const [err, hits] = await search('abc')
 * if (isCancelled(err)) console.debug('a newer search is under way')
 * ```
 */
export function debounce<Args extends readonly unknown[], T>(
  owner: Lifetime,
  fn: (...args: [...Args, RunContext]) => T | PromiseLike<T>,
  options: DebounceOptions & { readonly latest: true },
): Debounced<Args, T>
export function debounce<Args extends readonly unknown[], T>(
  owner: Lifetime,
  fn: (...args: Args) => T | PromiseLike<T>,
  options?: DebounceOptions,
): Debounced<Args, T>
export function debounce<Args extends readonly unknown[], T>(
  owner: Lifetime,
  fn: (...args: [...Args, RunContext]) => T | PromiseLike<T>,
  options: DebounceOptions = {},
): Debounced<Args, T> {
  const timing = settings(object('create debounce', 'options', options))
  return new Debounce(owner, new Calls<Args, T>(owner, 'debounce', fn, options), timing).callable()
}

type Timing = Required<Omit<DebounceOptions, keyof CallOptions>>

function settings(options: DebounceOptions): Timing {
  const action = 'create debounce'
  const { wait = 300, leading, trailing = true, maxWait = never, superseded = 'share' } = options
  const edges = { leading: flag(action, 'leading', leading), trailing: flag(action, 'trailing', trailing) }
  if (!edges.leading && !edges.trailing) {
    throw new TypeError(`Cannot ${action}: leading or trailing must be true, got false for both`)
  }
  return {
    ...edges,
    wait: duration(action, 'wait', wait),
    maxWait: duration(action, 'maxWait', maxWait),
    superseded: oneOf(action, 'superseded', superseded, ['share', 'error']),
  }
}

class Debounce<Args extends readonly unknown[], T> {
  #state: State = { at: 'quiet' }
  readonly #owner: Lifetime
  readonly #calls: Calls<Args, T>
  readonly #timing: Timing
  /** Armed only while a call waits: the end of a burst without one is told by the clock at the next call. */
  readonly #alarm: Alarm

  constructor(owner: Lifetime, calls: Calls<Args, T>, timing: Timing) {
    this.#owner = owner
    this.#calls = calls
    this.#timing = timing
    this.#alarm = new Alarm(owner.host, (now) => this.#ring(now))
    calls.onDropped(() => this.#reset())
  }

  callable(): Debounced<Args, T> {
    const calls = this.#calls
    return Object.defineProperties((...args: Args) => this.#call(args), {
      pending: { get: () => calls.waiting !== undefined },
      cancel: { value: (reason?: unknown) => this.#cancel(reason) },
      flush: { value: () => this.#flush() },
    }) as Debounced<Args, T> // the three properties that make it one were just defined
  }

  #call(args: Args): Promise<Result<Error, T>> {
    const now = this.#owner.host.now()
    const state = this.#state
    if (state.at === 'burst' && this.#calls.waiting !== undefined) return this.#again(state, args, now)
    const { refusal } = this.#calls // nothing waits once the owner has ended
    if (refusal !== undefined) return Promise.resolve(failure(refusal))
    if (state.at === 'quiet' || this.#due(state) <= now) return this.#first(args, now)
    return this.#further(state, args, now)
  }

  #again(state: State & { at: 'burst' }, args: Args, now: number): Promise<Result<Error, T>> {
    if (this.#timing.superseded === 'error') this.#calls.supersede()
    state.lastCall = now // and the alarm, when it rings, sees how much longer to wait
    return this.#calls.join(args)
  }

  #first(args: Args, now: number): Promise<Result<Error, T>> {
    const { leading, trailing } = this.#timing
    const since = leading && trailing ? never : now
    const state = { at: 'burst' as const, lastCall: now, since, led: undefined }
    this.#state = state // before the run, which may call us again
    if (!leading) return this.#wait(state, args)
    const led = this.#calls.run(args)
    if (this.#state === state) this.#state = { ...state, led }
    return led
  }

  #further(state: State & { at: 'burst' }, args: Args, now: number): Promise<Result<Error, T>> {
    const { trailing, superseded } = this.#timing
    state.lastCall = now
    if (!trailing && superseded === 'share' && state.led !== undefined) {
      return state.led as Promise<Result<Error, T>> // the burst's own run
    }
    if (!trailing) return Promise.resolve(failure(markCancelled(new SupersededError())))
    if (state.since === never) state.since = now
    return this.#wait(state, args)
  }

  #wait(state: State & { at: 'burst' }, args: Args): Promise<Result<Error, T>> {
    this.#alarm.set(this.#due(state))
    return this.#calls.join(args)
  }

  #due({ lastCall, since }: State & { at: 'burst' }): number {
    return Math.min(lastCall + this.#timing.wait, since + this.#timing.maxWait)
  }

  #ring(now: number): void {
    const state = this.#state
    if (state.at === 'burst' && this.#due(state) > now) return this.#alarm.set(this.#due(state))
    // Cut short by maxWait, the burst goes on: its next call is no leading edge.
    const goesOn = this.#timing.leading && state.at === 'burst' && state.lastCall + this.#timing.wait > now
    this.#state = goesOn ? { at: 'burst', lastCall: state.lastCall, since: never, led: undefined } : { at: 'quiet' }
    void this.#calls.flush()
  }

  #reset(): void {
    this.#state = { at: 'quiet' }
    this.#alarm.clear()
  }

  #cancel(reason?: unknown): void {
    this.#reset()
    this.#calls.cancel(reason)
  }

  #flush(): Promise<Result<Error, T> | undefined> {
    if (this.#calls.waiting === undefined) return Promise.resolve(undefined)
    this.#reset()
    return this.#calls.flush() ?? Promise.resolve(undefined)
  }
}
