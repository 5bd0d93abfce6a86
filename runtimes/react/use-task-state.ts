/** The state of a component's task and what can be done with it, as one object that changes only when the state does. */

import { useMemo, useSyncExternalStore } from 'react'
import { type Outcome, same } from './outcome.js'
import type { TaskState } from './task-state.js'

/** `deps` are what the component asks with in this render. */
export function useTaskState<T, E extends Error, C extends object>(
  outcome: Outcome<T, E>,
  deps: readonly unknown[],
  controls: C,
): TaskState<T, E> & C {
  const answer = useSyncExternalStore(outcome.subscribe, outcome.get, outcome.get)
  const isAnswered = same(answer.deps, deps)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the dependencies matter only as far as they differ from the answer's
  return useMemo(() => ({ ...outcome.view(answer, deps), ...controls }), [outcome, answer, isAnswered, controls])
}
