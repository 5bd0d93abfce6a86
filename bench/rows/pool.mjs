/** Resources borrowed and given back: by one who finds them free, and by many who wait for ten. */
import genericPool from 'generic-pool'
import { scope } from 'go-go-scope'
import { Pool } from 'tarn'
import { fasterThan } from '../goals.mjs'
import { expect } from '../measure.mjs'
import { rejects } from '../promises.mjs'

const max = 10
/** Milliseconds that a borrower waits at most, as it is with all of them. */
const patience = 30_000

const resources = { create: async () => ({}), destroy: async () => {} }

async function ours(use, { acquireTimeout = patience, size = max, ...made } = {}) {
  await using s = scope()
  const pool = s.pool({ ...resources, ...made, min: size, max: size, acquireTimeout })
  await pool.initialize()
  return await use(
    () => pool.acquire(),
    (resource) => pool.release(resource),
  )
}

async function tarn(use, { acquireTimeout = patience, size = max, ...made } = {}) {
  const pool = new Pool({ ...resources, ...made, min: size, max: size, acquireTimeoutMillis: acquireTimeout })
  await Promise.all(Array.from({ length: size }, () => pool.acquire().promise)).then((all) => {
    for (const each of all) pool.release(each)
  })
  try {
    return await use(
      () => pool.acquire().promise,
      (resource) => pool.release(resource),
    )
  } finally {
    await pool.destroy()
  }
}

async function generic(use, { acquireTimeout = patience, size = max, ...made } = {}) {
  const limits = { min: size, max: size, acquireTimeoutMillis: acquireTimeout }
  const pool = genericPool.createPool({ ...resources, ...made }, limits)
  await pool.ready()
  try {
    return await use(
      () => pool.acquire(),
      (resource) => pool.release(resource),
    )
  } finally {
    await pool.drain()
    await pool.clear()
  }
}

/** A list of what is free, and those who wait. */
async function byHand(use) {
  const free = await Promise.all(Array.from({ length: max }, resources.create))
  const waiting = []
  return use(
    async () => free.pop() ?? (await new Promise((resolve) => waiting.push(resolve))),
    (resource) => (waiting.length > 0 ? waiting.shift()(resource) : free.push(resource)),
  )
}

/** Borrows one after another. */
const inTurn = (way, count) =>
  way(async (acquire, release) => {
    for (let i = 0; i < count; i++) await release(await acquire())
  })

/** All want one at once; a borrower keeps it for a turn. */
const atOnce = (way, count) =>
  way(async (acquire, release) => {
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
  })

const neverTwice = {
  breaks: 'a resource is lent twice at once',
  keeps: (way) =>
    way(async (acquire, release) => {
      const lent = new Set()
      let twice = 0
      const borrow = async () => {
        const resource = await acquire()
        if (lent.has(resource)) twice++
        lent.add(resource)
        await undefined
        lent.delete(resource)
        await release(resource)
      }
      await Promise.all(Array.from({ length: 100 }, borrow))
      return twice === 0
    }),
}

const noWaiterIsLeft = {
  breaks: 'a borrower who waited too long still takes the resource',
  keeps: (way) =>
    way(
      async (acquire, release) => {
        const only = await acquire()
        if (!(await rejects(acquire()))) return false
        await release(only)
        const again = await acquire()
        await release(again)
        return again === only
      },
      { size: 1, acquireTimeout: 20 },
    ),
}

const allAreDestroyed = {
  breaks: 'a resource is left when the pool has ended',
  async keeps(way) {
    let live = 0
    const made = {
      create: async () => {
        live++
        return {}
      },
      destroy: async () => void live--,
    }
    await way(async (acquire, release) => release(await acquire()), made)
    return live === 0
  },
}

const row = {
  goal: fasterThan(2, 'generic-pool', 'tarn'),
  each: 10_000,
  rounds: 15,
  warmUp: 4,
  ways: { bare: byHand, 'go-go-scope': ours, 'generic-pool': generic, tarn },
  promises: [neverTwice, noWaiterIsLeft, allAreDestroyed],
}

export const rows = [
  {
    ...row,
    id: 'pool',
    name: 'a resource that is free',
    what: 'a resource of ten borrowed and given back, 10,000 times one after another; bare is a list',
    work: inTurn,
  },
  {
    ...row,
    id: 'pool-crowd',
    name: 'a resource that 10,000 want',
    what: '10,000 borrowers at once for ten resources, each for one turn; bare is a list of resources and one of who waits',
    work: atOnce,
  },
]
