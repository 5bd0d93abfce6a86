/** A task that is asked for again and again, as by typing, and what has come of it last. */

import type { DebounceOptions, Lifetime } from 'go-go-scope'
import { useEffect, useInsertionEffect, useState } from 'react'
import { always, type DebouncedControls, type DebouncedFn, DebouncedRunner } from './debounced-runner.js'
import type { TaskState } from './task-state.js'
import { useOwner } from './use-scope.js'
import { useTaskState } from './use-task-state.js'

/** Options of `useDebouncedTask`: those of `debounce`, and this one. Durations are in milliseconds. */
export interface DebouncedTaskOptions extends Omit<DebounceOptions, 'latest' | 'superseded'> {
  /** Whose task it is. Default: the scope of the `ScopeProvider` above, else one of the component's own. */
  readonly scope?: Lifetime | { readonly current: Lifetime }
}

/** A component's debounced task: its state, and what can be done with it. */
export type DebouncedTask<A, T> = TaskState<T> & DebouncedControls<A>

/**
 * Gives a function that runs once for a burst of calls, `wait` (300) milliseconds after the last of them, and its state.
 *
 * The latest wins: a new run aborts the `signal` of the one before, and an old answer never comes after a new one. The
 * state is `idle` until the first call, and `pending` from a call until its answer. Unmounting cancels everything. The function
 * may be another one in each render; the last one counts. Other options start afresh.
 *
 * @example
 * ```tsx
 * function Search() {
 *   const search = useDebouncedTask((text: string, { signal }) => api.search(text, signal), { wait: 200 })
 *   const hits = search.value ?? search.previous ?? []
 *   return <><input onChange={(event) => search.run(event.target.value)} /><ul>{hits.map((hit) => <li key={hit}>{hit}</li>)}</ul></>
 * }
 * ```
 */
export function useDebouncedTask<A, T>(fn: DebouncedFn<A, T>, options: DebouncedTaskOptions = {}): DebouncedTask<A, T> {
  const { scope, ...timing } = options
  const { wait, leading, trailing, maxWait, whenHidden } = timing
  const [runner] = useState(() => new DebouncedRunner<A, T>('idle'))
  // Before the effects of its scope: a removed component shows nothing of how its scope ends.
  useInsertionEffect(() => () => runner.leave(), [runner])
  const owner = useOwner(scope)
  useInsertionEffect(() => runner.configure({ fn, owner, timing }))
  // biome-ignore lint/correctness/useExhaustiveDependencies: other options start afresh
  useEffect(() => () => runner.stop(), [runner, wait, leading, trailing, maxWait, whenHidden])
  return useTaskState(runner.outcome, always, runner.controls)
}
