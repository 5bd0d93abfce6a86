/** Permits taken and given back by many who want them at once: 10 permits, 10,000 bodies that take a turn each. */
import { Sema } from 'async-sema'
import { scope } from 'go-go-scope'
import pLimit from 'p-limit'
import { compareAll, elapsed, expect, report } from './measure.mjs'

const count = 10_000
const permits = 10

/** Counts how many bodies run at once, so that nobody wins by not limiting. */
function crowd() {
  let running = 0
  let most = 0
  let done = 0
  return {
    async body() {
      if (++running > most) most = running
      await undefined
      running--
      done++
    },
    check(who) {
      expect(`${who}, bodies`, done, count)
      expect(`${who}, at once`, most, permits)
    },
  }
}

async function all(who, start) {
  const { body, check } = crowd()
  const time = await elapsed(() => Promise.all(Array.from({ length: count }, () => start(body))))
  check(who)
  return time
}

async function semaphores(who, makeStart) {
  const s = scope()
  const time = await all(who, makeStart(s.semaphore(permits)))
  await s[Symbol.asyncDispose]()
  return time
}

const withFunction = () => semaphores('acquire(fn)', (semaphore) => (body) => semaphore.acquire(body))

const withPermit = () =>
  semaphores('using', (semaphore) => async (body) => {
    using _ = await semaphore.acquire()
    await body()
  })

const sema = () => {
  const semaphore = new Sema(permits, { capacity: count })
  return all('async-sema', async (body) => {
    await semaphore.acquire()
    try {
      await body()
    } finally {
      semaphore.release()
    }
  })
}

const limited = () => {
  const limit = pLimit(permits)
  return all('p-limit', (body) => limit(body))
}

/** Nobody has to wait: the cost of a free permit. */
async function free(makeStart) {
  const s = scope()
  const start = makeStart(s)
  let done = 0
  const body = async () => void done++
  const time = await elapsed(async () => {
    for (let i = 0; i < count; i++) await start(body)
  })
  expect('bodies', done, count)
  await s[Symbol.asyncDispose]()
  return time
}

const freePermit = (s) => {
  const semaphore = s.semaphore(permits)
  return (body) => semaphore.acquire(body)
}

const freeSema = () => {
  const semaphore = new Sema(permits)
  return async (body) => {
    await semaphore.acquire()
    try {
      await body()
    } finally {
      semaphore.release()
    }
  }
}

const learned =
  'the time is in promises: a permit that is an object, and one promise more that hands it over; the peer counts only'
const options = { each: count, rounds: 15 }
const peers = [
  { beside: 'async-sema', work: sema, learned },
  { beside: 'p-limit', work: limited, learned },
]
const freePeers = [
  { beside: 'async-sema', work: () => free(freeSema) },
  { beside: 'p-limit', work: () => free(() => pLimit(permits)) },
]

report(
  ...(await compareAll('semaphore, acquire(fn), contended', withFunction, peers, options)),
  ...(await compareAll('semaphore, using, contended', withPermit, peers, options)),
  ...(await compareAll('semaphore, acquire(fn), free', () => free(freePermit), freePeers, options)),
)
