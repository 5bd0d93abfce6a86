import type { LoadUsers } from './problem.ts'

// #region show
import { TimeoutStrategy, timeout } from 'cockatiel'
import PQueue from 'p-queue'
import pRetry from 'p-retry'

export const loadUsers: LoadUsers = async (ids, load, signal) => {
  const queue = new PQueue({ concurrency: 4 })
  const perAttempt = timeout(1_000, TimeoutStrategy.Aggressive)

  const loadOne = (id: number) =>
    pRetry(
      () => perAttempt.execute((context) => load(id, context.signal), signal),
      {
        retries: 3,
        minTimeout: 100,
        signal,
      },
    )

  const results = await Promise.allSettled(
    ids.map((id) => queue.add(() => loadOne(id), { signal })),
  )
  signal.throwIfAborted()
  return results.map((result) =>
    result.status === 'fulfilled' ? result.value : result.reason,
  )
}
// #endregion show
