/** Races of two: both quick, and one that waits until it is told that it has lost. */
import { Effect } from 'effect'
import { race, run } from 'effection'
import { scope } from 'go-go-scope'
import { fasterThan } from '../goals.mjs'
import { body, unwrap } from '../measure.mjs'
import { effectionOf, effectOf } from '../peers.mjs'
import { rejects, turns } from '../promises.mjs'

async function promiseRace(bodies, count) {
  for (let i = 1; i < count; i++) await Promise.race(bodies.map((each) => each({})))
  return Promise.race(bodies.map((each) => each({})))
}

async function ours(bodies, count) {
  await using s = scope()
  for (let i = 1; i < count; i++) unwrap(await s.race(bodies))
  return unwrap(await s.race(bodies))
}

const fibers = (bodies, count) =>
  Effect.runPromise(
    Effect.gen(function* () {
      for (let i = 1; i < count; i++) yield* Effect.raceAllFirst(bodies.map(effectOf))
      return yield* Effect.raceAllFirst(bodies.map(effectOf))
    }),
  )

const operations = (bodies, count) =>
  run(function* () {
    for (let i = 1; i < count; i++) yield* race(bodies.map((each) => effectionOf(each)()))
    return yield* race(bodies.map((each) => effectionOf(each)()))
  })

/** Waits until it is told, as one who waits for an answer does. */
const loser = ({ signal }) =>
  new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason), { once: true }))

const winnerAlone = {
  breaks: 'the first is not the one that wins',
  async keeps(way) {
    const late = async () => {
      await turns(2)
      return 'late'
    }
    return (await way([late, async () => 'first'], 1)) === 'first'
  },
}

const firstFailure = {
  breaks: 'a rejection with undefined, the first to come, is lost',
  keeps: (way) => rejects(way([() => Promise.reject(), async () => void (await turns(2))], 1)),
}

const loserIsTold = {
  breaks: 'the loser is not told, and goes on',
  async keeps(way) {
    let told = false
    const waiting = (context) => {
      context?.signal?.addEventListener('abort', () => (told = true))
      return turns(5)
    }
    await way([(context) => waiting(context), async () => 1], 1)
    await turns()
    return told
  },
}

const loserHasEnded = {
  breaks: 'nothing waits for the loser to end',
  async keeps(way) {
    const { promise: told, resolve: tell } = Promise.withResolvers()
    let ended = false
    const waiting = async (context) => {
      context?.signal?.addEventListener('abort', tell)
      await told
      await turns(3)
      ended = true
    }
    await way([(context) => waiting(context), async () => 1], 1)
    const inTime = ended
    // Those which are not told end too.
    tell()
    return inTime
  },
}

const ways = { bare: promiseRace, 'go-go-scope': ours, Effect: fibers, effection: operations }
const promises = [winnerAlone, firstFailure, loserIsTold, loserHasEnded]
const row = {
  goal: fasterThan(3, 'Effect'),
  each: 5_000,
  fewer: { effection: 300 },
  rounds: 21,
  warmUp: 4,
  ways,
  promises,
}

export const rows = [
  {
    ...row,
    id: 'race-2',
    name: 'a race of two',
    what: 'races of two functions that are both ready, one after another; bare is Promise.race',
    work: (way, count) => way([body, body], count),
  },
  {
    ...row,
    id: 'race-2-loser',
    name: 'a race with a loser that waits',
    what: 'races of one function that is ready and one that listens to its signal, which has to be told; bare is Promise.race, which tells it nothing',
    work: (way, count) => way([body, loser], count),
  },
]
