/** Token buckets against a sequential model and against odd clocks. */
import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import { type TokenBucket, tokenBucket } from '../src/rate/token-bucket.js'
import { type VirtualClock, virtualTime } from '../src/testing/index.js'
import { checkPrograms, flush, InstantClock, Owner } from './sync-fixtures.js'

afterEach(() => vi.unstubAllGlobals())

type Command =
  | { readonly do: 'take'; readonly n: number; readonly timeout: number; readonly signal: boolean }
  | { readonly do: 'tryTake'; readonly n: number }
  | { readonly do: 'abort'; readonly pick: number }
  | { readonly do: 'advance'; readonly ms: number }
  | { readonly do: 'cancel' }

const never = Number.POSITIVE_INFINITY
const n = fc.integer({ min: 1, max: 3 })
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('take' as const),
      n,
      timeout: fc.constantFrom(never, never, 0, 7, 20),
      signal: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('tryTake' as const), n }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('abort' as const), pick: fc.nat(9) }) },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.constantFrom(1, 3, 7, 10, 33, 200) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'cancel' as const }) },
)
const programs = fc.record({
  // A token takes a whole number of milliseconds: then it is there exactly when a timer can ring.
  interval: fc.constantFrom(1, 5, 10),
  burst: fc.integer({ min: 3, max: 5 }),
  program: fc.array(command, { maxLength: 30 }),
})

interface Wish {
  readonly id: number
  readonly n: number
  readonly until: number
}

/** Says the same in the simplest way: it walks through time millisecond by millisecond. */
class Model {
  readonly outcomes: Map<number, string> = new Map()
  tokens: number
  queue: Wish[] = []
  now = 0
  cancelled = false
  #progress = 0
  readonly #interval: number
  readonly #burst: number

  constructor(interval: number, burst: number) {
    this.#interval = interval
    this.#burst = burst
    this.tokens = burst
  }

  take(id: number, wanted: number, timeout: number): void {
    if (this.cancelled) this.outcomes.set(id, 'Error')
    else if (this.tryTake(wanted)) this.outcomes.set(id, 'taken')
    else if (timeout === 0) this.outcomes.set(id, 'TimeoutError')
    else this.queue.push({ id, n: wanted, until: this.now + timeout })
  }

  tryTake(wanted: number): boolean {
    if (this.cancelled || this.queue.length > 0 || wanted > this.tokens) return false
    this.tokens -= wanted
    return true
  }

  leave(id: number, outcome: string): void {
    if (!this.queue.some((wish) => wish.id === id)) return
    this.queue = this.queue.filter((wish) => wish.id !== id)
    this.outcomes.set(id, outcome)
    this.#serve()
  }

  /** Timers of one millisecond ring in the order they were made, which only the real clock knows: `first` asks it. */
  advance(ms: number, first: (id: number) => boolean): void {
    for (let i = 0; i < ms; i++) {
      this.now++
      if (this.tokens === this.#burst) this.#progress = 0
      else if (++this.#progress === this.#interval) {
        this.#progress = 0
        this.tokens++
      }
      const due = this.queue.filter(({ until }) => until === this.now)
      for (const { id } of due) if (first(id)) this.leave(id, 'TimeoutError')
      this.#serve()
      for (const { id } of due) this.leave(id, 'TimeoutError')
    }
  }

  cancel(): void {
    this.cancelled = true
    for (const { id } of this.queue) this.outcomes.set(id, 'Error')
    this.queue = []
  }

  #serve(): void {
    for (let head = this.queue[0]; head && head.n <= this.tokens; head = this.queue[0]) {
      this.tokens -= head.n
      this.queue.shift()
      this.outcomes.set(head.id, 'taken')
    }
  }
}

test('random programs of takes, aborts, timeouts and time do what the model does', { timeout: 3_600_000 }, async () => {
  await checkPrograms(programs, async ({ interval, burst, program }) => {
    const clock = new InstantClock()
    clock.install()
    const owner = new Owner(clock)
    const bucket = tokenBucket(owner, { rate: 1, interval, burst })
    const model = new Model(interval, burst)
    const outcomes: Map<number, string> = new Map()
    const aborts: Map<number, AbortController> = new Map()
    const reason = new Error('the end')
    let id = 0
    for (const it of program) {
      if (it.do === 'take') {
        const own = id++
        const controller = new AbortController()
        if (it.signal) aborts.set(own, controller)
        bucket.take(it.n, { timeout: it.timeout, signal: controller.signal }).then(
          () => outcomes.set(own, 'taken'),
          (error: Error) => outcomes.set(own, error.name),
        )
        model.take(own, it.n, it.timeout)
      } else if (it.do === 'tryTake') expect(bucket.tryTake(it.n)).toBe(model.tryTake(it.n))
      else if (it.do === 'abort') {
        const own = [...aborts.keys()][it.pick]
        if (own === undefined) continue
        aborts.get(own)?.abort(new RangeError('aborted'))
        model.leave(own, 'RangeError')
      } else if (it.do === 'cancel') {
        owner.cancel(reason)
        model.cancel()
      } else {
        // Where a timeout and a token come in one millisecond, either order is right: the model follows.
        clock.advance(it.ms)
        await flush()
        model.advance(it.ms, (own) => outcomes.get(own) === 'TimeoutError')
      }
      expect([bucket.waiting, bucket.available]).toEqual([model.queue.length, model.tokens])
      const timed = model.queue.filter(({ until }) => until < never).length
      expect(clock.pending, 'one timer for the head').toBe(timed + (model.queue.length > 0 ? 1 : 0))
      expect(owner.listeners).toBe(model.queue.length > 0 ? 1 : 0)
    }
    await flush()
    expect(outcomes).toEqual(
      new Map([...model.outcomes].sort(([a], [b]) => a - b).filter(([own]) => outcomes.has(own))),
    )
    expect(outcomes.size).toBe(model.outcomes.size)
  })
})

const bucketAt = (clock: { now: number }, rate: number, burst: number, interval = 1_000): TokenBucket =>
  tokenBucket(new Owner(clock), { rate, burst, interval })

test('a million takes do not drift, whatever fraction of a millisecond a token takes', () => {
  for (const rate of [3, 7, 0.3]) {
    const clock = { now: 0 }
    const bucket = bucketAt(clock, rate, 10)
    expect(bucket.tryTake(10)).toBe(true)
    for (let taken = 1; taken <= 1_000_000; taken++) {
      const due = Math.ceil((taken * 1_000) / rate)
      clock.now = due - 1
      if (bucket.tryTake()) throw new Error(`token ${taken} of ${rate} came too early`)
      clock.now = due
      if (!bucket.tryTake()) throw new Error(`token ${taken} of ${rate} came too late`)
    }
  }
})

test('those who wait get exactly the rate, though timers keep whole milliseconds', async () => {
  const clock = new InstantClock()
  clock.install()
  const bucket = tokenBucket(new Owner(clock), { rate: 3, burst: 1 })
  const times: number[] = []
  const loop = (async () => {
    for (let i = 0; i < 10_000; i++) {
      await bucket.take()
      times.push(clock.now)
    }
  })()
  await flush()
  while (clock.pending > 0) {
    clock.advance(1_000 / 3)
    await flush()
  }
  await loop
  expect(times.at(-1)).toBeLessThanOrEqual(Math.ceil((9_999 * 1_000) / 3) + 1)
})

test('after a jump of the clock there are no more than the burst, for those who wait and for others', async () => {
  const timers: VirtualClock = virtualTime()
  try {
    const clock = { now: 0 }
    const bucket = bucketAt(clock, 10, 5)
    bucket.tryTake(5)
    let taken = 0
    for (let i = 0; i < 20; i++) void bucket.take().then(() => taken++)
    clock.now += 3_600_000
    await timers.advance(100)
    expect(taken).toBe(5)
    clock.now -= 7_200_000 // no clock should, but who knows
    expect(bucket.available).toBe(0)
    for (let i = 1; i <= 15; i++) {
      clock.now += 100
      await timers.advance(100)
      expect(taken).toBe(5 + i)
    }
    expect(timers.pendingTimers).toBe(0)
  } finally {
    timers.restore()
  }
})

test('where the clock stands still, the timers alone keep the rate', async () => {
  const timers: VirtualClock = virtualTime()
  try {
    const bucket = bucketAt({ now: 5 }, 10, 1)
    bucket.tryTake()
    let taken = 0
    for (let i = 0; i < 5; i++) void bucket.take().then(() => taken++)
    for (let i = 1; i <= 5; i++) {
      await timers.advance(99)
      expect(taken).toBe(i - 1)
      await timers.advance(1)
      expect(taken).toBe(i)
    }
    expect(timers.pendingTimers).toBe(0)
  } finally {
    timers.restore()
  }
})

test('20 000 who wait leave by one signal in no time, and cost no token', async () => {
  const clock = new InstantClock()
  const arm = vi.fn(() => 0)
  vi.stubGlobal('setTimeout', arm)
  const bucket = tokenBucket(new Owner(clock), { rate: 1 })
  bucket.tryTake()
  const controller = new AbortController()
  const waits = Array.from({ length: 20_000 }, () => bucket.take(1, { signal: controller.signal }))
  controller.abort()
  const results = await Promise.allSettled(waits)
  expect(results.every(({ status }) => status === 'rejected')).toBe(true)
  expect(bucket.waiting).toBe(0)
  expect(arm).toHaveBeenCalledTimes(1)
})
