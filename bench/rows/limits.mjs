/** Many functions run ten at a time: as tasks of a scope, and as one `parallel`. */
import { Effect } from 'effect'
import { scope } from 'go-go-scope'
import pLimit from 'p-limit'
import pMap from 'p-map'
import PQueue from 'p-queue'
import { every, fasterThan, timesBare } from '../goals.mjs'
import { bare, body, unwrap } from '../measure.mjs'
import { effectOf } from '../peers.mjs'
import { bodiesAreTold, everyFailure, everyValueOnce, nothingStarts, within } from '../promises.mjs'

const concurrency = 10

/** Ten async loops, each of which takes the next one until there is none. */
async function lanes(bodies) {
  const results = []
  let next = 0
  const lane = async () => {
    while (next < bodies.length) {
      const at = next++
      results[at] = await bare(bodies[at])
    }
  }
  await Promise.all(Array.from({ length: concurrency }, lane))
  return results.map(unwrap)
}

async function tasks(bodies, options) {
  await using s = scope({ ...options, concurrency })
  const results = await Promise.all(bodies.map((each) => s.task(each)))
  return results.map(unwrap)
}

async function parallel(bodies, options) {
  await using s = scope(options)
  return (await s.parallel(bodies, { concurrency })).map(unwrap)
}

function limited(bodies) {
  const limit = pLimit(concurrency)
  return Promise.all(bodies.map((each) => limit(each)))
}

function queued(bodies, { signal } = {}) {
  const queue = new PQueue({ concurrency })
  return Promise.all(bodies.map((each) => queue.add(each, { signal })))
}

const mapped = (bodies, { signal } = {}) => pMap(bodies, (each) => each(), { concurrency, signal })

const fibers = (bodies, options) => Effect.runPromise(Effect.forEach(bodies, effectOf, { concurrency }), options)

const promises = [everyValueOnce, everyFailure, within(concurrency), bodiesAreTold, nothingStarts]
const work = (way, count) => way(Array(count).fill(body))

export const rows = [
  {
    id: 'limit-10',
    name: 'a task at limit 10',
    what: '20,000 tasks of a scope that lets ten run at once; bare is ten loops that take the next one',
    goal: every(timesBare(4), fasterThan(2, 'p-limit')),
    each: 20_000,
    ways: {
      bare: lanes,
      'go-go-scope': tasks,
      'p-limit': limited,
      'p-queue': queued,
      'p-map': mapped,
      Effect: fibers,
    },
    promises,
    work,
  },
  {
    id: 'parallel-10',
    name: 'parallel at limit 10',
    what: '10,000 functions run by one call that lets ten run at once; bare is ten loops that take the next one',
    goal: fasterThan(1, 'p-map'),
    each: 10_000,
    rounds: 21,
    warmUp: 4,
    ways: { bare: lanes, 'go-go-scope': parallel, 'p-map': mapped, Effect: fibers },
    promises,
    work,
  },
]
