/** Values handed from producers to consumers, each awaited on both sides, as one would write it with each library. */
import { Effect, Exit, Fiber, Queue } from 'effect'
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

/** A receiver that is cancelled some turns after a value was sent; gives the value, whoever got it. */
const cancelledReceiver = (capacity) => async (turns) => {
  await using s = scope()
  const channel = s.channel(capacity)
  const end = new AbortController()
  const received = channel.receive({ signal: end.signal }).catch(() => undefined)
  const sent = channel.send('value')
  for (let turn = 0; turn < turns; turn++) await undefined
  end.abort()
  const value = (await received) ?? (await channel.receive())
  await sent
  return value
}

const interruptedTaker = (capacity) => (turns) =>
  Effect.runPromise(
    Effect.gen(function* () {
      const queue = yield* Queue.bounded(capacity)
      const taker = yield* Effect.forkChild(Queue.take(queue))
      const sender = yield* Effect.forkChild(Queue.offer(queue, 'value'))
      for (let turn = 0; turn < turns; turn++) yield* Effect.yieldNow
      yield* Fiber.interrupt(taker)
      const taken = yield* Fiber.await(taker)
      const value = Exit.isSuccess(taken) ? taken.value : yield* Queue.take(queue)
      yield* Fiber.join(sender)
      return value
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

const nothingGoesWithIt = {
  breaks: 'a message that was sent to a cancelled receiver is lost',
  async keeps({ cancelled }) {
    for (let turns = 0; cancelled !== undefined && turns < 10; turns++) {
      if ((await cancelled(turns)) !== 'value') return false
    }
    return true
  },
}

async function work(way, count) {
  const got = await way(count)
  expect('messages', got.flat().length, count)
}

const row = { each: 20_000, promises: [everyMessage, nothingGoesWithIt], work, warmUp: 4 }

const ours = (capacity, pairs) =>
  Object.assign(channels(capacity, pairs), { cancelled: cancelledReceiver(capacity) })
const effect = (capacity, pairs) => Object.assign(queues(capacity, pairs), { cancelled: interruptedTaker(capacity) })

export const rows = [
  {
    ...row,
    id: 'channel-100',
    name: 'a message, buffer of 100',
    what: '20,000 values sent and received one by one through a channel; bare is an async generator, which has one side that waits',
    goal: fasterThan(3, 'Effect'),
    ways: { bare: generator, 'go-go-scope': ours(100, 1), Effect: effect(100, 1) },
  },
  {
    ...row,
    id: 'channel-0',
    name: 'a message, hand to hand',
    what: '20,000 values that a sender hands to a receiver, without a buffer; bare is an async generator',
    goal: fasterThan(3, 'Effect'),
    ways: { bare: generator, 'go-go-scope': ours(0, 1), Effect: effect(0, 1) },
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
    ways: { 'go-go-scope': ours(100, 20), Effect: effect(100, 20) },
  },
]
