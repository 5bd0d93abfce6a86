/** Resources borrowed and given back: by one who finds them free, and by many who wait for ten. */
import genericPool from 'generic-pool'
import { scope } from 'go-go-scope'
import { Pool } from 'tarn'
import { compareAll, elapsed, expect, report } from './measure.mjs'

const count = 10_000
const max = 10

/** Borrows one after another. */
async function inTurn(acquire, release) {
  for (let i = 0; i < count; i++) await release(await acquire())
}

/** All want one at once; a borrower keeps it for a turn. */
async function atOnce(acquire, release) {
  let running = 0
  let most = 0
  const borrow = async () => {
    const resource = await acquire()
    if (++running > most) most = running
    await undefined
    running--
    await release(resource)
  }
  await Promise.all(Array.from({ length: count }, borrow))
  expect('lent at once', most, max)
}

async function ours(use) {
  const s = scope()
  const pool = s.pool({ create: async () => ({}), destroy: async () => {}, min: max, max })
  await pool.initialize()
  const time = await elapsed(() =>
    use(
      () => pool.acquire(),
      (resource) => pool.release(resource),
    ),
  )
  expect('given back', pool.stats.available, max)
  await s[Symbol.asyncDispose]()
  return time
}

async function tarn(use) {
  const pool = new Pool({ create: async () => ({}), destroy: async () => {}, min: max, max })
  await Promise.all(Array.from({ length: max }, () => pool.acquire().promise)).then((all) =>
    all.forEach((each) => void pool.release(each)),
  )
  const time = await elapsed(() =>
    use(
      () => pool.acquire().promise,
      (resource) => pool.release(resource),
    ),
  )
  expect('given back', pool.numFree(), max)
  await pool.destroy()
  return time
}

async function generic(use) {
  const pool = genericPool.createPool({ create: async () => ({}), destroy: async () => {} }, { min: max, max })
  await pool.ready()
  const time = await elapsed(() =>
    use(
      () => pool.acquire(),
      (resource) => pool.release(resource),
    ),
  )
  expect('given back', pool.available, max)
  await pool.drain()
  await pool.clear()
  return time
}

const peers = (use) => [
  { beside: 'tarn', work: () => tarn(use) },
  { beside: 'generic-pool', work: () => generic(use) },
]
const options = { each: count, rounds: 9 }

report(
  ...(await compareAll('pool, borrowed in turn', () => ours(inTurn), peers(inTurn), options)),
  ...(await compareAll('pool, 10,000 wait for 10', () => ours(atOnce), peers(atOnce), options)),
)
