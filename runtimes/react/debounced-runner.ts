/**
 * Runs a component's debounced task.
 *
 * The debounced function is made at the first call, in the scope of that moment; with another scope it is made anew.
 */

import { type Debounced, type DebounceOptions, debounce, type Lifetime, type RunContext } from 'go-go-scope'
import type { OwnerRef } from './component-scope.js'
import { Runner } from './runner.js'

/** The function of a debounced task: it gets what was asked, and the `signal` of its run. */
export type DebouncedFn<A, T> = (input: A, context: RunContext) => T | PromiseLike<T>

/** What a run is made of. */
export interface DebouncedWork<A, T> {
  readonly fn: DebouncedFn<A, T>
  readonly owner: OwnerRef<Lifetime>
  readonly timing: DebounceOptions
}

/** What can be done with a component's debounced task. All three do nothing once the component is unmounted. */
export interface DebouncedControls<A> {
  /** Asks for a run, once nobody has asked for `wait` milliseconds; only what was asked last is ever answered. */
  readonly run: (...input: undefined extends A ? [input?: A] : [input: A]) => void
  /** Cancels what waits and what is under way. */
  readonly cancel: () => void
  /** Asks again for what has failed or was cancelled, without waiting. */
  readonly retry: () => void
}

interface Made<A, T> {
  readonly owner: Lifetime
  readonly call: Debounced<[input: A], T>
}

/** All answers are to the same question: what was asked last. */
export const always: readonly unknown[] = []

/** The runs of one component's debounced task. */
export class DebouncedRunner<A, T> extends Runner<T, Error, DebouncedWork<A, T>> {
  #made: Made<A, T> | undefined
  #asked: { readonly input: A } | undefined

  readonly controls: DebouncedControls<A> = {
    run: (...[input]) => this.#run(input as A), // left out, it is the undefined that its type allows
    cancel: () => this.cancel(),
    retry: () => this.#retry(),
  }

  /** Cancels it all, and begins afresh with the next call. */
  override stop(): void {
    super.stop()
    this.#made = undefined
  }

  protected override get running(): Debounced<[input: A], T> | undefined {
    return this.#made?.call
  }

  #run(input: A): void {
    const { work } = this
    if (work === undefined) return
    this.#asked = { input }
    this.outcome.follow(this.#debounced(work)(input), always)
  }

  #retry(): void {
    if (!this.hasFailed || this.#asked === undefined) return
    this.#run(this.#asked.input)
    void this.#made?.call.flush()
  }

  #debounced(work: DebouncedWork<A, T>): Debounced<[input: A], T> {
    const owner = work.owner.current
    if (this.#made?.owner === owner) return this.#made.call
    const latest: DebouncedFn<A, T> = (input, context) => (this.work ?? work).fn(input, context)
    const call = debounce<[input: A], T>(owner, latest, { ...work.timing, latest: true })
    this.#made = { owner, call }
    return call
  }
}
