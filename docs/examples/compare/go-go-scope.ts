import type { LoadUsers } from './problem.ts'

// #region show
import { exponentialBackoff, scope } from 'go-go-scope'

export const loadUsers: LoadUsers = async (ids, load, signal) => {
  await using s = scope({ signal, concurrency: 4 })

  const tasks = ids.map((id) =>
    s.task((context) => load(id, context.signal), {
      retry: {
        max: 3,
        delay: exponentialBackoff({ initial: 100 }),
        attemptTimeout: 1_000,
      },
    }),
  )

  const results = await Promise.all(tasks)
  signal.throwIfAborted()
  return results.map(([err, user]) => err ?? user)
}
// #endregion show
