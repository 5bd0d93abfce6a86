/** Tasks with a limit of time that they keep. */
import { Effect } from 'effect'
import { scope } from 'go-go-scope'
import pTimeout from 'p-timeout'
import { fasterThan } from '../goals.mjs'
import { body, unwrap } from '../measure.mjs'
import { effectOf } from '../peers.mjs'
import { everyFailure, everyValueOnce, noTimerIsLeft, timeIsUp } from '../promises.mjs'

const long = 60_000

const inTurn = (timed) => async (bodies, ms) => {
  const values = []
  for (const each of bodies) values.push(await timed(each, ms))
  return values
}

/** A timer, and the clearing of it. */
async function byHand(each, ms = long) {
  const { promise: late, reject } = Promise.withResolvers()
  const timer = setTimeout(() => reject(new Error(`not done in ${ms} ms`)), ms)
  try {
    return await Promise.race([each(), late])
  } finally {
    clearTimeout(timer)
  }
}

async function tasks(bodies, ms = long) {
  await using s = scope()
  return await inTurn(async (each) => unwrap(await s.task(each, { timeout: ms })))(bodies)
}

const fibers = (bodies, ms = long) =>
  Effect.runPromise(
    Effect.gen(function* () {
      const values = []
      for (const each of bodies) values.push(yield* Effect.timeout(effectOf(each), ms))
      return values
    }),
  )

export const rows = [
  {
    id: 'timeout',
    name: 'a task with a timeout',
    what: 'tasks that end long before their timeout, one after another; bare is a race with a timer that is cleared',
    goal: fasterThan(5, 'p-timeout', 'Effect'),
    each: 5_000,
    rounds: 21,
    warmUp: 4,
    ways: {
      bare: inTurn(byHand),
      'go-go-scope': tasks,
      'p-timeout': inTurn((each, ms = long) => pTimeout(each(), { milliseconds: ms })),
      Effect: fibers,
    },
    promises: [everyValueOnce, everyFailure, timeIsUp, noTimerIsLeft],
    work: (way, count) => way(Array(count).fill(body)),
  },
]
