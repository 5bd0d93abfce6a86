/** A throttled function runs at most once in an interval and answers every call. */

import { deferred, timed, watch } from './fixtures.js'
import type { Kit } from './kit.js'

export function rateThrottle(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'throttle: one run in 300 ms, ThrottledError for the rest, without a timer', async (clock) => {
    const s = lib.scope()
    const runs: string[] = []
    const call = s.throttle((text: string) => runs.push(text))
    assert.deepEqual(await call('a'), [undefined, 1])
    await clock.advance(100)
    const [err] = await call('b')
    assert.instanceOf(err, lib.ThrottledError)
    assert.include(err, { retryAfter: 200 })
    assert.isFalse(lib.isCancelled(err))
    assert.strictEqual((await call('b'))[0], err) // refused in the same millisecond
    await clock.advance(1)
    const [later] = await call('b')
    assert.instanceOf(later, lib.ThrottledError)
    assert.include(later, { retryAfter: 199 })
    assert.strictEqual(clock.pendingTimers, 0)
    await clock.advance(199)
    assert.deepEqual(await call('c'), [undefined, 2])
    assert.deepEqual(runs, ['a', 'c'])
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'throttle: trailing shares the run of the last arguments, spaced from start to start', async (clock) => {
    const s = lib.scope()
    const runs: string[] = []
    const run = (text: string): number => runs.push(`${text} at ${clock.now - start}`)
    const start = clock.now
    const call = lib.throttle(s, run, { interval: 100, trailing: true })
    call('a')
    const b = call('b')
    const c = call('c')
    assert.isTrue(call.pending)
    await clock.advance(100)
    assert.deepEqual(
      [await b, await c],
      [
        [undefined, 2],
        [undefined, 2],
      ],
    )
    call('d')
    await clock.advance(100)
    assert.deepEqual(runs, ['a at 0', 'c at 100', 'd at 200'])
    await s[Symbol.asyncDispose]()
    assert.strictEqual(clock.pendingTimers, 0)
  })

  timed(kit, 'throttle: the end of the scope answers everybody at once', async (clock) => {
    const s = lib.scope()
    const gate = deferred()
    const call = s.throttle(() => gate.promise, { trailing: true })
    const answers = [watch(call()), watch(call())]
    s.cancel(new Error('enough'))
    await clock.settle()
    assert.deepEqual(
      answers.map(({ value }) => value?.[0]),
      [s.abortError, s.abortError],
    )
    assert.strictEqual(clock.pendingTimers, 0)
    gate.resolve()
    await s[Symbol.asyncDispose]()
    assert.throws(() => s.throttle(() => 1), lib.ScopeDisposedError)
  })

  timed(kit, 'throttle: misuse is refused at the call', async () => {
    const s = lib.scope()
    assert.throws(() => s.throttle(() => 1, { leading: false }), TypeError)
    assert.throws(() => s.throttle(() => 1, { interval: Number.NaN }), RangeError)
    await s[Symbol.asyncDispose]()
  })
}
