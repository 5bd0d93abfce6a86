/** Calls that pass a closed circuit breaker. */
import { circuitBreaker as cockatielBreaker, ConsecutiveBreaker, handleAll } from 'cockatiel'
import { circuitBreaker, scope } from 'go-go-scope'
import { expect, unwrap } from '../measure.mjs'

const failureThreshold = 5
const resetTimeout = 30_000
const settings = { failureThreshold, resetTimeout }

/** A count of failures, and a look at it. */
function byHand(use) {
  let failures = 0
  let openUntil = 0
  return use(async (body) => {
    if (failures >= failureThreshold && performance.now() < openUntil) throw new Error('open')
    try {
      const value = await body()
      failures = 0
      return value
    } catch (error) {
      failures++
      openUntil = performance.now() + resetTimeout
      throw error
    }
  })
}

const ours = (scopeOptions, makeTaskOptions) => async (use) => {
  await using s = scope(scopeOptions)
  const options = makeTaskOptions?.()
  return await use(async (body) => unwrap(await s.task(body, options)))
}

function policy(use) {
  const breaker = cockatielBreaker(handleAll, {
    halfOpenAfter: resetTimeout,
    breaker: new ConsecutiveBreaker(failureThreshold),
  })
  return use((body) => breaker.execute(body))
}

const opens = {
  breaks: 'it does not open after five failures in a row',
  async keeps(way) {
    let calls = 0
    let refused = 0
    await way(async (run) => {
      const failing = async () => {
        calls++
        throw new Error('always')
      }
      for (let i = 0; i < 8; i++) await run(failing).catch(() => refused++)
    })
    return calls === failureThreshold && refused === 8
  },
}

const successStartsAnew = {
  breaks: 'a success does not end a row of failures',
  keeps: (way) =>
    way(async (run) => {
      for (let i = 0; i < 20; i++) await run(() => (i % 3 === 0 ? Promise.resolve() : Promise.reject())).catch(() => {})
      return (await run(async () => 'closed')) === 'closed'
    }),
}

const work = (way, count) =>
  way(async (run) => {
    let calls = 0
    const body = async () => void calls++
    for (let i = 0; i < count; i++) await run(body)
    expect('calls', calls, count)
  })

const row = { each: 10_000, warmUp: 4, promises: [opens, successStartsAnew], work }

export const rows = [
  {
    ...row,
    id: 'breaker-scope',
    name: 'a task of a scope with a breaker',
    what: 'tasks one after another through the closed breaker of their scope; bare is a counter of failures',
    ways: { bare: byHand, 'go-go-scope': ours({ circuitBreaker: settings }), cockatiel: policy },
  },
  {
    ...row,
    id: 'breaker-task',
    name: 'a task with a breaker',
    what: 'tasks one after another through a closed breaker that they share; bare is a counter of failures',
    ways: {
      bare: byHand,
      'go-go-scope': ours({}, () => ({ circuitBreaker: circuitBreaker(settings) })),
      cockatiel: policy,
    },
  },
]
