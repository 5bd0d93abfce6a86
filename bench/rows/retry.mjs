/** One failed attempt, and at once a second one that succeeds. */
import { ConstantBackoff, handleAll, retry } from 'cockatiel'
import { Effect } from 'effect'
import { scope } from 'go-go-scope'
import pRetry from 'p-retry'
import { fasterThan } from '../goals.mjs'
import { unwrap } from '../measure.mjs'
import { effectOf } from '../peers.mjs'
import { everyValueOnce, rejects, turns } from '../promises.mjs'

const retries = 3

const inTurn = (run) => async (bodies, options) => {
  const values = []
  for (const each of bodies) values.push(await run(each, options))
  return values
}

async function loop(each) {
  for (let left = retries; ; left--) {
    try {
      return await each()
    } catch (error) {
      if (left === 0) throw error
    }
  }
}

async function tasks(bodies, options) {
  await using s = scope(options)
  return await inTurn(async (each) => unwrap(await s.task(each, { retry: { max: retries, delay: 0 } })))(bodies)
}

const policy = retry(handleAll, { maxAttempts: retries, backoff: new ConstantBackoff(0) })

const fibers = (bodies, options) =>
  Effect.runPromise(
    Effect.gen(function* () {
      const values = []
      for (const each of bodies) values.push(yield* Effect.retry(effectOf(each), { times: retries }))
      return values
    }),
    options,
  )

/** Fails each first time. */
function flaky(failure) {
  let attempts = 0
  return async () => {
    if (attempts++ % 2 === 0) throw failure
    return 1
  }
}

const falsyIsRetried = {
  breaks: 'a rejection with undefined is not retried',
  keeps: async (way) => (await way([flaky(undefined)]))[0] === 1,
}

const lastFailure = {
  breaks: 'it does not end after the last attempt',
  async keeps(way) {
    let attempts = 0
    const failing = async () => {
      attempts++
      throw new Error('always')
    }
    return (await rejects(way([failing]))) && attempts === retries + 1
  },
}

const cancellationEndsIt = {
  breaks: 'attempts go on after the cancellation',
  async keeps(way) {
    let attempts = 0
    const controller = new AbortController()
    const failing = async () => {
      if (++attempts === 2) controller.abort(new Error('enough'))
      await turns(1)
      throw new Error('always')
    }
    return (await rejects(way([failing], { signal: controller.signal }))) && attempts === 2
  },
}

export const rows = [
  {
    id: 'retry',
    name: 'one failed attempt and a retry',
    what: 'tasks that fail once and are retried without delay, one after another; bare is a loop; cockatiel waits for a timer',
    goal: fasterThan(2, 'p-retry'),
    each: 3_000,
    fewer: { cockatiel: 100 },
    rounds: 21,
    warmUp: 4,
    ways: {
      bare: inTurn(loop),
      'go-go-scope': tasks,
      'p-retry': inTurn((each, { signal } = {}) => pRetry(each, { retries, minTimeout: 0, signal })),
      Effect: fibers,
      cockatiel: inTurn((each, { signal } = {}) => policy.execute(each, signal)),
    },
    promises: [everyValueOnce, falsyIsRetried, lastFailure, cancellationEndsIt],
    work: (way, count) => way(Array(count).fill(flaky(new Error('once')))),
  },
]
