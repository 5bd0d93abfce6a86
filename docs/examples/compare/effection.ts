import type { LoadUsers, User } from './problem.ts'

// #region show
import {
  all,
  type Operation,
  race,
  run,
  scoped,
  sleep,
  until,
  useAbortSignal,
} from 'effection'

function* attempt(fn: (signal: AbortSignal) => Promise<User>): Operation<User> {
  return yield* scoped(function* () {
    const signal = yield* useAbortSignal()
    const expire = function* (): Operation<never> {
      yield* sleep(1_000)
      throw new Error('timed out')
    }
    return yield* race([until(fn(signal)), expire()])
  })
}

function* retried(
  fn: (signal: AbortSignal) => Promise<User>,
): Operation<User | Error> {
  for (let failures = 0; ; ) {
    try {
      return yield* attempt(fn)
    } catch (error) {
      if (++failures > 3) return error as Error
      yield* sleep(100 * 2 ** (failures - 1))
    }
  }
}

export const loadUsers: LoadUsers = async (ids, load, signal) => {
  const results: (User | Error)[] = []
  const left = ids.entries()

  const task = run(function* () {
    const worker = function* (): Operation<void> {
      for (const [at, id] of left)
        results[at] = yield* retried((aborted) => load(id, aborted))
    }
    yield* all(Array.from({ length: 4 }, worker))
  })

  const halt = () => void task.halt().then() // it begins when somebody waits for it
  signal.addEventListener('abort', halt)
  try {
    await task
  } finally {
    signal.removeEventListener('abort', halt)
  }
  signal.throwIfAborted()
  return results
}
// #endregion show
