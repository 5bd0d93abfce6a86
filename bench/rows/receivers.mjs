/** The time until each of many waiting receivers has been rejected. */
import { scope } from 'go-go-scope'
import { linear } from '../goals.mjs'
import { elapsed, expect } from '../measure.mjs'

const reason = new Error('enough')

/** Counts those who were told the reason. */
function counter() {
  let failed = 0
  return {
    refused: (error) => {
      if (error === reason) failed++
    },
    expectAll: (count) => expect('rejected receivers', failed, count),
  }
}

/** One channel, cancelled with its scope. */
async function together(count) {
  await using s = scope()
  const channel = s.channel()
  const { refused, expectAll } = counter()
  const all = Promise.all(Array.from({ length: count }, () => channel.receive().then(undefined, refused)))
  const time = await elapsed(() => {
    s.cancel(reason)
    return all
  })
  expectAll(count)
  return (time * 1e6) / count
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
  await using s = scope()
  const channel = s.channel()
  const { refused, expectAll } = counter()
  const controllers = Array.from({ length: count }, () => new AbortController())
  const all = Promise.all(controllers.map(({ signal }) => channel.receive({ signal }).then(undefined, refused)))
  const order = shuffled([...controllers])
  const time = await elapsed(() => {
    for (const controller of order) controller.abort(reason)
    return all
  })
  expectAll(count)
  return (time * 1e6) / count
}

const row = { rounds: 9, warmUp: 3, measure: (way, count) => way(count) }
const sizes = (way, many, few) => ({
  goal: linear(few.toLocaleString('en')),
  each: many,
  fewer: { [`go-go-scope, ${few.toLocaleString('en')}`]: few },
  ways: { 'go-go-scope': way, [`go-go-scope, ${few.toLocaleString('en')}`]: way },
})

export const rows = [
  {
    ...row,
    id: 'receivers',
    name: 'cancelling, one of 100,000 waiting receivers',
    what: '100,000 receivers of one channel, cancelled with their scope',
    ...sizes(together, 100_000, 50_000),
  },
  {
    ...row,
    id: 'receivers-alone',
    name: 'cancelling, one of 10,000 waiting receivers, each alone',
    what: '10,000 receivers of one channel, each with a signal of its own, cancelled in random order',
    ...sizes(oneByOne, 10_000, 5_000),
  },
]
