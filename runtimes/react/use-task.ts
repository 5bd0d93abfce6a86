/** A task that runs while its component is there, and what has come of it. */

import type { Body, Scope, TaskOptions } from 'go-go-scope'
import { type DependencyList, useEffect, useInsertionEffect, useState } from 'react'
import type { ScopeRef } from './component-scope.js'
import { type TaskControls, TaskRunner } from './task-runner.js'
import type { TaskState } from './task-state.js'
import { useOwner } from './use-scope.js'
import { useTaskState } from './use-task-state.js'

/** Options of `useTask`: those of a task, and these. */
export interface UseTaskOptions<E extends Error = Error, S extends object = {}> extends TaskOptions<E> {
  /** Starts nothing by itself: the task is `idle` until `run()`. Read when the component is mounted. Default: false. */
  readonly manual?: boolean
  /** Whose task it is. Default: the scope of the `ScopeProvider` above, else one of the component's own. */
  readonly scope?: Scope<S> | ScopeRef<S>
}

/** A component's task: its state, and what can be done with it. */
export type ComponentTask<T, E extends Error = Error> = TaskState<T, E> & TaskControls

/**
 * Runs a task when the component is mounted and whenever `deps` or the provided scope change, and gives its state.
 *
 * A run whose dependencies are outdated is cancelled, and its answer is never shown: from the very render that has new ones the
 * state is `pending`. Unmounting cancels too. The function may use its `signal`; one that ignores it is not waited for.
 * On a server the state is `pending` and nothing starts.
 *
 * The lint rule of React checks `deps` when it is told to: `additionalHooks: '(useTask)'`.
 *
 * Failures are part of the state, hence not reported elsewhere; what went wrong in `options` is thrown where React's error
 * boundaries catch it.
 *
 * @throws TypeError while rendering, without dependencies.
 * @example
 * ```tsx
 * function User({ id }: { id: number }) {
 *   const user = useTask(({ signal }) => fetchUser(id, signal), [id], { timeout: 5_000, retry: 'exponential' })
 *   if (user.status === 'done') return <h1>{user.value.name}</h1>
 *   if (user.status === 'failed') return <button onClick={user.retry}>{user.error.message}: try again</button>
 *   return <p>Loading</p>
 * }
 * ```
 */
export function useTask<T, E extends Error = Error, S extends object = {}>(
  fn: Body<T, S>,
  deps: DependencyList,
  options: UseTaskOptions<E, S> = {},
): ComponentTask<T, E> {
  if (!Array.isArray(deps)) throw new TypeError(`Cannot use task: deps must be an array, got ${String(deps)}`)
  const { manual = false, scope, ...taskOptions } = options
  const [runner] = useState(() => new TaskRunner<T, E, S>(manual ? 'idle' : 'pending'))
  // Before the effects of its scope: a removed component shows nothing of how its scope ends.
  useInsertionEffect(() => () => runner.leave(), [runner])
  const owner = useOwner<Scope<S>>(scope)
  const provided = scope === undefined ? owner : undefined // where another one is provided, the task moves there
  useInsertionEffect(() => runner.configure({ fn, owner, options: taskOptions, deps }))
  // biome-ignore lint/correctness/useExhaustiveDependencies: the user says which values the function depends on
  useEffect(() => {
    if (manual) return () => runner.stop()
    runner.run()
    return () => runner.drop()
  }, [runner, provided, ...deps])
  return useTaskState(runner.outcome, deps, runner.controls)
}
