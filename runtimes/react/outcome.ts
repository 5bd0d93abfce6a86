/**
 * Shows the outcome of the newest of several runs, to `useSyncExternalStore`.
 *
 * 1. An answer is one object that never changes: all parts of a screen see the same one.
 * 2. Only the run that is followed last is ever shown. One that was superseded, or whose component is gone, changes nothing.
 * 3. An answer belongs to the dependencies of its run. Rendered with others it is no answer, before any effect can say so.
 */

import type { Result } from 'go-go-scope'
import { settled, type TaskState, waiting } from './task-state.js'

/** A state, and the dependencies of the run that it tells about. */
export interface Answer<T, E extends Error> {
  readonly deps: readonly unknown[] | undefined
  readonly state: TaskState<T, E>
}

/** The newest run, and what is known of it. */
export class Outcome<T, E extends Error> {
  #answer: Answer<T, E>
  #newest: PromiseLike<Result<E, T>> | undefined
  readonly #unanswered: 'idle' | 'pending'
  readonly #listeners: Set<() => void> = new Set()

  /** `unanswered` is what is shown before a run: one that starts by itself is pending from the first render on. */
  constructor(unanswered: 'idle' | 'pending') {
    this.#unanswered = unanswered
    this.#answer = { deps: undefined, state: waiting<T>(unanswered, undefined) }
  }

  /** Calls `fn` when there is another answer; returns its undo. */
  readonly subscribe: (fn: () => void) => () => void = (fn) => {
    this.#listeners.add(fn)
    return () => this.#listeners.delete(fn)
  }

  /** The answer so far. */
  readonly get: () => Answer<T, E> = () => this.#answer

  /** What an answer says to those who have asked with these dependencies. */
  view({ deps, state }: Answer<T, E>, asked: readonly unknown[]): TaskState<T, E> {
    return same(deps, asked) ? state : waiting(this.#unanswered, state.previous)
  }

  /** Follows a run instead of the one before. */
  follow(run: PromiseLike<Result<E, T>>, deps: readonly unknown[]): void {
    this.#newest = run
    const { status, previous } = this.view(this.#answer, deps)
    if (status !== 'pending') this.#show(deps, waiting('pending', previous))
    void run.then((result) => {
      if (this.#newest !== run) return
      this.#newest = undefined
      this.#show(deps, settled(result, this.#answer.state.previous))
    })
  }

  /** Shows nothing of the run that is under way. */
  forget(): void {
    this.#newest = undefined
  }

  #show(deps: readonly unknown[], state: TaskState<T, E>): void {
    this.#answer = { deps, state }
    for (const listener of [...this.#listeners]) listener()
  }
}

/** True for dependencies that React takes for unchanged. */
export function same(a: readonly unknown[] | undefined, b: readonly unknown[]): boolean {
  return a?.length === b.length && b.every((each, at) => Object.is(each, a[at]))
}
