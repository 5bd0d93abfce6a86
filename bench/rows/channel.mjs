/** Values handed from producers to consumers, each awaited on both sides, as one would write it with each library. */
import { Effect, Fiber, Queue } from 'effect'
import { scope } from 'go-go-scope'
import { fasterThan } from '../goals.mjs'
import { expect } from '../measure.mjs'

/** Hands `count` numbers over through one channel, from `pairs` producers to as many consumers; gives what each got. */
const channels = (capacity, pairs) => async (count) => {
  await using s = scope()
  const channel = s.channel(capacity)
  const producers = Array.from({ length: pairs }, async (_, first) => {
    for (let i = first; i < count; i += pairs) await channel.send(i)
  })
  const consumers = Array.from({ length: pairs }, async () => {
    const got = []
    for (let i = 0; i < count / pairs; i++) got.push(await channel.receive())
    return got
  })
  await Promise.all(producers)
  return Promise.all(consumers)
}

const iteration = (capacity) => async (count) => {
  await using s = scope()
  const channel = s.channel(capacity)
  const sent = (async () => {
    for (let i = 0; i < count; i++) await channel.send(i)
    channel.close()
  })()
  const got = []
  for await (const value of channel) got.push(value)
  await sent
  return [got]
}

const queues = (capacity, pairs) => (count) =>
  Effect.runPromise(
    Effect.gen(function* () {
      const queue = yield* Queue.bounded(capacity)
      const fork = (make) => Effect.forEach(Array(pairs).keys(), (n) => Effect.forkChild(Effect.gen(() => make(n))))
      const producers = yield* fork(function* (first) {
        for (let i = first; i < count; i += pairs) yield* Queue.offer(queue, i)
      })
      const consumers = yield* fork(function* () {
        const got = []
        for (let i = 0; i < count / pairs; i++) got.push(yield* Queue.take(queue))
        return got
      })
      yield* Fiber.joinAll(producers)
      return yield* Fiber.joinAll(consumers)
    }),
  )

/** No buffer, one producer, one consumer, one side that waits: the least that the language has. */
async function generator(count) {
  async function* produce() {
    for (let i = 0; i < count; i++) yield i
  }
  const got = []
  for await (const value of produce()) got.push(value)
  return [got]
}

const everyMessage = {
  breaks: 'messages are lost, doubled or out of order',
  async keeps(way) {
    const got = await way(1_000)
    const inOrder = got.every((each) => each.every((value, at) => at === 0 || value > each[at - 1]))
    const all = got.flat().sort((a, b) => a - b)
    return inOrder && all.length === 1_000 && all.every((value, at) => value === at)
  },
}

async function work(way, count) {
  const got = await way(count)
  expect('messages', got.flat().length, count)
}

const row = { each: 20_000, promises: [everyMessage], work, warmUp: 4 }

export const rows = [
  {
    ...row,
    id: 'channel-100',
    name: 'a message, buffer of 100',
    what: '20,000 values sent and received one by one through a channel; bare is an async generator, which has one side that waits',
    goal: fasterThan(3, 'Effect'),
    ways: { bare: generator, 'go-go-scope': channels(100, 1), Effect: queues(100, 1) },
  },
  {
    ...row,
    id: 'channel-0',
    name: 'a message, hand to hand',
    what: '20,000 values that a sender hands to a receiver, without a buffer; bare is an async generator',
    goal: fasterThan(3, 'Effect'),
    ways: { bare: generator, 'go-go-scope': channels(0, 1), Effect: queues(0, 1) },
  },
  {
    ...row,
    id: 'channel-iterated',
    name: 'a message in for await, buffer of 100',
    what: '20,000 values received by a loop; bare is an async generator',
    ways: { bare: generator, 'go-go-scope': iteration(100) },
  },
  {
    ...row,
    id: 'channel-20',
    name: 'a message among 20 senders and receivers',
    what: '20,000 values from twenty senders to twenty receivers, through one channel with a buffer of 100',
    ways: { 'go-go-scope': channels(100, 20), Effect: queues(100, 20) },
  },
]
