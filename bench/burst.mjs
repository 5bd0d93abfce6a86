/** Many calls of a debounced or throttled function, one after another, and what is to be so for both rows of each. */
import { fasterThan } from './goals.mjs'
import { expect } from './measure.mjs'

/** What both rows of a file have in common. */
export const calls = { goal: fasterThan(1, 'lodash'), each: 50_000, rounds: 21, warmUp: 4 }

/** One long burst that is dropped at its end, by when so many calls have run. */
export const burstWith = (wanted) => (way, count) => {
  let runs = 0
  return way(
    () => runs++,
    10_000,
    (call) => {
      for (let i = 0; i < count; i++) call(i)
      call.cancel()
      expect('runs', runs, wanted)
    },
  )
}
