/** The time from cancelling until each of many tasks has its Result. */
import { Effect, Fiber } from 'effect'
import { scope } from 'go-go-scope'
import { atMost, every, linear } from '../goals.mjs'
import { bare, elapsed, expect } from '../measure.mjs'
import { turns } from '../promises.mjs'

/** A way starts `count` bodies and gives `{ cancel, ended, end }`: what cancels all, when all have ended, and what clears up. */
const nanoseconds = (makeBody) => async (way, count) => {
  const { promise: gate, resolve: open } = Promise.withResolvers()
  const { cancel, ended, end } = way(makeBody(gate), count)
  await turns(1)
  const time = await elapsed(() => {
    cancel()
    return ended
  })
  expect('ended', (await ended).length, count)
  open()
  await end?.()
  return (time * 1e6) / count
}

function tasks(body, count) {
  const s = scope()
  return {
    ended: Promise.all(Array.from({ length: count }, () => s.task(body))),
    cancel: () => s.cancel(),
    end: () => s[Symbol.asyncDispose](),
  }
}

const effectOf = (body) => (body.length === 0 ? Effect.promise(body) : Effect.promise((signal) => body({ signal })))

function fibers(body, count) {
  const effect = effectOf(body)
  const all = Array.from({ length: count }, () => Effect.runFork(effect))
  return {
    ended: Promise.all(all.map((fiber) => Effect.runPromise(Fiber.await(fiber)))),
    cancel: () => Effect.runFork(Fiber.interruptAll(all)),
  }
}

function abortable() {
  const controller = new AbortController()
  return { signal: controller.signal, cancel: () => controller.abort(new Error('enough')) }
}

/** One listener and a set of what to reject: a listener each would be quadratic in Node. */
function abortSet(_body, count) {
  const { signal, cancel } = abortable()
  const waiting = new Set()
  signal.addEventListener('abort', () => {
    for (const reject of waiting) reject(signal.reason)
  })
  const pending = () => new Promise((_, reject) => waiting.add(reject))
  return { cancel, ended: Promise.all(Array.from({ length: count }, () => bare(pending))) }
}

function abortControllers(body, count) {
  const { signal, cancel } = abortable()
  const controllers = new Set()
  signal.addEventListener('abort', () => {
    for (const controller of controllers) controller.abort(signal.reason)
  })
  const start = () => {
    const controller = new AbortController()
    controllers.add(controller)
    return bare(() => body(controller))
  }
  return { cancel, ended: Promise.all(Array.from({ length: count }, start)) }
}

const deaf = (gate) => () => gate
const listening =
  () =>
  ({ signal }) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))

const everyWaitEnds = {
  breaks: 'a wait goes on after the cancellation',
  async keeps(way) {
    const { promise: gate, resolve: open } = Promise.withResolvers()
    const { cancel, ended, end } = way(() => gate, 10)
    await turns(1)
    cancel()
    const all = await ended
    open()
    await end?.()
    return all.length === 10
  },
}

const everyBodyIsTold = {
  breaks: 'a cancelled body is not told, and goes on',
  async keeps(way) {
    let told = 0
    const body = ({ signal }) =>
      new Promise((_, reject) =>
        signal.addEventListener('abort', () => {
          told++
          reject(signal.reason)
        }),
      )
    const { cancel, ended, end } = way((context) => body(context), 10)
    await turns(1)
    cancel()
    await ended
    await end?.()
    return told === 10
  },
}

const few = '50,000'
const promises = [everyWaitEnds, everyBodyIsTold]

export const rows = [
  {
    id: 'cancel-50k',
    name: 'cancelling, one of 50,000 tasks',
    what: '50,000 waiting tasks cancelled with their scope, until each has its Result; bare is one signal and a set of promises',
    goal: atMost(1_000, 'ns'),
    each: 50_000,
    rounds: 11,
    ways: { bare: abortSet, 'go-go-scope': tasks, Effect: fibers },
    promises,
    measure: nanoseconds(deaf),
  },
  {
    id: 'cancel-500k',
    name: 'cancelling, one of 500,000 tasks',
    what: '500,000 waiting tasks cancelled with their scope, until each has its Result; bare is one signal and a set of promises',
    goal: every(atMost(1_000, 'ns'), linear(few)),
    each: 500_000,
    fewer: { [`go-go-scope, ${few}`]: 50_000 },
    rounds: 9,
    warmUp: 1,
    ways: {
      bare: abortSet,
      'go-go-scope': tasks,
      [`go-go-scope, ${few}`]: tasks,
    },
    promises,
    measure: nanoseconds(deaf),
  },
  {
    id: 'cancel-listening',
    name: 'cancelling, one of 20,000 tasks that listen',
    what: '20,000 tasks that wait for their signal, cancelled with their scope; bare is an AbortController for each',
    each: 20_000,
    rounds: 9,
    ways: { bare: abortControllers, 'go-go-scope': tasks, Effect: fibers },
    promises,
    measure: nanoseconds(listening),
  },
]
