/** Many functions run ten at a time: as tasks of a scope, and as one `parallel`. */
import { scope } from 'go-go-scope'
import pLimit from 'p-limit'
import pMap from 'p-map'
import { compareAll, elapsed, expect, report } from './measure.mjs'

const count = 10_000
const concurrency = 10

async function counted(who, work) {
  let running = 0
  let most = 0
  let done = 0
  const body = async () => {
    if (++running > most) most = running
    await undefined
    running--
    return done++
  }
  const time = await elapsed(() => work(body))
  expect(`${who}, bodies`, done, count)
  expect(`${who}, within the limit`, most <= concurrency, true) // p-map starts them too slowly to reach it
  return time
}

async function tasks() {
  const s = scope({ concurrency })
  const time = await counted('scope', (body) => Promise.all(Array.from({ length: count }, () => s.task(body))))
  await s[Symbol.asyncDispose]()
  return time
}

async function parallel() {
  const s = scope()
  const time = await counted('parallel', async (body) => {
    const results = await s.parallel(Array(count).fill(body), { concurrency })
    expect('parallel, results', results.filter(([error]) => error === undefined).length, count)
  })
  await s[Symbol.asyncDispose]()
  return time
}

const limited = () =>
  counted('p-limit', (body) => {
    const limit = pLimit(concurrency)
    return Promise.all(Array.from({ length: count }, () => limit(body)))
  })

const mapped = () => counted('p-map', (body) => pMap(Array(count).fill(body), (fn) => fn(), { concurrency }))

const learned =
  'a task costs an object with a state, a place in the tree and a Result; settling those and their garbage is the difference'
const options = { each: count, rounds: 15 }
const peers = [
  { beside: 'p-limit', work: limited, learned },
  { beside: 'p-map', work: mapped, learned },
]

report(
  ...(await compareAll('scope.task, concurrency 10', tasks, peers, options)),
  ...(await compareAll('parallel, concurrency 10', parallel, peers, options)),
)
