/** What a debounced or throttled function promises: ways are `(fn, milliseconds, use)`, and `use` gets the function made of `fn`. */
import { leavesNoTimer } from './promises.mjs'

/** The answer of a call, of whatever kind: a Result, a promise of a value, or a value. */
async function answerOf(call) {
  const answer = await call
  return Array.isArray(answer) ? answer[1] : answer
}

export const lastArguments = {
  breaks: 'a burst does not end in one run with the last arguments',
  keeps(way) {
    const seen = []
    const after = Promise.withResolvers()
    const fn = (value) => {
      seen.push(value)
      if (value === 3) after.resolve()
    }
    return way(fn, 10, async (call) => {
      for (const value of [1, 2, 3]) call(value)
      await after.promise
      // The run at the start of an interval is the one of the first call.
      return seen.at(-1) === 3 && seen.length <= 2
    })
  },
}

export const callersGetTheRun = {
  breaks: 'a caller does not get the value of the run',
  keeps: (way) =>
    way(
      (value) => value * 10,
      10,
      async (call) => {
        call(1)
        const answer = call(2)
        return (await answerOf(answer)) === 20
      },
    ),
}

export const cancelLeavesNoTimer = {
  breaks: 'a timer is left over after cancel()',
  keeps: (way) =>
    leavesNoTimer(() =>
      way(
        () => 1,
        60_000,
        (call) => {
          call(1)
          call(2)
          call.cancel()
        },
      ),
    ),
}
