/** Bytes that a task holds while its body waits. */
import { Effect, Fiber } from 'effect'
import { scope } from 'go-go-scope'
import { aboveBare } from '../goals.mjs'
import { bare, heapUsed } from '../measure.mjs'

const count = 50_000

/**
 * Bytes for each of `count` that wait for a gate, once they are all there.
 *
 * A way starts a number of bodies and gives them, and how to see them end.
 */
const held = (hold, listens) => async (way) => {
  const { promise: gate, resolve: open } = Promise.withResolvers()
  const body = listens ? async ({ signal }) => (signal.aborted ? undefined : await gate) : async () => gate
  const before = await heapUsed()
  const { started, end } = await way(body)
  const kept = hold(started)
  const bytes = ((await heapUsed()) - before) / count
  open()
  await kept
  await end(started)
  return bytes
}

/** The same waiting call; where a signal is read it is one for all, as without a scope nobody cancels a single one. */
const calls = async (body) => {
  const { signal } = new AbortController()
  return {
    started: Array.from({ length: count }, () => bare(() => body({ signal }))),
    end: (all) => Promise.all(all),
  }
}

const tasks = async (body) => {
  const s = scope()
  return {
    started: Array.from({ length: count }, () => s.task(body)),
    async end(all) {
      for (const task of all) await task
      await s[Symbol.asyncDispose]()
    },
  }
}

const fibers = async (body) => {
  const effect = body.length === 0 ? Effect.promise(body) : Effect.promise((signal) => body({ signal }))
  return {
    started: Array.from({ length: count }, () => Effect.runFork(effect)),
    end: (all) => Effect.runPromise(Fiber.joinAll(all)),
  }
}

const alone = () => undefined
const awaited = (all) => Promise.all(all)
const row = { unit: 'bytes', rounds: 9, warmUp: 1, ways: { bare: calls, 'go-go-scope': tasks, Effect: fibers } }

export const rows = [
  {
    ...row,
    id: 'memory',
    name: 'a waiting task, in memory',
    what: 'bytes held for each of 50,000 tasks whose bodies wait; bare is the same call in try and catch',
    goal: aboveBare(400, 'bytes'),
    measure: held(alone, false),
  },
  {
    ...row,
    id: 'memory-signal',
    name: 'a waiting task that has read its signal, in memory',
    what: 'bytes held for each of 50,000 tasks whose bodies wait and have read their signal; bare has one signal for all',
    goal: aboveBare(2_000, 'bytes'),
    measure: held(alone, true),
  },
  {
    ...row,
    id: 'memory-awaited',
    name: 'a waiting task that is awaited, in memory',
    what: 'bytes held for each of 50,000 tasks that a Promise.all awaits; bare is the same of calls in try and catch',
    ways: { bare: calls, 'go-go-scope': tasks },
    measure: held(awaited, false),
  },
]
