/** Calls that pass a closed circuit breaker. */
import { circuitBreaker as cockatielBreaker, ConsecutiveBreaker, handleAll } from 'cockatiel'
import { circuitBreaker, scope } from 'go-go-scope'
import { compareAll, elapsed, expect, report } from './measure.mjs'

const count = 20_000

async function sequence(who, run) {
  let calls = 0
  const body = async () => void calls++
  const time = await elapsed(async () => {
    for (let i = 0; i < count; i++) await run(body)
  })
  expect(`${who}, calls`, calls, count)
  return time
}

async function ours(options, taskOptions) {
  const s = scope(options)
  const time = await sequence('ours', (body) => s.task(body, taskOptions))
  await s[Symbol.asyncDispose]()
  return time
}

const settings = { failureThreshold: 5, resetTimeout: 30_000 }
const shared = { circuitBreaker: circuitBreaker(settings) }
const policy = cockatielBreaker(handleAll, { halfOpenAfter: 30_000, breaker: new ConsecutiveBreaker(5) })
const learned =
  'a task that can be cancelled and has a Result, which the peer gives neither of; collecting its garbage is a quarter of the time, reading the clock a twelfth'
const peers = [{ beside: 'cockatiel', work: () => sequence('cockatiel', (body) => policy.execute(body)), learned }]
const options = { each: count, rounds: 15 }

report(
  ...(await compareAll('breaker of the scope, closed', () => ours({ circuitBreaker: settings }), peers, options)),
  ...(await compareAll('breaker of the task, closed', () => ours({}, shared), peers, options)),
)
