/** What options mean that are left out, or given twice over. */
import { expect, test } from 'vitest'
import { Owner as Lifetime } from '../src/lifetime/owner.js'
import { InMemoryCache, matcher } from '../src/persist/memory-cache.js'
import { decorrelatedJitter } from '../src/policy/backoff.js'
import { circuitBreaker } from '../src/policy/breaker.js'
import { Breakers } from '../src/policy/breakers.js'
import { every } from '../src/rate/every.js'
import { channelFrom } from '../src/sync/channel-from.js'
import { priorityChannel } from '../src/sync/priority-channel.js'
import { virtualTime } from '../src/testing/index.js'
import { Owner as Stub } from './lifetime-stub.js'
import { Owner } from './sync-fixtures.js'

test('decorrelated jitter starts with 100 ms and ends at 30 s', () => {
  const delay = decorrelatedJitter()
  let longest = 0
  for (let attempt = 1; attempt <= 200; attempt++) {
    const ms = delay(attempt, new Error('again'))
    expect(ms).toBeGreaterThanOrEqual(100)
    expect(ms).toBeLessThanOrEqual(30_000)
    longest = Math.max(longest, ms)
  }
  expect(longest).toBeGreaterThan(300)
})

test('a window of a breaker has a size or a time, not both and not neither', () => {
  expect(() => circuitBreaker({ window: {} })).toThrow('neither')
  expect(() => circuitBreaker({ window: { size: 5, ms: 5 } })).toThrow('both')
  expect(() => circuitBreaker({ window: { ms: 1_000 } })).not.toThrow()
  expect(() => circuitBreaker({ window: { size: 5 } })).not.toThrow()
})

test('a priority that is no number is reported, and its value comes last', () => {
  const owner = new Owner()
  const words = priorityChannel<string>(owner, {
    priority: (word) => (word === 'odd' ? 'high' : Number(word)) as number,
  })
  for (const word of ['odd', 'not', '1', '2']) words.trySend(word)
  expect(Array.from({ length: 4 }, () => words.tryReceive())).toEqual(['2', '1', 'odd', 'not'])
  expect(owner.reports.map(String)).toEqual([
    "TypeError: Cannot rank value: priority must be a number, got 'high'",
    'RangeError: Cannot rank value: priority must be a number, got NaN',
  ])
})

test('an interval of 0 calls again in the next macrotask, for as long as it may', async () => {
  const clock = virtualTime()
  try {
    let calls = 0
    const stop = every(new Stub(), 0, () => {
      if (++calls === 3) stop()
    })
    await clock.advance(0)
    expect(calls).toBe(3)
    expect(clock.pendingTimers).toBe(0)
  } finally {
    clock.restore()
  }
})

test('a cache that is disposed of has forgotten everything', async () => {
  const cache = new InMemoryCache()
  {
    using it = cache
    await it.set('key', 'value')
  }
  expect(await cache.has('key')).toBe(false)
})

test('a lifetime without a scope tells the console of its host, with its name', async () => {
  const lines: unknown[][] = []
  const host = { ...new Stub().host, log: (...line: unknown[]) => void lines.push(line) }
  const owner = new Lifetime(host, { name: 'own' })
  const error = new Error('thrown')
  owner.report(error, 'callback')
  owner.warn('careful')
  expect(lines).toEqual([
    ['error', '[own] callback threw', error],
    ['warn', '[own] careful'],
  ])
  await owner[Symbol.asyncDispose]()
})

test('a source that answers or throws at once, and one that cannot be told to end, are sources too', async () => {
  const owner = new Stub()
  let next = 0
  const reader = {
    read: () => ({ done: next === 3, value: next++ }) as never,
    cancel: () => {
      throw new Error('cannot')
    },
  }
  const values: number[] = []
  for await (const value of channelFrom<number>(owner, { getReader: () => reader })) values.push(value)
  expect(values).toEqual([0, 1, 2])
  const error = new Error('at once')
  const failing = channelFrom<number>(owner, {
    getReader: () => ({
      ...reader,
      read: () => {
        throw error
      },
    }),
  })
  await expect(failing.receive()).rejects.toBe(error)
  next = 0
  const left = channelFrom<number>(owner, { getReader: () => reader })
  expect(await left.receive()).toBe(0)
  left.close()
  expect(owner.reports).toHaveLength(1)
  expect(await owner.dispose()).toEqual([])
})

test('1 000 breakers of tasks are kept, the least recently used goes first', () => {
  const breakers = new Breakers(new Stub() as never)
  const first = breakers.of({ failureThreshold: 1 }, 'task-0')
  for (let at = 1; at < 1_000; at++) breakers.of({ failureThreshold: 1 }, `task-${at}`)
  expect(breakers.of({ failureThreshold: 1 }, 'task-0')).toBe(first)
  breakers.of({ failureThreshold: 1 }, 'task-1000')
  expect(breakers.of({ failureThreshold: 1 }, 'task-0')).toBe(first)
})

test('a star in a pattern of a cache is any text, also none, and nothing else is special', () => {
  const matches = (pattern: string | undefined, key: string) => matcher(pattern)(key)
  for (const key of ['', 'a', 'user:1']) expect([matches(undefined, key), matches('*', key)]).toEqual([true, true])
  expect(matches('a', 'a')).toBe(true)
  expect(matches('a', 'ab')).toBe(false)
  expect(matches('user:*', 'user:1')).toBe(true)
  expect(matches('user:*', 'users:1')).toBe(false)
  expect(matches('*:1', 'user:2')).toBe(false)
  expect(matches('a*c*e', 'abcde')).toBe(true)
  expect(matches('a*c*e', 'abde')).toBe(false)
  expect(matches('ab*ba', 'aba')).toBe(false)
  expect(matches('a.c', 'abc')).toBe(false)
})
