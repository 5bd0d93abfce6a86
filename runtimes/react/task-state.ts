/** What a component shows of its task. */

import { isCancelled, type Result } from 'go-go-scope'

/**
 * Where a task is, as one of five.
 *
 * `previous` is the value of the last run that is done, for those who rather show an old answer than none: never mistake it for
 * the answer to what is asked now.
 */
export type TaskState<T, E extends Error = Error> =
  | { readonly status: 'idle'; readonly value: undefined; readonly error: undefined; readonly previous: T | undefined }
  | {
      readonly status: 'pending'
      readonly value: undefined
      readonly error: undefined
      readonly previous: T | undefined
    }
  | { readonly status: 'done'; readonly value: T; readonly error: undefined; readonly previous: T }
  | { readonly status: 'failed'; readonly value: undefined; readonly error: E; readonly previous: T | undefined }
  | { readonly status: 'cancelled'; readonly value: undefined; readonly error: E; readonly previous: T | undefined }

/** The state while nobody has asked, or while the answer is on its way. */
export function waiting<T>(status: 'idle' | 'pending', previous: T | undefined): TaskState<T, never> {
  return { status, value: undefined, error: undefined, previous }
}

/** The state when the answer is there. */
export function settled<T, E extends Error>([error, value]: Result<E, T>, previous: T | undefined): TaskState<T, E> {
  if (error !== undefined) {
    return { status: isCancelled(error) ? 'cancelled' : 'failed', value: undefined, error, previous }
  }
  const answer = value as T // there is no error
  return { status: 'done', value: answer, error: undefined, previous: answer }
}
