/** The time until each of many waiting receivers has been rejected: twice as many must take twice as long. */
import { scope } from 'go-go-scope'
import { compare, elapsed, expect, report } from './measure.mjs'

const reason = new Error('enough')
let failed = 0
const failure = (error) => {
  if (error === reason) failed++
}

/** One channel, cancelled with its scope. */
async function together(count) {
  const s = scope()
  const channel = s.channel()
  failed = 0
  const all = Promise.all(Array.from({ length: count }, () => channel.receive().then(undefined, failure)))
  const time = await elapsed(() => {
    s.cancel(reason)
    return all
  })
  expect('rejected receivers', failed, count)
  await s[Symbol.asyncDispose]()
  return time
}

/** The same order in each round, with no pattern to it. */
function shuffled(items) {
  let seed = 1
  for (let i = items.length - 1; i > 0; i--) {
    seed = (seed * 48_271) % 2_147_483_647
    const j = seed % (i + 1)
    const item = items[i]
    items[i] = items[j]
    items[j] = item
  }
  return items
}

/** A signal each, aborted in random order. */
async function oneByOne(count) {
  const s = scope()
  const channel = s.channel()
  failed = 0
  const controllers = Array.from({ length: count }, () => new AbortController())
  const all = Promise.all(controllers.map(({ signal }) => channel.receive({ signal }).then(undefined, failure)))
  const order = shuffled([...controllers])
  const time = await elapsed(() => {
    for (const controller of order) controller.abort(reason)
    return all
  })
  expect('rejected receivers', failed, count)
  await s[Symbol.asyncDispose]()
  return time
}

const options = { rounds: 9, warmUp: 3 }

report(
  await compare(
    'cancelling 100,000 waiting receivers',
    () => together(100_000),
    () => together(50_000),
    { ...options, beside: '50,000 (linear is 2)' },
  ),
  await compare(
    'cancelling 10,000 receivers one by one',
    () => oneByOne(10_000),
    () => oneByOne(5_000),
    { ...options, beside: '5,000 (linear is 2)' },
  ),
)
