/** What the runs of a component's tasks have in common: when they may start, and that nothing of them is shown in the end. */

import { AbortError } from 'go-go-scope'
import { Outcome } from './outcome.js'

/** Runs work of a component; `W` is what the next run is made of, as last rendered. */
export abstract class Runner<T, E extends Error, W> {
  readonly outcome: Outcome<T, E>
  #state: { readonly at: 'rendered' } | { readonly at: 'mounted'; readonly work: W } | { readonly at: 'unmounted' } = {
    at: 'rendered',
  }

  constructor(unanswered: 'idle' | 'pending') {
    this.outcome = new Outcome(unanswered)
  }

  /** The component was rendered, and React keeps what it has rendered. */
  configure(work: W): void {
    this.#state = { at: 'mounted', work }
  }

  /** The component is removed: nothing can start any more, and nothing is shown. */
  leave(): void {
    this.#state = { at: 'unmounted' }
    this.outcome.forget()
    const { running } = this
    queueMicrotask(() => running?.cancel(unneeded())) // React forbids listeners to the abort to set states at this point
  }

  /** Cancels the run under way, and shows nothing of it: another one is to follow. */
  drop(): void {
    this.outcome.forget()
    this.stop()
  }

  /** Cancels the run under way, since the effects of the component are cleaned up. */
  stop(): void {
    this.running?.cancel(unneeded())
  }

  /** Cancels the run under way, and shows that. */
  cancel(): void {
    this.running?.cancel(new AbortError('Task cancelled'))
  }

  /** The last run. */
  protected abstract get running(): { cancel(reason: Error): void } | undefined

  /** What the next run is made of; nothing once the component is removed. */
  protected get work(): W | undefined {
    const state = this.#state
    if (state.at === 'rendered')
      throw new Error('Cannot run task of a component before it is mounted: use run in effects and event handlers')
    return state.at === 'mounted' ? state.work : undefined
  }

  /** True when there is something to try again. */
  protected get hasFailed(): boolean {
    const { status } = this.outcome.get().state
    return status === 'failed' || status === 'cancelled'
  }
}

function unneeded(): AbortError {
  return new AbortError('Its component does not need it any more')
}
