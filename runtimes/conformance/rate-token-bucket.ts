/** Tokens come at a steady rate, are never more than the burst, and are lost by nobody's leaving. */

import { thrownBy, timed, watch } from './fixtures.js'
import type { Kit } from './kit.js'

export function rateTokenBucket(kit: Kit): void {
  tokens(kit)
  waits(kit)
  endings(kit)
  misuse(kit)
}

function tokens(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'tokenBucket: starts full, fills evenly up to the burst, and has no timer while idle', async (clock) => {
    const s = lib.scope()
    const bucket = s.tokenBucket({ rate: 10, burst: 3 })
    assert.instanceOf(bucket, lib.TokenBucket)
    assert.deepEqual([bucket.available, bucket.waiting], [3, 0])
    assert.isTrue(bucket.tryTake(2) && bucket.tryTake())
    assert.isFalse(bucket.tryTake())
    await clock.advance(99)
    assert.strictEqual(bucket.available, 0)
    await clock.advance(1)
    assert.strictEqual(bucket.available, 1)
    await clock.advance(3_600_000)
    assert.strictEqual(bucket.available, 3, 'not above the burst, however long nobody came')
    assert.strictEqual(clock.pendingTimers, 0)
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'tokenBucket: a thousand takes at a third of a token a millisecond do not drift', async (clock) => {
    const s = lib.scope()
    const start = clock.now
    const bucket = lib.tokenBucket(s, { rate: 1, interval: 3, burst: 1 })
    for (let i = 0; i < 1_000; i++) {
      const wait = bucket.take()
      await clock.advance(i === 0 ? 0 : 3)
      await wait
    }
    assert.strictEqual(clock.now - start, 2_997)
    const odd = lib.tokenBucket(s, { rate: 7, burst: 1 })
    assert.isTrue(odd.tryTake())
    await clock.advance(1_000_000)
    assert.isTrue(odd.tryTake())
    const seven = watch(Promise.all(Array.from({ length: 7 }, () => odd.take())))
    await clock.advance(999)
    assert.isFalse(seven.settled)
    await clock.advance(1)
    assert.isTrue(seven.settled)
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'tokenBucket: an interval of Infinity gives the burst and no more', async (clock) => {
    const s = lib.scope()
    const bucket = s.tokenBucket({ rate: 5, interval: Infinity })
    assert.isTrue(bucket.tryTake(5))
    const wait = watch(bucket.take())
    await clock.advance(2 ** 40)
    assert.deepEqual([bucket.available, wait.settled, clock.pendingTimers], [0, false, 0])
    await s[Symbol.asyncDispose]()
    assert.instanceOf(wait.error, lib.AbortError)
  })

  timed(kit, 'tokenBucket: a token that takes longer than 2^31 ms comes in its time', async (clock) => {
    const s = lib.scope()
    const bucket = s.tokenBucket({ rate: 1, interval: 2 ** 31 + 10 })
    assert.isTrue(bucket.tryTake())
    const wait = watch(bucket.take())
    await clock.advance(2 ** 31 + 9)
    assert.isFalse(wait.settled)
    await clock.advance(1)
    assert.isTrue(wait.settled && !wait.rejected)
    await s[Symbol.asyncDispose]()
  })
}

function waits(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'tokenBucket: first come, first served, with one timer; the head blocks', async (clock) => {
    const s = lib.scope()
    const bucket = s.tokenBucket({ rate: 10, burst: 5 })
    const start = clock.now
    const log: string[] = []
    const take = (name: string, n: number): void => {
      bucket.take(n).then(() => log.push(`${name} at ${clock.now - start}`))
    }
    take('five', 5)
    take('four', 4)
    take('one', 1)
    take('two', 2)
    assert.deepEqual([bucket.waiting, clock.pendingTimers], [3, 1])
    await clock.advance(100)
    assert.deepEqual([bucket.available, bucket.tryTake()], [1, false], 'the token is for the head')
    await clock.runAll()
    assert.deepEqual(log, ['five at 0', 'four at 400', 'one at 500', 'two at 700'])
    assert.deepEqual([bucket.waiting, bucket.available, clock.pendingTimers], [0, 0, 0])
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'tokenBucket: acquire calls at once when it can, and its outcome is the function’s', async (clock) => {
    const s = lib.scope()
    const bucket = s.tokenBucket({ rate: 1 })
    const error = new Error('thrown')
    let calls = 0
    const first = bucket.acquire(() => ++calls)
    assert.strictEqual(calls, 1)
    const second = watch(
      bucket.acquire(() => {
        calls++
        throw error
      }),
    )
    const third = watch(bucket.acquire(async () => ++calls))
    assert.strictEqual(await first, 1)
    await clock.advance(999)
    assert.strictEqual(calls, 1)
    await clock.advance(1_001)
    assert.strictEqual(second.error, error)
    assert.deepEqual([third.value, calls], [3, 3])
    await s[Symbol.asyncDispose]()
  })
}

function endings(kit: Kit): void {
  const { lib } = kit
  const { trackSignal, assertNothingLeft } = kit.testing
  const assert: Chai.AssertStatic = kit.assert

  timed(
    kit,
    'tokenBucket: a head that leaves lets the next one in, in the same turn, and costs no token',
    async (clock) => {
      for (const ending of ['signal', 'timeout'] as const) {
        const s = lib.scope()
        const bucket = s.tokenBucket({ rate: 10, burst: 4 })
        const tracked = trackSignal()
        bucket.tryTake(4)
        const heavy = watch(bucket.take(4, ending === 'signal' ? { signal: tracked.signal } : { timeout: 200 }))
        const light = watch(bucket.take(2))
        const last = watch(bucket.take(1))
        await clock.advance(199)
        assert.isFalse(heavy.settled)
        await clock.advance(1)
        const reason = new Error('no longer')
        if (ending === 'signal') tracked.abort(reason)
        assert.deepEqual([bucket.waiting, bucket.available], [1, 0])
        await clock.settle()
        if (ending === 'signal') assert.strictEqual(heavy.error, reason)
        else assert.instanceOf(heavy.error, lib.TimeoutError)
        assert.strictEqual(lib.isCancelled(heavy.error), ending === 'signal')
        assert.isTrue(light.settled && !light.rejected && !last.settled)
        await clock.advance(100)
        assert.isTrue(last.settled && !last.rejected)
        assertNothingLeft({ clock, signals: [tracked] })
        await s[Symbol.asyncDispose]()
      }
    },
  )

  timed(
    kit,
    'tokenBucket: the end of the scope rejects all who wait with its reason, and later calls',
    async (clock) => {
      const s = lib.scope()
      const tracked = trackSignal()
      const bucket = s.tokenBucket({ rate: 1 })
      bucket.tryTake()
      const waits = [
        watch(bucket.take(1, { signal: tracked.signal, timeout: 5_000 })),
        watch(bucket.acquire(() => assert.fail('never'))),
      ]
      const reason = new Error('enough')
      s.cancel(reason)
      assert.strictEqual(bucket.waiting, 0)
      assertNothingLeft({ clock, signals: [tracked] })
      await clock.settle()
      for (const { error } of waits) assert.strictEqual(error, reason)
      await clock.advance(10_000)
      assert.isFalse(bucket.tryTake())
      const later = watch(bucket.take())
      await clock.settle()
      assert.strictEqual(later.error, reason)
      await s[Symbol.asyncDispose]()
      assertNothingLeft({ clock, scopes: [s] })
    },
  )

  timed(kit, 'tokenBucket: an expired timeout and an aborted signal are no wait', async (clock) => {
    const s = lib.scope()
    const bucket = s.tokenBucket({ rate: 1 })
    await bucket.take(1, { timeout: 0 })
    const none = watch(bucket.take(1, { timeout: 0 }))
    const aborted = watch(bucket.take(1, { signal: AbortSignal.abort(0) }))
    assert.strictEqual(clock.pendingTimers, 0)
    await clock.settle()
    assert.instanceOf(none.error, lib.TimeoutError)
    assert.instanceOf(aborted.error, lib.UnknownError)
    assert.strictEqual((aborted.error as Error).cause, 0)
    await s[Symbol.asyncDispose]()
  })
}

function misuse(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  kit.test('tokenBucket: nonsense is refused at the call, and costs nothing', async () => {
    const s = lib.scope()
    const messageOf = (fn: () => unknown): string => String(thrownBy(fn))
    const create = (options: object) => () => s.tokenBucket(options as never)
    assert.strictEqual(
      messageOf(create({ rate: 0 })),
      'RangeError: Cannot create token bucket: rate must be a positive number, got 0',
    )
    for (const rate of [-1, Number.NaN, Infinity]) assert.instanceOf(thrownBy(create({ rate })), RangeError)
    for (const interval of [0, -1, Number.NaN]) assert.instanceOf(thrownBy(create({ rate: 1, interval })), RangeError)
    for (const burst of [0, 0.5, Infinity]) assert.instanceOf(thrownBy(create({ rate: 1, burst })), RangeError)
    for (const options of [undefined, {}, { rate: '1' }, { rate: 1, interval: '1' }, { rate: 1, burst: null }])
      assert.instanceOf(thrownBy(create(options as never)), TypeError)
    const bucket = s.tokenBucket({ rate: 0.5, burst: 2 })
    assert.strictEqual(
      messageOf(() => bucket.take(3)),
      'RangeError: Cannot take tokens: n must be at most the burst, which is 2, got 3',
    )
    for (const n of [0, -1, 1.5, Number.NaN, 3]) {
      for (const take of [() => bucket.take(n), () => bucket.tryTake(n), () => bucket.acquire(() => {}, n)])
        assert.instanceOf(thrownBy(take), RangeError)
    }
    assert.instanceOf(
      thrownBy(() => bucket.take(1, { timeout: -1 })),
      RangeError,
    )
    for (const take of [
      () => bucket.take('1' as never),
      () => bucket.take(1, 5 as never),
      () => bucket.take(1, { signal: {} as never }),
      () => bucket.acquire(undefined as never),
    ])
      assert.instanceOf(thrownBy(take), TypeError)
    assert.deepEqual([bucket.available, bucket.waiting], [2, 0])
    await s[Symbol.asyncDispose]()
    assert.instanceOf(thrownBy(create({ rate: 1 })), lib.ScopeDisposedError)
  })
}
