/** Work in workers beside pools made for that: a round trip with nothing to do, and jobs that keep a processor busy. */
import { availableParallelism } from 'node:os'
import { Piscina } from 'piscina'
import { Tinypool } from 'tinypool'
import workerpool from 'workerpool'
import { scope, workerTasks } from 'go-go-scope'
import { compare, elapsed, report } from './measure.mjs'

const size = Math.max(1, availableParallelism() - 1)
const file = new URL('./worker-jobs.mjs', import.meta.url)
const rounds = { rounds: 9, warmUp: 2 }

const s = scope({ workerPool: { size } })
const w = workerTasks({ url: new URL('./worker-exposed.mjs', import.meta.url) })
const piscina = new Piscina({ filename: file.href, minThreads: size, maxThreads: size })
const tinypool = new Tinypool({ filename: file.href, minThreads: size, maxThreads: size })
const pool = workerpool.pool(new URL('./worker-workerpool.mjs', import.meta.url).pathname, {
  maxWorkers: size,
  workerType: 'thread',
})

/** The value of a Result, which must have one. */
async function got(task) {
  const [error, value] = await task
  if (error) throw error
  return value
}

const ways = {
  'go-go-scope': (name, data) => got(s.task(w[name], { worker: true, data })),
  piscina: (name, data) => piscina.run({ data }, { name }),
  tinypool: (name, data) => tinypool.run({ data }, { name }),
  workerpool: (name, data) => pool.exec(name, [{ data }]),
}

/** Every answer is looked at: a pool that loses one is no pool. */
const trips = (count) => (run) => () =>
  elapsed(async () => {
    for (let i = 0; i < count; i++) if ((await run('echo', i)) !== i) throw new Error('a value was lost')
  })

const primesBelow = 300_000
const jobs = (count) => (run) => () =>
  elapsed(async () => {
    const found = await Promise.all(Array.from({ length: count }, () => run('primes', primesBelow)))
    if (found.some((primes) => primes !== 25_997)) throw new Error('a value was lost')
  })

const rows = []
const { 'go-go-scope': ours, ...others } = ways
for (const [name, work] of [
  ['worker: 500 round trips, one after another', trips(500)],
  ['worker: 8 CPU jobs at once', jobs(8)],
])
  for (const [beside, other] of Object.entries(others))
    rows.push(await compare(name, work(ours), work(other), { beside, ...rounds }))
report(...rows)
await Promise.all([s[Symbol.asyncDispose](), piscina.destroy(), tinypool.destroy(), pool.terminate()])
