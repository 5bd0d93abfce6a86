/**
 * Runs a component's debounced task.
 *
 * The debounced function is made at the first call, in the scope of that moment; with another scope it is made anew.
 */

import { type Debounced, type DebounceOptions, debounce, type Lifetime, type RunContext } from 'go-go-scope'
import type { OwnerRef } from './component-scope.js'
import { Runner } from './runner.js'

/** The function of a debounced task. */
export type DebouncedFn<Args extends readonly unknown[], T> = (...args: [...Args, RunContext]) => T | PromiseLike<T>

/** What a run is made of. */
export interface DebouncedWork<Args extends readonly unknown[], T> {
  readonly fn: DebouncedFn<Args, T>
  readonly owner: OwnerRef<Lifetime>
  readonly timing: DebounceOptions
}

/** What can be done with a component's debounced task. All three do nothing once the component is unmounted. */
export interface DebouncedControls<Args extends readonly unknown[]> {
  /** Asks for a run, once nobody has asked for `wait` milliseconds; only what was asked last is ever answered. */
  readonly run: (...args: Args) => void
  /** Cancels what waits and what is under way. */
  readonly cancel: () => void
  /** Asks again for what has failed or was cancelled, without waiting. */
  readonly retry: () => void
}

interface Made<Args extends readonly unknown[], T> {
  readonly owner: Lifetime
  readonly call: Debounced<Args, T>
}

/** All answers are to the same question: what was asked last. */
export const always: readonly unknown[] = []

/** The runs of one component's debounced task. */
export class DebouncedRunner<Args extends readonly unknown[], T> extends Runner<T, Error, DebouncedWork<Args, T>> {
  #made: Made<Args, T> | undefined
  #asked: Args | undefined

  readonly controls: DebouncedControls<Args> = {
    run: (...args) => this.#run(args),
    cancel: () => this.cancel(),
    retry: () => this.#retry(),
  }

  /** Cancels it all, and begins afresh with the next call. */
  override stop(): void {
    super.stop()
    this.#made = undefined
  }

  protected override abort(reason: Error): void {
    this.#made?.call.cancel(reason)
  }

  #run(args: Args): void {
    const { work } = this
    if (work === undefined) return
    this.#asked = args
    this.outcome.follow(this.#debounced(work)(...args), always)
  }

  #retry(): void {
    if (!this.hasFailed || this.#asked === undefined) return
    this.#run(this.#asked)
    void this.#made?.call.flush()
  }

  #debounced(work: DebouncedWork<Args, T>): Debounced<Args, T> {
    const owner = work.owner.current
    if (this.#made?.owner === owner) return this.#made.call
    const latest: DebouncedFn<Args, T> = (...args) => (this.work ?? work).fn(...args)
    const call = debounce<Args, T>(owner, latest, { ...work.timing, latest: true })
    this.#made = { owner, call }
    return call
  }
}
