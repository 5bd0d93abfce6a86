import type { LoadUsers } from './problem.ts'

// #region show
import { Effect, Result, Schedule } from 'effect'

export const loadUsers: LoadUsers = async (ids, load, signal) => {
  const loadOne = (id: number) =>
    Effect.tryPromise({
      try: (aborted) => load(id, aborted),
      catch: (error) => error as Error,
    }).pipe(
      Effect.timeout('1 second'),
      Effect.retry({ times: 3, schedule: Schedule.exponential('100 millis') }),
      Effect.result,
    )

  const results = await Effect.runPromise(
    Effect.forEach(ids, loadOne, { concurrency: 4 }),
    { signal },
  )
  return results.map((result) =>
    Result.isSuccess(result) ? result.success : result.failure,
  )
}
// #endregion show
