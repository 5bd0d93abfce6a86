/**
 * What debounce and throttle do alike with the calls of a function; when, they decide themselves.
 *
 * 1. At most one run waits; calls join it, and the last arguments count.
 * 2. Every caller is answered: by its run, by a newer call, by `cancel`, or by the owner's end, whichever is first.
 * 3. The owner knows of us only while something waits or runs. Its end waits, for a while, for bodies that still run.
 */

import { AbortError, markCancelled, ScopeDisposedError } from '../base/errors.js'
import { callback, flag, oneOf } from '../base/options.js'
import type { Result } from '../base/result.js'
import { nothing, type Undo } from '../base/undo.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import { requireOpen } from '../lifetime/open.js'
import { SupersededError } from './errors.js'
import { bodiesEnd, Run, type RunContext } from './run.js'

/** Options that debounce and throttle have in common. */
export interface CallOptions {
  /**
   * Only the newest run counts: the function gets `{ signal }`, a `RunContext`, as its last argument, and a new run aborts
   * the one in flight, whose callers get `SupersededError`. Default: false.
   */
  readonly latest?: boolean
  /** `'flush'` runs what waits when the page becomes hidden, after which it might never run. Default: it waits on. */
  readonly whenHidden?: 'flush'
}

/** What the returned function can do besides being called. */
export interface CallControl<T> {
  /** True while a call waits for its run to begin. */
  readonly pending: boolean
  /** Drops the calls that wait, with `latest` also the run in flight: they get an `AbortError`, or the reason given. */
  cancel(reason?: unknown): void
  /** Runs what waits now; resolves to its Result, or to `undefined` when nothing waits. */
  flush(): Promise<Result<Error, T> | undefined>
}

type Fn<Args extends readonly unknown[], T> = (...args: [...Args, RunContext]) => T | PromiseLike<T>

/** The calls of one rate-limited function. */
export class Calls<Args extends readonly unknown[], T> {
  #waiting: Run<Args, T> | undefined
  readonly #inFlight: Set<Run<Args, T>> = new Set()
  #leave: Undo | undefined
  #dropped: () => void = nothing
  readonly #owner: Lifetime
  readonly #fn: Fn<Args, T>
  readonly #latest: boolean
  readonly #whenHidden: 'flush' | undefined
  readonly #what: string

  /** `what` names the primitive, as in `debounce`. */
  constructor(owner: Lifetime, what: string, fn: Fn<Args, T>, options: CallOptions) {
    const action = `create ${what}`
    this.#fn = callback(action, 'fn', fn)
    this.#latest = flag(action, 'latest', options.latest)
    this.#whenHidden = options.whenHidden && oneOf<'flush'>(action, 'whenHidden', options.whenHidden, ['flush'])
    requireOpen(owner, action)
    this.#owner = owner
    this.#what = what
  }

  /** Why no call can run any more, if so. */
  get refusal(): Error | undefined {
    const { abortError, isDisposed } = this.#owner
    if (abortError !== undefined || !isDisposed) return abortError
    return new ScopeDisposedError(`call ${this.#what}d function`, this.#owner.scopeName)
  }

  /** The Result of the run that waits, if there is one. */
  get waiting(): Promise<Result<Error, T>> | undefined {
    return this.#waiting?.result
  }

  /** Joins the run that waits, or makes one wait. */
  join(args: Args): Promise<Result<Error, T>> {
    let run = this.#waiting
    if (run === undefined) {
      run = this.#waiting = new Run(args)
      this.#enter()
    } else run.args = args
    return run.result
  }

  /** Answers those that wait with `SupersededError`; the next to join begins a new wait. */
  supersede(): void {
    this.#waiting?.cancel(undefined, superseded())
    this.#waiting = undefined
  }

  /** Begins the run that waits, if there is one. */
  flush(): Promise<Result<Error, T>> | undefined {
    const run = this.#waiting
    this.#waiting = undefined
    return run && this.#begin(run)
  }

  /** Begins a run at once, beside the one that waits. */
  run(args: Args): Promise<Result<Error, T>> {
    return this.#begin(new Run(args))
  }

  /** Runs nothing of what waits. */
  cancel(reason: unknown = new AbortError(`${this.#what} cancelled`)): void {
    this.#waiting?.cancel(reason)
    this.#waiting = undefined
    if (this.#latest) for (const run of [...this.#inFlight]) run.cancel(reason)
    this.#exit()
  }

  /** Calls `dropped` when the owner's end, or a page becoming hidden, has taken away what waits. */
  onDropped(dropped: () => void): void {
    this.#dropped = dropped
  }

  #begin(run: Run<Args, T>): Promise<Result<Error, T>> {
    if (this.#latest) this.#abort(superseded())
    this.#enter()
    this.#inFlight.add(run) // before it begins: the function may call us, or end its owner
    run.begin(
      (args) => this.#call(run, args),
      () => {
        this.#inFlight.delete(run)
        this.#exit()
      },
    )
    return run.result
  }

  #call(run: Run<Args, T>, args: Args): T | PromiseLike<T> {
    if (this.#latest) return this.#fn(...args, run.context())
    const fn = this.#fn as unknown as (...args: Args) => T | PromiseLike<T> // without `latest` it takes no context
    return fn(...args)
  }

  #abort(error: Error): void {
    for (const run of [...this.#inFlight]) run.cancel(error, error)
  }

  #enter(): void {
    if (this.#leave !== undefined) return
    const owner = this.#owner
    const leaveAbort = owner.onAbort((error) => this.#end(owner.reason, error))
    const leaveDisposal = owner.onDispose(() => bodiesEnd(owner, this.#inFlight, `function of a ${this.#what}`))
    const leavePage = this.#whenHidden && owner.host.events?.onHidden?.(() => this.#hidden())
    this.#leave = () => {
      leaveAbort()
      leaveDisposal()
      leavePage?.()
    }
  }

  #exit(): void {
    if (this.#waiting !== undefined || this.#inFlight.size > 0) return
    this.#leave?.()
    this.#leave = undefined
  }

  #hidden(): void {
    if (this.#waiting === undefined) return
    this.#dropped()
    void this.flush()
  }

  #end(reason: unknown, error: Error): void {
    this.#dropped()
    this.#waiting?.cancel(reason, error)
    this.#waiting = undefined
    for (const run of [...this.#inFlight]) run.cancel(reason, error)
    this.#exit()
  }
}

function superseded(): SupersededError {
  return markCancelled(new SupersededError())
}
