/**
 * One run of `select`.
 *
 * 1. It waits at all channels at once. The first one to commit takes it out of all others, in the same turn: nothing
 *    is consumed from the losers, on timeout, or on abort.
 * 2. Its handler runs after that, in a microtask when another operation made it happen: nobody's `send` runs our
 *    user's code.
 * 3. What a look at a channel calls back (`onDrop`, a `map` function) may change any other channel: a chosen case is asked
 *    again when it is to happen.
 */

import { after } from '../base/clock.js'
import { brokenOff, TimeoutError, toError } from '../base/errors.js'
import { listen } from '../base/signal.js'
import { failure, type Result, success } from '../base/result.js'
import type { Undo } from '../base/undo.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import { refusalOf } from '../lifetime/open.js'
import { type Commons, commonsOf, type Seat } from './commons.js'
import { ChannelClosedError } from './errors.js'
import type { Answer, ChannelCase } from './select-case.js'
import { Promised } from './waiter.js'

/** A `select`, checked. */
export interface SelectPlan<R> {
  readonly cases: readonly ChannelCase<R>[]
  readonly otherwise: (() => Answer<R>) | undefined
  readonly timeout: number
  /** What to do when the time is up; without it that is a failure. */
  readonly late: (() => Answer<R>) | undefined
  readonly signal: AbortSignal | undefined
}

/** Runs once. */
export class Selection<R> extends Promised<Seat, Result<Error, R>> implements Seat {
  readonly #owner: Lifetime
  readonly #plan: SelectPlan<R>
  readonly #commons: Commons
  readonly #undos: Undo[] = []
  #live = 0
  #over = false

  constructor(owner: Lifetime, plan: SelectPlan<R>) {
    super()
    this.#owner = owner
    this.#plan = plan
    this.#commons = commonsOf(owner)
  }

  run(): Promise<Result<Error, R>> {
    const { otherwise, signal, timeout, late } = this.#plan
    const refused = this.#owner.abortError ?? this.#refusal() ?? refusalOf(this.#owner, signal)
    if (refused !== undefined) return this.#now(failure(refused))
    if (timeout === 0) return late === undefined ? this.#now(failure(this.#tooLate())) : this.#call(late)
    for (let chosen = this.#choose(); chosen !== undefined; chosen = this.#choose()) {
      const handler = chosen.commit()
      if (handler !== undefined) return this.#call(handler)
    }
    if (otherwise !== undefined) return this.#call(otherwise)
    const failed = this.#refusal() // a channel may have ended while it was asked
    if (failed === undefined) this.#wait()
    else this.fail(failed)
    return this.promise
  }

  /** A case happened. */
  commit(handler: () => Answer<R>): void {
    if (!this.#end()) return
    queueMicrotask(() => void answer(handler).then((result) => this.resolve(result)))
  }

  /** A case can never happen again. */
  caseOver(): void {
    if (--this.#live === 0) this.fail(closed())
  }

  /** The owner was cancelled. */
  abort(error: Error): void {
    this.fail(error)
  }

  /** Nothing can happen any more. */
  override fail(error: Error): void {
    if (this.#end()) this.resolve(failure(error))
  }

  /** One of the cases that are ready, each as likely as the others. */
  #choose(): ChannelCase<R> | undefined {
    let ready = 0
    let chosen: ChannelCase<R> | undefined
    for (const candidate of this.#plan.cases) {
      if (candidate.isReady && (++ready === 1 || this.#commons.below(ready) === 0)) chosen = candidate
    }
    return chosen
  }

  /** Why one of the cases cannot happen any more. */
  #refusal(): Error | undefined {
    for (const { refusal } of this.#plan.cases) if (refusal !== undefined) return refusal
    return undefined
  }

  #wait(): void {
    const { cases, timeout, late, signal } = this.#plan
    const live = cases.filter((candidate) => !candidate.isOver)
    this.#live = live.length
    if (live.length === 0 && cases.length > 0) return this.fail(closed())
    this.#commons.sit(this)
    if (signal !== undefined) this.#undos.push(listen(signal, (reason) => this.fail(brokenOff(reason))))
    if (timeout < Infinity) {
      this.#undos.push(after(timeout, () => (late === undefined ? this.fail(this.#tooLate()) : this.commit(late))))
    }
    for (const candidate of live) {
      if (this.#over) return
      this.#undos.push(candidate.wait(this))
    }
    if (this.#over) this.#leave()
  }

  /** True the first time. */
  #end(): boolean {
    if (this.#over) return false
    this.#over = true
    this.#leave()
    return true
  }

  #leave(): void {
    this.#commons.leave(this)
    for (const undo of this.#undos) undo()
  }

  #call(handler: () => Answer<R>): Promise<Result<Error, R>> {
    const pause = this.#commons.pause()
    const answered = answer(handler)
    return pause === undefined ? answered : pause.then(() => answered)
  }

  #now(result: Result<Error, R>): Promise<Result<Error, R>> {
    return this.#commons.report(result)
  }

  #tooLate(): TimeoutError {
    return new TimeoutError('Select', this.#plan.timeout)
  }
}

/** Calls a handler and makes a Result of what it returns or throws. */
async function answer<R>(handler: () => Answer<R>): Promise<Result<Error, R>> {
  try {
    return success(await handler())
  } catch (error) {
    return failure(toError(error))
  }
}

function closed(): ChannelClosedError {
  return new ChannelClosedError('All channels are closed')
}
