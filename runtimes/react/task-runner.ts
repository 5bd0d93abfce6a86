/** Runs a component's task again and again, one run at a time: a new one cancels the one before. */

import { type Body, type Result, SupersededError, type Task, type TaskOptions } from 'go-go-scope'
import type { ScopeRef } from './component-scope.js'
import { Runner } from './runner.js'

/** What a run is made of. */
export interface TaskWork<T, E extends Error, S extends object> {
  readonly fn: Body<T, S>
  readonly owner: ScopeRef<S>
  readonly options: TaskOptions<E>
  readonly deps: readonly unknown[]
}

/** What can be done with a component's task. All three do nothing once the component is unmounted. */
export interface TaskControls {
  /** Starts a run; the one under way is cancelled, and its answer never shown. */
  readonly run: () => void
  /** Cancels the run under way, if there is one. */
  readonly cancel: () => void
  /** Starts a run if the last one has failed or was cancelled. */
  readonly retry: () => void
}

/** The runs of one component's task. */
export class TaskRunner<T, E extends Error, S extends object> extends Runner<T, E, TaskWork<T, E, S>> {
  #task: Task<Result<E, T>> | undefined

  readonly controls: TaskControls = {
    run: () => this.run(),
    cancel: () => this.cancel(),
    retry: () => {
      if (this.hasFailed) this.run()
    },
  }

  /** Starts a run, instead of the one under way. */
  run(): void {
    const { work } = this
    if (work === undefined) return
    this.#task?.cancel(new SupersededError())
    this.#task = work.owner.current.task(work.fn, work.options)
    this.outcome.follow(this.#task, work.deps)
  }

  protected override get running(): Task<Result<E, T>> | undefined {
    return this.#task
  }
}
