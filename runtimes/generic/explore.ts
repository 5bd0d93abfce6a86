/** Many orders of one piece of code, in which nothing waits for code to be loaded, which takes real time. */

import { type ExploreOptions, explore as startExploring } from '../../src/testing/explore.js'
import type { Schedule } from '../../src/testing/schedule.js'
import { preload } from './virtual-time.js'

/**
 * Runs `fn` again and again, each time with the steps of its concurrent parts in another order. The same seeds, and with
 * them the same orders, come in every run of the tests and in every engine.
 *
 * Steps are where the code under test awaits `schedule.point()` or calls what `schedule.wrap` gave. When all of it waits,
 * one step is chosen; without a step the next timer fires, in virtual time, which is installed meanwhile.
 *
 * @throws ScheduleError at the first run that rejects, comes to a standstill or does not end; RangeError, TypeError for
 * options that make no sense.
 * @example
 * ```ts
 * await explore(async (schedule) => {
 *   const read = schedule.wrap(async () => 1)
 *   await using s = scope()
 *   const [first, second] = await s.parallel([() => read(), () => read()])
 *   assert.deepEqual([first, second], [[undefined, 1], [undefined, 1]])
 * })
 * ```
 */
export function explore(fn: (schedule: Schedule) => unknown, options?: ExploreOptions): Promise<void> {
  preload()
  return startExploring(fn, options)
}
