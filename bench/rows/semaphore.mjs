/** Permits taken and given back, by many who want them at once and by one who finds them free. */
import { Semaphore as Mutexes } from 'async-mutex'
import { Sema } from 'async-sema'
import { Effect, Semaphore } from 'effect'
import { scope } from 'go-go-scope'
import pLimit from 'p-limit'
import { fasterThan } from '../goals.mjs'
import { body } from '../measure.mjs'
import { effectOf } from '../peers.mjs'
import { everyFailure, everyValueOnce, nothingStarts, within } from '../promises.mjs'

const permits = 10

/** A counter, and those who wait. */
function byHand() {
  let free = permits
  const waiting = []
  return async (each) => {
    if (free > 0) free--
    else await new Promise((resolve) => waiting.push(resolve))
    try {
      return await each()
    } finally {
      if (waiting.length > 0) waiting.shift()()
      else free++
    }
  }
}

function sema() {
  const semaphore = new Sema(permits)
  return async (each) => {
    await semaphore.acquire()
    try {
      return await each()
    } finally {
      semaphore.release()
    }
  }
}

function mutexes() {
  const semaphore = new Mutexes(permits)
  return (each) => semaphore.runExclusive(each)
}

const acquired = (s) => {
  const semaphore = s.semaphore(permits)
  return (each) => semaphore.acquire(each)
}

const using = (s) => {
  const semaphore = s.semaphore(permits)
  return async (each) => {
    using _ = await semaphore.acquire()
    return await each()
  }
}

const atOnce = (make) => (bodies) => {
  const run = make()
  return Promise.all(bodies.map((each) => run(each)))
}

const inTurn = (make) => async (bodies) => {
  const run = make()
  const values = []
  for (const each of bodies) values.push(await run(each))
  return values
}

/** Ours, with a scope around. */
const inScope = (how, make) => async (bodies, options) => {
  await using s = scope(options)
  return await how(() => make(s))(bodies)
}

const effects = (concurrency) => (bodies, options) =>
  Effect.runPromise(
    Effect.gen(function* () {
      const semaphore = yield* Semaphore.make(permits)
      return yield* Effect.forEach(bodies, (each) => semaphore.withPermits(1)(effectOf(each)), { concurrency })
    }),
    options,
  )

const peers = (how, concurrency) => ({
  'async-sema': how(sema),
  'async-mutex': how(mutexes),
  'p-limit': how(() => pLimit(permits)),
  Effect: effects(concurrency),
})

const work = (way, count) => way(Array(count).fill(body))
const crowd = [everyValueOnce, everyFailure, within(permits), nothingStarts]
const row = { goal: fasterThan(2, 'async-sema'), each: 10_000, rounds: 21, warmUp: 4, work }

export const rows = [
  {
    ...row,
    id: 'semaphore',
    name: 'a permit that 10,000 want',
    what: '10,000 bodies at once for ten permits, with `acquire(fn)`; bare is a counter and a list of who waits',
    ways: { bare: atOnce(byHand), 'go-go-scope': inScope(atOnce, acquired), ...peers(atOnce, 'unbounded') },
    promises: crowd,
    rounds: 15,
  },
  {
    ...row,
    id: 'semaphore-using',
    name: 'a permit that 10,000 want, with using',
    what: '10,000 bodies at once for ten permits, with `using permit = await acquire()`',
    ways: { bare: atOnce(byHand), 'go-go-scope': inScope(atOnce, using), 'async-sema': atOnce(sema) },
    promises: crowd,
  },
  {
    ...row,
    id: 'semaphore-free',
    name: 'a permit that is free',
    what: '10,000 bodies one after another, each of which finds a permit',
    ways: { bare: inTurn(byHand), 'go-go-scope': inScope(inTurn, acquired), ...peers(inTurn, 1) },
    promises: [everyValueOnce, everyFailure],
  },
]
