import assert from 'node:assert/strict'

// #region show
import { scope } from 'go-go-scope'
import { explore, ScheduleError } from 'go-go-scope/testing'

/** A counter that two tasks raise, as it should not be written. */
function raise(load: () => Promise<number>, store: (n: number) => void) {
  return async () => store((await load()) + 1)
}

const found = await explore(async (schedule) => {
  let count = 0
  await using s = scope()
  const load = schedule.wrap(async () => count, 'load')
  const raised = raise(load, (n) => (count = n))
  await s.parallel([raised, raised])
  assert.equal(count, 2)
}).catch((error: unknown) => error)

// The seed brings the order back in which one task has lost what the other did.
console.log(found instanceof ScheduleError, (found as ScheduleError).steps)
// #endregion show
