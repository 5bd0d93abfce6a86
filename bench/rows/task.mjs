/** Tasks started and awaited, one after another: a long run must cost no more for each than a short one, and pooling may gain. */
import { Effect, Fiber } from 'effect'
import { run, spawn } from 'effection'
import { scope } from 'go-go-scope'
import { timesBare } from '../goals.mjs'
import { bare, body, unwrap } from '../measure.mjs'
import { effectionOf, effectOf } from '../peers.mjs'
import { bodiesAreTold, everyFailure, everyValueOnce } from '../promises.mjs'

async function calls(bodies) {
  const values = []
  for (const each of bodies) values.push(unwrap(await bare(each)))
  return values
}

async function tasks(bodies, options) {
  await using s = scope(options)
  const values = []
  for (const each of bodies) values.push(unwrap(await s.task(each)))
  return values
}

const pooled = (bodies) => tasks(bodies, { taskPooling: { enabled: true, maxSize: 1_000 } })

const fibers = (bodies, options) =>
  Effect.runPromise(
    Effect.gen(function* () {
      const values = []
      for (const each of bodies) values.push(yield* Fiber.join(yield* Effect.forkChild(effectOf(each))))
      return values
    }),
    options,
  )

function operations(bodies, { signal } = {}) {
  const all = run(function* () {
    const values = []
    for (const each of bodies) values.push(yield* yield* spawn(effectionOf(each)))
    return values
  })
  signal?.addEventListener('abort', () => all.halt())
  return all
}

const ways = { bare: calls, 'go-go-scope': tasks, Effect: fibers, effection: operations }
const promises = [everyValueOnce, everyFailure, bodiesAreTold]
const work = (way, count) => way(Array(count).fill(body))

export const rows = [
  {
    id: 'task',
    name: 'a task, started and awaited',
    what: '10,000 tasks one after another, each awaited before the next; bare is a call of an async function in try and catch',
    goal: timesBare(5),
    each: 10_000,
    fewer: { effection: 500 },
    rounds: 21,
    warmUp: 8,
    ways,
    promises,
    work,
  },
  {
    id: 'task-1m',
    name: 'a task, one of 1,000,000 in sequence',
    what: 'a million tasks one after another: the price for each must not grow',
    goal: timesBare(5),
    each: 1_000_000,
    rounds: 9,
    warmUp: 1,
    ways: { bare: calls, 'go-go-scope': tasks },
    work,
  },
  {
    id: 'task-pooling',
    name: 'a task, with and without pooling',
    what: 'tasks one after another, with and without `taskPooling`, which is off by default; bare is a call in try and catch',
    each: 20_000,
    rounds: 21,
    warmUp: 4,
    ways: { bare: calls, 'go-go-scope': tasks, 'go-go-scope, taskPooling': pooled },
    work,
  },
]
