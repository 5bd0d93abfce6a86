/** Many tasks started at once and awaited together. */
import { Effect } from 'effect'
import { scope } from 'go-go-scope'
import { every, sameAs, timesBare } from '../goals.mjs'
import { bare, body, unwrap } from '../measure.mjs'
import { effectOf } from '../peers.mjs'
import { bodiesAreTold, everyFailure, everyValueOnce } from '../promises.mjs'

async function promises(bodies) {
  const results = await Promise.all(bodies.map((each) => bare(each)))
  return results.map(unwrap)
}

async function tasks(bodies, options) {
  await using s = scope(options)
  const results = await Promise.all(bodies.map((each) => s.task(each)))
  return results.map(unwrap)
}

async function parallel(bodies, options) {
  await using s = scope(options)
  return (await s.parallel(bodies)).map(unwrap)
}

const fibers = (bodies, options) =>
  Effect.runPromise(Effect.forEach(bodies, effectOf, { concurrency: 'unbounded' }), options)

const few = '20,000'
const work = (way, count) => way(Array(count).fill(body))
const kept = [everyValueOnce, everyFailure, bodiesAreTold]

export const rows = [
  {
    id: 'fan-out-20k',
    name: 'fan-out, one of 20,000 tasks',
    what: '20,000 tasks started at once, and all awaited; bare is Promise.all',
    goal: timesBare(3),
    each: 20_000,
    rounds: 21,
    warmUp: 4,
    ways: { bare: promises, 'go-go-scope': tasks, Effect: fibers },
    promises: kept,
    work,
  },
  {
    id: 'fan-out-1m',
    name: 'fan-out, one of 1,000,000 tasks',
    what: 'a million tasks started at once, and all awaited; bare is Promise.all',
    goal: every(timesBare(3), sameAs(few)),
    each: 1_000_000,
    fewer: { [`bare, ${few}`]: 20_000, [`go-go-scope, ${few}`]: 20_000 },
    rounds: 9,
    warmUp: 1,
    ways: {
      bare: promises,
      'go-go-scope': tasks,
      [`bare, ${few}`]: promises,
      [`go-go-scope, ${few}`]: tasks,
    },
    promises: kept,
    work,
  },
  {
    id: 'parallel-20k',
    name: 'parallel, one of 20,000 functions',
    what: '20,000 functions run by one `parallel` without a limit; bare is Promise.all',
    each: 20_000,
    ways: { bare: promises, 'go-go-scope': parallel, Effect: fibers },
    promises: kept,
    work,
  },
]
