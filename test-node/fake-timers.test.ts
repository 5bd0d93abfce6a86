/** Scopes in the fake time of other libraries behave as in real time, and two fakes at once are refused. */
import sinon from 'sinon'
import { afterEach, describe, expect, test, vi } from 'vitest'
import * as lib from '../runtimes/node/index.js'
import { preload, virtualTime } from '../runtimes/generic/testing.js'

/** What the tests ask of a fake clock. */
interface Fake {
  advance(ms: number): Promise<unknown>
  readonly timers: number
  restore(): void
}

const vitest = (options?: Parameters<typeof vi.useFakeTimers>[0]): Fake => {
  vi.useFakeTimers(options)
  return {
    advance: (ms) => vi.advanceTimersByTimeAsync(ms),
    get timers() {
      return vi.getTimerCount()
    },
    restore: () => void vi.useRealTimers(),
  }
}

const withSinon = (options?: Parameters<typeof sinon.useFakeTimers>[0]): Fake => {
  const clock = sinon.useFakeTimers(options as never) // either form of its options
  return {
    advance: (ms) => clock.tickAsync(ms),
    get timers() {
      return clock.countTimers()
    },
    restore: () => clock.restore(),
  }
}

/** The ways they are used. With timers only, what compares times is out of step: it is told to fake the clocks as well. */
const fakes: readonly (readonly [string, () => Fake])[] = [
  ['vitest', vitest],
  [
    'vitest, microtasks too',
    () => vitest({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance', 'queueMicrotask'] }),
  ],
  ['vitest, timers only', () => vitest({ toFake: ['setTimeout', 'clearTimeout'] })],
  ['sinon', withSinon],
  ['sinon, timers only', () => withSinon({ toFake: ['setTimeout', 'clearTimeout'] })],
]

let fake: Fake | undefined
afterEach(() => fake?.restore())

describe.each(fakes)('in the time of %s', (name, install) => {
  const clocked = test.skipIf(name.endsWith('only'))
  const start = (): Fake => (fake = install())

  test('a scope times out, a task too, and nothing is left', async () => {
    const clock = start()
    const s = lib.scope({ timeout: 1_000 })
    const short = s.task(() => s.delay(10_000), { timeout: 100 })
    const long = s.task(() => s.delay(10_000))
    await clock.advance(99)
    expect([short.status, long.status]).toEqual(['running', 'running'])
    await clock.advance(1)
    expect([short.status, long.status]).toEqual(['failed', 'running'])
    await clock.advance(900)
    for (const t of [short, long]) expect((await t)[0]).toBeInstanceOf(lib.TimeoutError)
    await s[Symbol.asyncDispose]()
    expect(clock.timers).toBe(0)
  })

  test('retries wait in it', async () => {
    const clock = start()
    const s = lib.scope()
    let runs = 0
    const t = s.task(() => (++runs < 4 ? Promise.reject(new Error('again')) : runs), { retry: 'linear' })
    for (const [ms, expected] of [
      [999, 1],
      [1, 2],
      [2_000, 3],
      [3_000, 4],
    ] as const) {
      await clock.advance(ms)
      expect(runs).toBe(expected)
    }
    expect(await t).toEqual([undefined, 4])
    await s[Symbol.asyncDispose]()
    expect(clock.timers).toBe(0)
  })

  clocked('debounce and poll keep time in it', async () => {
    const clock = start()
    const s = lib.scope()
    const log: string[] = []
    const search = s.debounce((text: string) => void log.push(text), { wait: 100 })
    void search('a')
    await clock.advance(99)
    void search('ab')
    await clock.advance(99)
    expect(log).toEqual([])
    await clock.advance(1)
    expect(log).toEqual(['ab'])
    let polls = 0
    const poll = s.poll(
      () => ++polls,
      () => {},
      { interval: 1_000 },
    )
    await clock.advance(2_500)
    expect(polls).toBe(3)
    poll.stop()
    await s[Symbol.asyncDispose]()
    expect(clock.timers).toBe(0)
  })

  clocked('a breaker half-opens in it', async () => {
    const clock = start()
    const s = lib.scope({ circuitBreaker: { failureThreshold: 1, resetTimeout: 5_000 } })
    await s.task(() => Promise.reject(new Error('down')))
    expect((await s.task(() => 1))[0]).toBeInstanceOf(lib.CircuitOpenError)
    await clock.advance(5_000)
    expect(await s.task(() => 1)).toEqual([undefined, 1])
    await s[Symbol.asyncDispose]()
  })

  test('a grace period ends in it', async () => {
    const clock = start()
    const abandoned: string[] = []
    const s = lib.scope({ gracePeriod: 500, onAbandoned: ({ name }) => void abandoned.push(name) })
    s.task(() => new Promise(() => {}), { id: 'deaf' })
    const ended = s[Symbol.asyncDispose]()
    await clock.advance(500)
    await ended
    expect(abandoned).toEqual(['deaf'])
    expect(clock.timers).toBe(0)
  })

  clocked('a lock is renewed and let go in it, once what it needs is preloaded', async () => {
    preload()
    const clock = start()
    const s = lib.scope()
    const lock = await s.acquireLock('key', { ttl: 3_000 })
    await clock.advance(10_000)
    expect(lock.signal.aborted).toBe(false)
    await s[Symbol.asyncDispose]()
    expect(clock.timers).toBe(0)
  })

  test('virtualTime is refused meanwhile, and may be used afterwards', () => {
    const clock = start()
    expect(() => virtualTime()).toThrow(
      'Cannot install virtual time: timers are faked already; restore that clock first',
    )
    clock.restore()
    virtualTime().restore()
  })
})

test.each([
  ['vitest', vitest],
  ['sinon', withSinon],
])('%s refuses to fake virtual time, and virtual time goes on', async (_name, install) => {
  using clock = virtualTime()
  expect(() => install()).toThrow(/fake timers twice/)
  let rang = false
  setTimeout(() => (rang = true), 10)
  await clock.advance(10)
  expect(rang).toBe(true)
})
