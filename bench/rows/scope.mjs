/** Scopes opened and disposed of, with nothing in them and with one task. */
import { Effect, Fiber } from 'effect'
import { run, spawn } from 'effection'
import { scope } from 'go-go-scope'
import { timesBare } from '../goals.mjs'
import { bare, body, unwrap } from '../measure.mjs'
import { effectionOf, effectOf } from '../peers.mjs'
import { bodiesAreTold, everyFailure, everyValueOnce } from '../promises.mjs'

/** Every body in a scope of its own. */
const eachIn = (open) => async (bodies, options) => {
  const values = []
  for (const each of bodies) values.push(await open(each, options))
  return values
}

async function ours(each, options) {
  await using s = scope(options)
  return unwrap(await s.task(each))
}

const effectScope = (each, options) =>
  Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        return yield* Fiber.join(yield* Effect.forkScoped(effectOf(each)))
      }),
    ),
    options,
  )

function operation(each, { signal } = {}) {
  const all = run(function* () {
    return yield* yield* spawn(effectionOf(each))
  })
  signal?.addEventListener('abort', () => all.halt())
  return all
}

async function empty() {
  await using _s = scope()
}

const times = (once) => async (count) => {
  for (let i = 0; i < count; i++) await once()
}

export const rows = [
  {
    id: 'scope-empty',
    name: 'an empty scope',
    what: 'a scope opened and disposed of; bare is the await of an async function',
    goal: timesBare(8),
    each: 5_000,
    fewer: { effection: 1_000 },
    rounds: 21,
    warmUp: 5,
    ways: {
      bare: times(body),
      'go-go-scope': times(empty),
      Effect: times(() => Effect.runPromise(Effect.scoped(Effect.void))),
      effection: times(() => run(function* () {})),
    },
    work: (way, count) => way(count),
  },
  {
    id: 'scope-task',
    name: 'a scope with one task',
    what: 'a scope opened, one task in it awaited, and disposed of; bare is a call in try and catch',
    goal: timesBare(10),
    each: 5_000,
    fewer: { effection: 500 },
    rounds: 21,
    warmUp: 5,
    ways: {
      bare: eachIn(async (each) => unwrap(await bare(each))),
      'go-go-scope': eachIn(ours),
      Effect: eachIn(effectScope),
      effection: eachIn(operation),
    },
    promises: [everyValueOnce, everyFailure, bodiesAreTold],
    work: (way, count) => way(Array(count).fill(body)),
  },
]
