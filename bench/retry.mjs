/** One failed attempt, and at once a second one that succeeds. */
import { ConstantBackoff, handleAll, retry } from 'cockatiel'
import { scope } from 'go-go-scope'
import pRetry from 'p-retry'
import { compareAll, elapsed, expect, report } from './measure.mjs'

const count = 300
const failure = new Error('once')

async function sequence(who, run) {
  let attempts = 0
  const body = async () => {
    if (attempts++ % 2 === 0) throw failure
    return attempts
  }
  const time = await elapsed(async () => {
    for (let i = 0; i < count; i++) await run(body)
  })
  expect(`${who}, attempts`, attempts, 2 * count)
  return time
}

async function ours() {
  const s = scope()
  const time = await sequence('ours', (body) => s.task(body, { retry: { max: 3, delay: 0 } }))
  await s[Symbol.asyncDispose]()
  return time
}

const pRetried = () => sequence('p-retry', (body) => pRetry(body, { retries: 3, minTimeout: 0 }))

const policy = retry(handleAll, { maxAttempts: 3, backoff: new ConstantBackoff(0) })
const cockatiel = () => sequence('cockatiel', (body) => policy.execute(body))

const learned =
  'each attempt is a node of the tree that can be cancelled alone; a timer for a delay of 0 took 350 times as long'

report(
  ...(await compareAll(
    'retry, one failed attempt',
    ours,
    [
      { beside: 'p-retry', work: pRetried, learned },
      { beside: 'cockatiel, which waits for a timer', work: cockatiel },
    ],
    { each: count, rounds: 9 },
  )),
)
