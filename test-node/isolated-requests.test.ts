/** A host where one request cannot wake another, as workerd is: whoever waits asks again by itself. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { InMemoryIdempotencyProvider } from '../src/persist/memory.js'
import { openScope } from '../src/scope/scope.js'
import { type VirtualClock, virtualTime } from '../src/testing/index.js'
import { host } from '../runtimes/generic/runtime.js'

const isolated = { ...host, isolatesRequests: true }

let clock: VirtualClock
beforeEach(() => {
  clock = virtualTime()
})
afterEach(() => clock.restore())

test('a lock goes round among those who wait, and to one at a time', async () => {
  const scopes = Array.from({ length: 4 }, () => openScope(isolated))
  let holders = 0
  let served = 0
  const all = scopes.map(async (s) => {
    const lock = await s.acquireLock('one', { timeout: 60_000 })
    expect(++holders).toBe(1)
    await s.delay(100)
    holders--
    served++
    await lock[Symbol.asyncDispose]()
  })
  await clock.advance(20_000)
  await Promise.all(all)
  expect(served).toBe(4)
  await Promise.all(scopes.map((s) => s[Symbol.asyncDispose]()))
  expect(clock.pendingTimers).toBe(0)
})

test('whoever gives up waiting hinders nobody', async () => {
  const [first, second] = [openScope(isolated), openScope(isolated)]
  const held = await first.acquireLock('two')
  const late = second.acquireLock('two', { timeout: 50 }).then(
    () => 'got it',
    (error: Error) => error.name,
  )
  await clock.advance(1_000)
  expect(await late).toBe('TimeoutError')
  await held[Symbol.asyncDispose]()
  const again = second.acquireLock('two')
  await clock.advance(1_000)
  await (await again)[Symbol.asyncDispose]()
  await Promise.all([first, second].map((s) => s[Symbol.asyncDispose]()))
  expect(clock.pendingTimers).toBe(0)
})

test('a key in progress is looked up again until its value is there', async () => {
  const idempotency = new InMemoryIdempotencyProvider()
  const [first, second] = [1, 2].map(() => openScope(isolated, { persistence: { idempotency } }))
  let runs = 0
  const work = async () => {
    runs++
    await new Promise<void>((resolve) => setTimeout(resolve, 500))
    return 'value'
  }
  const options = { idempotency: { key: 'job', wait: true } }
  const one = first?.task(work, options)
  const two = second?.task(work, options)
  await clock.advance(5_000)
  expect(await one).toEqual([undefined, 'value'])
  expect(await two).toEqual([undefined, 'value'])
  expect(runs).toBe(1)
  await Promise.all([first, second].map((s) => s?.[Symbol.asyncDispose]()))
  expect(clock.pendingTimers).toBe(0)
})
