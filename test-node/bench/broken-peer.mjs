/** A row with a peer that starts all at once, loses the last value and a falsy rejection, and hears of no cancellation. */
import { scope } from 'go-go-scope'
import { atMost } from '../../bench/goals.mjs'
import { body, unwrap } from '../../bench/measure.mjs'
import { bodiesAreTold, everyFailure, everyValueOnce, within } from '../../bench/promises.mjs'

async function limited(bodies, options) {
  await using s = scope({ ...options, concurrency: 10 })
  return (await Promise.all(bodies.map((each) => s.task(each)))).map(unwrap)
}

async function careless(bodies) {
  const values = await Promise.all(bodies.map((each) => each().catch((error) => error ?? 0)))
  return values.slice(0, -1)
}

export const rows = [
  {
    id: 'broken-peer',
    name: 'beside a careless one',
    what: 'twenty bodies',
    goal: atMost(0, 'ns'),
    each: 20,
    ways: { bare: (bodies) => Promise.all(bodies.map((each) => each())), 'go-go-scope': limited, careless },
    promises: [everyValueOnce, everyFailure, within(10), bodiesAreTold],
    work: (way, count) => way(Array(count).fill(body)),
  },
]
