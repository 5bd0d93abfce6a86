/** Values handed from producers to consumers, each awaited on both sides, as one would write it with each library. */
import { Effect, Fiber, Queue } from 'effect'
import { scope } from 'go-go-scope'
import { compareAll, elapsed, expect, report } from './measure.mjs'

const count = 20_000
const sum = (count * (count - 1)) / 2

/** Hands `count` values over through one channel, from `pairs` producers to as many consumers. */
async function channels(capacity, pairs) {
  const s = scope()
  const time = await elapsed(async () => {
    const channel = s.channel(capacity)
    const producers = Array.from({ length: pairs }, async (_, first) => {
      for (let i = first; i < count; i += pairs) await channel.send(i)
    })
    const consumers = Array.from({ length: pairs }, async () => {
      let total = 0
      for (let i = 0; i < count / pairs; i++) total += await channel.receive()
      return total
    })
    await Promise.all(producers)
    expect('channel', add(await Promise.all(consumers)), sum)
  })
  await s[Symbol.asyncDispose]()
  return time
}

async function iteration(capacity) {
  const s = scope()
  const time = await elapsed(async () => {
    const channel = s.channel(capacity)
    const sent = (async () => {
      for (let i = 0; i < count; i++) await channel.send(i)
      channel.close()
    })()
    let total = 0
    for await (const value of channel) total += value
    await sent
    expect('iteration', total, sum)
  })
  await s[Symbol.asyncDispose]()
  return time
}

const queues = (capacity, pairs) =>
  elapsed(() =>
    Effect.runPromise(
      Effect.gen(function* () {
        const queue = yield* Queue.bounded(capacity)
        const fork = (make) => Effect.forEach(Array(pairs).keys(), (n) => Effect.forkChild(Effect.gen(() => make(n))))
        const producers = yield* fork(function* (first) {
          for (let i = first; i < count; i += pairs) yield* Queue.offer(queue, i)
        })
        const consumers = yield* fork(function* () {
          let total = 0
          for (let i = 0; i < count / pairs; i++) total += yield* Queue.take(queue)
          return total
        })
        yield* Fiber.joinAll(producers)
        expect('Effect queue', add(yield* Fiber.joinAll(consumers)), sum)
      }),
    ),
  )

/** No buffer, one producer, one consumer: the least that the language has. */
const generator = () =>
  elapsed(async () => {
    async function* produce() {
      for (let i = 0; i < count; i++) yield i
    }
    let total = 0
    for await (const value of produce()) total += value
    expect('generator', total, sum)
  })

const add = (numbers) => numbers.reduce((a, b) => a + b)
const options = { each: count, rounds: 9 }
const effect = (capacity, pairs) => ({ beside: 'Effect Queue', work: () => queues(capacity, pairs) })
const language = {
  beside: 'async generator',
  work: generator,
  learned: 'a generator has one side that waits, without cancellation; two async functions that meet are awaited twice',
}

report(
  ...(await compareAll('channel, buffer 100', () => channels(100, 1), [effect(100, 1), language], options)),
  ...(await compareAll('channel, rendezvous', () => channels(0, 1), [effect(0, 1), language], options)),
  ...(await compareAll('channel, for await, buffer 100', () => iteration(100), [language], options)),
  ...(await compareAll('channel, 20 producers and consumers', () => channels(100, 20), [effect(100, 20)], options)),
)
