/** The `timeout` of a task is a failure of its own: prompt, final, counted from the permit, with nothing left behind. */

import { deferred, sleep, tells, watch } from './fixtures.js'
import type { Kit } from './kit.js'
import { end, inScope, reportsOf, untilAborted } from './policy-fixtures.js'

export function policyTimeout(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  inScope(
    kit,
    'timeout: the result is the reason of the signal, names the task and the milliseconds, and is a failure',
    {},
    async (s, clock) => {
      let signal: AbortSignal | undefined
      const t = s.task(
        (context) => {
          signal = context.signal
          return untilAborted(context)
        },
        { id: 'fetch', timeout: 5 },
      )
      const result = watch(t)
      await clock.advance(4)
      assert.isFalse(result.settled)
      await clock.advance(1)
      const error = result.value?.[0]
      assert.instanceOf(error, lib.TimeoutError)
      assert.strictEqual(error?.message, 'Task timeout after 5ms: fetch')
      assert.strictEqual((error as InstanceType<typeof lib.TimeoutError>).ms, 5)
      assert.strictEqual(error?.name, 'TimeoutError')
      assert.strictEqual(signal?.reason, error)
      assert.strictEqual(t.signal.reason, error)
      assert.isFalse(lib.isCancelled(error))
      assert.strictEqual(t.status, 'failed')
      assert.isFalse(s.aborted)
    },
  )

  inScope(kit, 'timeout: a task without a name of its own is named by its number', {}, async (s, clock) => {
    const result = watch(s.task(untilAborted, { timeout: 5 }))
    await clock.advance(5)
    assert.strictEqual((result.value?.[0] as Error | undefined)?.message, 'Task timeout after 5ms: task-1')
  })

  inScope(
    kit,
    'timeout: it settles although the body ignores its signal, which the scope goes on tracking',
    {},
    async (s, clock) => {
      const body = deferred<string>()
      const t = s.task(() => body.promise, { timeout: 5 })
      const result = watch(t)
      const settled = watch(t.settled)
      await clock.advance(5)
      assert.instanceOf(result.value?.[0], lib.TimeoutError)
      assert.isFalse(settled.settled)
      const joined = watch(s.join())
      await clock.settle()
      assert.isFalse(joined.settled)
      body.resolve('late')
      await clock.settle()
      assert.isTrue(settled.settled)
      assert.isTrue(joined.settled)
      assert.instanceOf((await t)[0], lib.TimeoutError, 'a late value changes nothing')
    },
  )

  inScope(kit, 'timeout: a late rejection is nobody’s business', {}, async (s, clock, log) => {
    const body = deferred<never>()
    const t = s.task(() => body.promise, { timeout: 5 })
    const result = watch(t)
    await clock.advance(5)
    assert.isTrue(result.settled)
    const late = new Error('late')
    body.reject(late)
    await clock.settle()
    await end(s, clock)
    assert.lengthOf(reportsOf(log, late), 0)
    assert.isFalse(log.lines.some((line) => tells(line, late)))
  })

  inScope(kit, 'timeout: one that nobody looked at is reported once, like every failure', {}, async (s, clock, log) => {
    s.task(untilAborted, { id: 'lonely', timeout: 5 })
    await clock.advance(5)
    await end(s, clock)
    const lines = log.at('error')
    assert.lengthOf(lines, 1)
    assert.isTrue(lines[0]?.args.some((arg) => arg instanceof lib.TimeoutError))
  })

  inScope(
    kit,
    'timeout: what the body throws when it is aborted does not replace the TimeoutError',
    {},
    async (s, clock) => {
      for (const odd of [new Error('mine'), undefined, null]) {
        const result = watch(
          s.task(
            async (context) => {
              await untilAborted(context).catch(() => {})
              throw odd
            },
            { timeout: 5 },
          ),
        )
        await clock.advance(5)
        assert.instanceOf(result.value?.[0], lib.TimeoutError)
      }
    },
  )

  inScope(kit, 'timeout: a value that comes before it is kept, in the same millisecond too', {}, async (s, clock) => {
    const t = s.task(() => sleep(5).then(() => 'just in time'), { timeout: 6 })
    const result = watch(t)
    await clock.advance(6)
    assert.deepEqual(result.value, [undefined, 'just in time'])
    assert.isFalse(t.signal.aborted)
  })

  inScope(kit, 'timeout: its timer is gone after success, failure, cancel, and expiry', {}, async (s, clock) => {
    await s.task(() => 1, { timeout: 1_000 })
    assert.strictEqual(clock.pendingTimers, 0)
    await s.task(async () => 1, { timeout: 1_000 })
    assert.strictEqual(clock.pendingTimers, 0)
    await s.task(() => Promise.reject(new Error('x')), { timeout: 1_000 })
    assert.strictEqual(clock.pendingTimers, 0)
    await s.task(
      () => {
        throw new Error('x')
      },
      { timeout: 1_000 },
    )
    assert.strictEqual(clock.pendingTimers, 0)
    const body = deferred()
    const cancelled = s.task(() => body.promise, { timeout: 1_000 })
    assert.strictEqual(clock.pendingTimers, 1)
    cancelled.cancel()
    await clock.settle()
    assert.strictEqual(clock.pendingTimers, 0, 'although the body lives')
    const expired = watch(s.task(() => body.promise, { timeout: 5 }))
    await clock.advance(5)
    assert.isTrue(expired.settled)
    assert.strictEqual(clock.pendingTimers, 0)
    body.resolve()
  })

  inScope(kit, 'timeout: 0 has expired, so the body never starts', {}, async (s, clock) => {
    const t = s.task(() => assert.fail('started'), { id: 'at-once', timeout: 0 })
    const [error] = await t
    assert.instanceOf(error, lib.TimeoutError)
    assert.strictEqual(error?.message, 'Task timeout after 0ms: at-once')
    assert.strictEqual(t.status, 'failed')
    assert.strictEqual(clock.pendingTimers, 0)
  })

  inScope(kit, 'timeout: Infinity is never and arms nothing', {}, async (s, clock) => {
    const gate = deferred()
    const t = s.task(() => gate.promise, { timeout: Number.POSITIVE_INFINITY })
    assert.strictEqual(clock.pendingTimers, 0)
    gate.resolve()
    assert.deepEqual(await t, [undefined, undefined])
  })

  for (const timeout of [2 ** 31 - 1, 2 ** 31, 2 ** 32 + 7]) {
    inScope(kit, `timeout: ${timeout} is waited for in full`, {}, async (s, clock) => {
      const result = watch(s.task(untilAborted, { timeout }))
      await clock.advance(timeout - 1)
      assert.isFalse(result.settled)
      await clock.advance(1)
      assert.instanceOf(result.value?.[0], lib.TimeoutError)
      assert.include((result.value?.[0] as Error | undefined)?.message, `${timeout}ms`)
    })
  }

  inScope(kit, 'timeout: misuse throws at the call, names the option, and starts nothing', {}, async (s) => {
    const body = () => assert.fail('started')
    for (const timeout of [-1, Number.NaN, Number.NEGATIVE_INFINITY])
      assert.throws(() => s.task(body, { timeout }), RangeError, /timeout/)
    for (const timeout of ['5', null, {}])
      assert.throws(() => s.task(body, { timeout: timeout as never }), TypeError, /timeout/)
  })

  inScope(kit, 'timeout: the clock starts with the permit', {}, async (_s, clock) => {
    const other = lib.scope({ concurrency: 1 })
    const first = watch(other.task(() => sleep(100)))
    const second = watch(other.task(() => sleep(8).then(() => 'waited, then quick'), { timeout: 10 }))
    const third = watch(other.task(untilAborted, { timeout: 10 }))
    await clock.advance(108)
    assert.isTrue(first.settled)
    assert.deepEqual(second.value, [undefined, 'waited, then quick'])
    assert.isFalse(third.settled)
    await clock.advance(10)
    assert.instanceOf(third.value?.[0], lib.TimeoutError)
    await end(other, clock)
  })

  inScope(
    kit,
    'timeout: the permit stays with a body that ignores its signal until it has ended',
    {},
    async (_s, clock) => {
      const other = lib.scope({ concurrency: 1 })
      const body = deferred()
      const first = watch(other.task(() => body.promise, { timeout: 5 }))
      let started = false
      const second = other.task(() => void (started = true))
      await clock.advance(50)
      assert.isTrue(first.settled)
      assert.isFalse(started)
      body.resolve()
      await clock.settle()
      assert.isTrue(started)
      await second
      await end(other, clock)
    },
  )

  inScope(
    kit,
    'timeout: cancelled in time, the reason is the result and the timeout is forgotten',
    {},
    async (s, clock) => {
      const t = s.task(untilAborted, { timeout: 10 })
      const result = watch(t)
      await clock.advance(5)
      const reason = new Error('earlier')
      t.cancel(reason)
      await clock.advance(50)
      assert.strictEqual(result.value?.[0], reason)
      assert.strictEqual(t.status, 'cancelled')
    },
  )

  inScope(kit, 'timeout: cancelled after it expired, the TimeoutError stays', {}, async (s, clock) => {
    const body = deferred()
    const t = s.task(() => body.promise, { timeout: 5 })
    await clock.advance(5)
    t.cancel(new Error('too late'))
    s.cancel(new Error('much too late'))
    const [error] = await t
    assert.instanceOf(error, lib.TimeoutError)
    assert.strictEqual(t.status, 'failed')
    body.resolve()
  })

  inScope(kit, "timeout: the scope's own timeout is a cancellation of its tasks", {}, async (_s, clock) => {
    const other = lib.scope({ name: 'short', timeout: 5 })
    const t = other.task(untilAborted, { timeout: 50 })
    const result = watch(t)
    await clock.advance(5)
    const error = result.value?.[0]
    assert.instanceOf(error, lib.TimeoutError)
    assert.include(error?.message, '5ms')
    assert.include(error?.message, 'short')
    assert.strictEqual(error, other.signal.reason)
    assert.isTrue(lib.isCancelled(error))
    assert.strictEqual(t.status, 'cancelled')
    assert.strictEqual(clock.pendingTimers, 0)
    await end(other, clock)
  })

  inScope(kit, 'timeout: with failFast an expiry cancels the scope with it', {}, async (_s, clock) => {
    const other = lib.scope({ failFast: true })
    const result = watch(other.task(untilAborted, { timeout: 5 }))
    await clock.advance(5)
    assert.instanceOf(result.value?.[0], lib.TimeoutError)
    assert.strictEqual(other.reason, result.value?.[0])
    await end(other, clock)
  })

  inScope(kit, 'timeout: what the body started with ctx.task is cancelled with it', {}, async (s, clock) => {
    let inner: { readonly settled: boolean; readonly value: readonly [unknown, unknown] | undefined } | undefined
    const result = watch(
      s.task(
        async (context) => {
          inner = watch(context.task(untilAborted))
          await sleep(1)
          await untilAborted(context)
        },
        { timeout: 5 },
      ),
    )
    await clock.advance(5)
    assert.instanceOf(result.value?.[0], lib.TimeoutError)
    assert.isTrue(inner?.settled)
    assert.strictEqual(inner?.value?.[0], result.value?.[0])
  })
}
