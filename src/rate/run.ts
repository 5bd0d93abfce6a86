/**
 * One run of a rate-limited function, and the Result that its callers share.
 *
 * The Result and the body are two things: callers are answered when the run is cancelled, the body has ended when it has.
 */

import { brokenOff, toError } from '../base/errors.js'
import { failure, type Result, success } from '../base/result.js'
import { nothing } from '../base/undo.js'
import { Cancellation } from '../lifetime/cancellation.js'
import { endsWithin } from '../lifetime/grace.js'
import type { Lifetime } from '../lifetime/lifetime.js'

/** What the function gets as its last argument with `latest: true`. */
export interface RunContext {
  /** Aborts when a newer run begins, on `cancel()`, and when the owner is cancelled. */
  readonly signal: AbortSignal
}

/** A run that has begun, or waits to. */
export class Run<Args extends readonly unknown[], T> {
  /** What it is called with: those that join later replace it. */
  args: Args
  readonly result: Promise<Result<Error, T>>
  /** Fulfilled when the body has ended. */
  ended: Promise<void> | undefined
  #answer: (result: Result<Error, T>) => void = nothing
  #cancellation: Cancellation | undefined

  constructor(args: Args) {
    this.args = args
    this.result = new Promise((resolve) => (this.#answer = resolve))
  }

  /** The context for the function; its signal is made when it is first read. */
  context(): RunContext {
    const cancellation = (this.#cancellation ??= new Cancellation())
    return {
      get signal(): AbortSignal {
        return cancellation.signal
      },
    }
  }

  /** Answers its callers and aborts its signal. */
  cancel(reason: unknown, error: Error = brokenOff(reason)): void {
    this.#answer(failure(error))
    this.#cancellation?.abort(reason, error)
  }

  /** Calls the function now, and `ended` when its body has ended. */
  begin(fn: (args: Args) => T | PromiseLike<T>, ended: () => void): void {
    this.ended = new Promise<T>((resolve) => resolve(fn(this.args)))
      .then(
        (value) => this.#answer(success(value)),
        (thrown: unknown) => this.#answer(failure(toError(thrown))),
      )
      .then(ended)
  }
}

/** Waits for the bodies of runs that were cancelled, at most the owner's grace period; reports those that go on. */
export async function bodiesEnd(
  owner: Lifetime,
  runs: ReadonlySet<{ readonly ended: Promise<void> | undefined }>,
  where: string,
): Promise<void> {
  const { gracePeriod } = owner
  const ended = Array.from(runs, (run) => run.ended)
  if (await endsWithin(gracePeriod, Promise.all(ended))) return
  owner.report(new Error(`${runs.size} of its runs had not ended ${gracePeriod}ms after they were told to`), where)
}
