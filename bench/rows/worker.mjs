/** Work in workers beside pools made for that: a round trip with nothing to do, and jobs that keep a processor busy. */
import { availableParallelism } from 'node:os'
import { setTimeout as after } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { Tinypool } from 'tinypool'
import workerpool from 'workerpool'
import { scope, workerTasks } from 'go-go-scope'
import { fasterThan } from '../goals.mjs'
import { expect, unwrap } from '../measure.mjs'

const size = Math.max(1, availableParallelism() - 1)
const address = (name) => new URL(`../workers/${name}.mjs`, import.meta.url)
const threads = { filename: address('jobs').href, minThreads: size, maxThreads: size }

const s = scope({ workerPool: { size } })
const w = workerTasks({ url: address('exposed') })
const piscina = new Piscina(threads)
const tinypool = new Tinypool(threads)
const pool = workerpool.pool(fileURLToPath(address('workerpool')), { maxWorkers: size, workerType: 'thread' })

/** One worker and its messages, answered in whatever order. */
const byHand = new Worker(address('by-hand'))
const waiting = new Map()
byHand.on('message', ({ id, error, value }) => {
  const { resolve, reject } = waiting.get(id)
  waiting.delete(id)
  if (error === undefined) resolve(value)
  else reject(error)
})

let ids = 0
function bare(name, data) {
  const id = ++ids
  byHand.postMessage({ id, name, data })
  return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }))
}

const ways = {
  'go-go-scope': async (name, data) => unwrap(await s.task(w[name], { worker: true, data })),
  piscina: (name, data) => piscina.run({ data }, { name }),
  tinypool: (name, data) => tinypool.run({ data }, { name }),
  workerpool: (name, data) => pool.exec(name, [{ data }]),
}

/** Every answer is looked at: a pool that loses one is no pool. */
async function trips(way, count) {
  for (let i = 0; i < count; i++) expect('an answer', await way('echo', i), i)
}

async function jobs(way, count) {
  const found = await Promise.all(Array.from({ length: count }, () => way('primes', 300_000)))
  for (const primes of found) expect('primes', primes, 25_997)
}

const errorsCross = {
  breaks: 'an error arrives without its name, message or code',
  async keeps(way) {
    try {
      await way('fail', 'no such row')
      return false
    } catch (error) {
      return error.name === 'RangeError' && error.message === 'no such row' && error.code === 'E_ROW'
    }
  },
}

const mapsCross = {
  breaks: 'a Map does not arrive as one',
  keeps: async (way) => (await way('echo', new Map([[1, 2]]))).get(1) === 2,
}

const loopTurns = {
  breaks: 'what a job leaves running stands still until the next job: its worker sleeps in between',
  async keeps(way) {
    const counter = new SharedArrayBuffer(4)
    await way('goOn', counter)
    await after(100)
    return Atomics.load(new Int32Array(counter), 0) > 0
  },
}

const row = { ways, promises: [errorsCross, mapsCross, loopTurns], rounds: 9 }

export const rows = [
  {
    ...row,
    id: 'worker',
    name: 'a round trip to a worker',
    what: 'a number sent to a worker that gives it back, one after another; bare is a message there and one back',
    ways: { bare, ...ways },
    goal: fasterThan(1, 'tinypool', 'piscina', 'workerpool'),
    each: 500,
    warmUp: 4,
    work: trips,
  },
  {
    ...row,
    id: 'worker-jobs',
    name: 'a job of a worker',
    what: `eight jobs at once that each keep a processor busy, on ${size} worker${size === 1 ? '' : 's'}`,
    unit: 'ms',
    each: 8,
    measure: async (way, count) => {
      const start = performance.now()
      await jobs(way, count)
      return (performance.now() - start) / count
    },
  },
]

export const end = () =>
  Promise.all([s[Symbol.asyncDispose](), byHand.terminate(), piscina.destroy(), tinypool.destroy(), pool.terminate()])
