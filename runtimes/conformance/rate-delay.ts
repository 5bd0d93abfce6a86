/** `delay` waits no longer than its owner lives; `every` keeps the beat. */

import { deferred, recorder, sleep, tells, thrownBy, timed, watch } from './fixtures.js'
import type { Kit } from './kit.js'

export function rateDelay(kit: Kit): void {
  delays(kit)
  beats(kit)
  beatsThatEnd(kit)
}

function delays(kit: Kit): void {
  const { lib } = kit
  const { trackSignal, assertNothingLeft } = kit.testing
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'delay: resolves after so many milliseconds, above 2^31 too', async (clock) => {
    const s = lib.scope()
    for (const ms of [1, 250, 2 ** 31 + 5]) {
      const wait = watch(s.delay(ms))
      await clock.advance(ms - 1)
      assert.isFalse(wait.settled)
      await clock.advance(1)
      assert.isTrue(wait.settled && !wait.rejected)
    }
    const never = watch(lib.delay(s, Infinity))
    assert.strictEqual(clock.pendingTimers, 0)
    await s[Symbol.asyncDispose]()
    assert.instanceOf(never.error, lib.AbortError)
    assertNothingLeft({ clock, scopes: [s] })
  })

  timed(kit, 'delay: 0 lets a macrotask pass', async (clock) => {
    const s = lib.scope()
    const wait = watch(s.delay(0))
    for (let turn = 0; turn < 20; turn++) await undefined
    assert.isFalse(wait.settled)
    await clock.advance(0)
    assert.isTrue(wait.settled)
    await s[Symbol.asyncDispose]()
  })

  timed(
    kit,
    'delay: rejects with the reason itself when the scope or the signal aborts, and leaves nothing',
    async (clock) => {
      const s = lib.scope()
      const tracked = trackSignal()
      const reason = new Error('no longer')
      const bySignal = watch(s.delay(1000, { signal: tracked.signal }))
      const byScope = watch(s.delay(1000))
      tracked.abort(reason)
      await clock.settle()
      assert.strictEqual(bySignal.error, reason)
      assert.isTrue(lib.isCancelled(bySignal.error))
      assert.isFalse(byScope.settled)
      s.cancel('enough')
      const late = [watch(s.delay(5)), watch(s.delay(5, { signal: tracked.signal }))]
      await clock.settle()
      assert.instanceOf(byScope.error, lib.UnknownError)
      assert.strictEqual((byScope.error as Error).cause, 'enough')
      for (const each of late) assert.strictEqual(each.error, byScope.error)
      assert.strictEqual(clock.pendingTimers, 0)
      assertNothingLeft({ clock, signals: [tracked] })
      await s[Symbol.asyncDispose]()
      const afterEnd = watch(s.delay(5))
      const open = lib.scope()
      const aborted = watch(open.delay(5, { signal: tracked.signal }))
      await clock.settle()
      assert.isTrue(lib.isCancelled(afterEnd.error))
      assert.strictEqual(aborted.error, reason)
      await open[Symbol.asyncDispose]()
      assert.strictEqual(clock.pendingTimers, 0)
    },
  )

  kit.test('delay and every: arguments that make no sense are refused at the call', async () => {
    const s = lib.scope()
    for (const ms of [-1, Number.NaN]) {
      assert.instanceOf(
        thrownBy(() => void s.delay(ms)),
        RangeError,
      )
      assert.instanceOf(
        thrownBy(() => s.every(ms, () => {})),
        RangeError,
      )
    }
    assert.instanceOf(
      thrownBy(() => void s.delay('5' as never)),
      TypeError,
    )
    assert.instanceOf(
      thrownBy(() => void s.delay(5, { signal: {} as never })),
      TypeError,
    )
    assert.instanceOf(
      thrownBy(() => s.every(5, undefined as never)),
      TypeError,
    )
    await s[Symbol.asyncDispose]()
    assert.instanceOf(
      thrownBy(() => s.every(5, () => {})),
      lib.ScopeDisposedError,
    )
  })
}

function beats(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'every: the first call comes after one interval, and slow ones do not move the beat', async (clock) => {
    const s = lib.scope()
    const calls: number[] = []
    const stop = s.every(10, async () => {
      calls.push(clock.now)
      await sleep(calls.length === 2 ? 25 : 3)
    })
    const start = clock.now
    assert.deepEqual(calls, [])
    await clock.advance(65)
    // The call of 20 ends at 45: the beats of 30 and 40 are left out.
    assert.deepEqual(
      calls.map((at) => at - start),
      [10, 20, 50, 60],
    )
    stop()
    stop()
    await clock.advance(100)
    assert.lengthOf(calls, 4)
    assert.strictEqual(clock.pendingTimers, 0)
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'every: an interval of 0 yields a macrotask, and Infinity never comes', async (clock) => {
    const s = lib.scope()
    let calls = 0
    const stop = lib.every(s, 0, () => {
      calls++
    })
    for (let turn = 0; turn < 50; turn++) await undefined
    assert.strictEqual(calls, 0)
    const never = s.every(Infinity, () => assert.fail('never'))
    assert.strictEqual(clock.pendingTimers, 1)
    stop()
    never()
    assert.strictEqual(clock.pendingTimers, 0)
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'every: a failure is told to the logger and stops nothing', async (clock) => {
    const { logger, at } = recorder()
    const s = lib.scope({ logger })
    const error = new Error('thrown')
    let calls = 0
    const stop = s.every(10, () => {
      calls++
      if (calls === 1) throw error
      if (calls === 2) return Promise.reject(error)
    })
    await clock.advance(30)
    assert.strictEqual(calls, 3)
    assert.strictEqual(at('error').filter((line) => tells(line, error)).length, 2)
    stop()
    await s[Symbol.asyncDispose]()
  })
}

function beatsThatEnd(kit: Kit): void {
  const { lib } = kit
  const { assertNothingLeft } = kit.testing
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'every: stopping aborts the running call; the end of the scope waits for it', async (clock) => {
    for (const ending of ['stop', 'dispose'] as const) {
      const s = lib.scope()
      const gate = deferred()
      const signals: AbortSignal[] = []
      const stop = s.every(10, ({ signal }) => {
        signals.push(signal)
        return gate.promise
      })
      await clock.advance(10)
      let disposed = false
      if (ending === 'stop') stop()
      const end = s[Symbol.asyncDispose]().then(() => {
        disposed = true
      })
      await clock.settle()
      assert.isTrue(signals[0]?.aborted)
      assert.isFalse(disposed, 'the body still runs')
      gate.resolve()
      await end
      assert.lengthOf(signals, 1)
      assertNothingLeft({ clock, scopes: [s] })
    }
  })

  timed(
    kit,
    "every: a call that ignores its signal is waited for as long as the scope's gracePeriod says",
    async (clock) => {
      const { logger, at } = recorder()
      const s = lib.scope({ gracePeriod: 50, logger })
      s.every(10, () => new Promise(() => {}))
      await clock.advance(10)
      const end = watch(s[Symbol.asyncDispose]())
      await clock.advance(49)
      assert.isFalse(end.settled)
      await clock.advance(1)
      assert.isTrue(end.settled)
      assert.lengthOf(at('error'), 1)
    },
  )
}
