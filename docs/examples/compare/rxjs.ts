import type { LoadUsers, User } from './problem.ts'

// #region show
import {
  catchError,
  from,
  fromEvent,
  lastValueFrom,
  map,
  mergeMap,
  Observable,
  of,
  retry,
} from 'rxjs'
import { takeUntil, timeout, timer, toArray } from 'rxjs'

/** Unsubscribing aborts the promise's signal. */
const fromAborted = (fn: (signal: AbortSignal) => Promise<User>) =>
  new Observable<User>((subscriber) => {
    const controller = new AbortController()
    fn(controller.signal).then(
      (user) => {
        subscriber.next(user)
        subscriber.complete()
      },
      (error) => subscriber.error(error),
    )
    return () => controller.abort()
  })

export const loadUsers: LoadUsers = async (ids, load, signal) => {
  const answers = from(ids).pipe(
    mergeMap(
      (id, at) =>
        fromAborted((aborted) => load(id, aborted)).pipe(
          timeout(1_000),
          retry({
            count: 3,
            delay: (_, failures) => timer(100 * 2 ** (failures - 1)),
          }),
          catchError((error: Error) => of(error)),
          map((answer) => ({ at, answer })),
        ),
      4,
    ),
    takeUntil(fromEvent(signal, 'abort')),
    toArray(),
    map((all) => all.sort((a, b) => a.at - b.at).map(({ answer }) => answer)),
  )
  const results = await lastValueFrom(answers)
  signal.throwIfAborted()
  return results
}
// #endregion show
