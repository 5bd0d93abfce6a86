/** `memo` keeps successful values for a while from their completion; calls that miss together share one run. */

import { deferred, sleep, watch } from './fixtures.js'
import type { Kit } from './kit.js'
import { end, inScope, untilAborted } from './policy-fixtures.js'

export function policyMemo(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  inScope(kit, 'memo: a value is kept for ttl from the end of its run', {}, async (s, clock) => {
    let runs = 0
    const call = () => s.task(() => sleep(50).then(() => ++runs), { memo: { key: 'k', ttl: 100 } })
    const first = watch(call())
    await clock.advance(50)
    assert.deepEqual(first.value, [undefined, 1])
    await clock.advance(99)
    assert.deepEqual(await call(), [undefined, 1], 'kept, at 149 from its start')
    await clock.advance(2)
    const second = watch(call())
    await clock.advance(50)
    assert.deepEqual(second.value, [undefined, 2], 'expired')
    assert.strictEqual(clock.pendingTimers, 0, 'keeping a value takes no timer')
  })

  for (const value of [undefined, null, 0, '', false]) {
    inScope(kit, `memo: ${value === '' ? "''" : String(value)} is a value like any other`, {}, async (s) => {
      let runs = 0
      const call = () =>
        s.task(
          () => {
            runs++
            return value
          },
          { memo: { key: 'k', ttl: 1_000 } },
        )
      await call()
      assert.deepEqual(await call(), [undefined, value])
      assert.strictEqual(runs, 1)
    })
  }

  inScope(kit, 'memo: the very object comes back', {}, async (s) => {
    const value = { deep: true }
    const call = () => s.task(() => value, { memo: { key: 'k', ttl: 1_000 } })
    await call()
    assert.strictEqual((await call())[1], value)
  })

  inScope(kit, 'memo: a failure is not kept', {}, async (s) => {
    let runs = 0
    const call = () =>
      s.task(
        async () => {
          if (++runs === 1) throw new Error('first')
          return runs
        },
        { memo: { key: 'k', ttl: 1_000 } },
      )
    assert.strictEqual((await call())[0]?.message, 'first')
    assert.deepEqual(await call(), [undefined, 2])
    assert.deepEqual(await call(), [undefined, 2])
  })

  inScope(
    kit,
    'memo: what was cancelled is not kept, even if its body ends with a value after all',
    {},
    async (s, clock) => {
      const gate = deferred<string>()
      const memo = { key: 'k', ttl: 1_000 }
      const t = s.task(() => gate.promise, { memo })
      t.cancel()
      await t
      gate.resolve('late')
      await t.settled
      await clock.settle()
      assert.deepEqual(await s.task(() => 'fresh', { memo }), [undefined, 'fresh'])
    },
  )

  inScope(
    kit,
    'memo: what timed out is not kept, even if its body ends with a value after all',
    {},
    async (s, clock) => {
      const memo = { key: 'k', ttl: 1_000 }
      const t = watch(s.task(() => sleep(20).then(() => 'late'), { memo, timeout: 5 }))
      await clock.advance(50)
      assert.instanceOf(t.value?.[0], lib.TimeoutError)
      assert.deepEqual(await s.task(() => 'fresh', { memo }), [undefined, 'fresh'])
    },
  )

  inScope(kit, 'memo: calls that miss together share one run', {}, async (s, clock) => {
    let runs = 0
    const call = () => s.task(() => sleep(10).then(() => ++runs), { memo: { key: 'k', ttl: 1_000 } })
    const all = [call(), call(), call()].map(watch)
    await clock.advance(10)
    for (const each of all) assert.deepEqual(each.value, [undefined, 1])
    assert.strictEqual(runs, 1)
  })

  inScope(
    kit,
    'memo: sharers of a failing run each get its error by identity, and nothing is kept',
    {},
    async (s, clock) => {
      const error = new Error('shared')
      const memo = { key: 'k', ttl: 1_000 }
      const all = [1, 2, 3].map(() => watch(s.task(() => sleep(10).then(() => Promise.reject(error)), { memo })))
      await clock.advance(10)
      for (const each of all) assert.strictEqual(each.value?.[0], error)
      assert.deepEqual(await s.task(() => 'next', { memo }), [undefined, 'next'])
    },
  )

  inScope(kit, 'memo: the first caller leaving detaches only itself', {}, async (s, clock) => {
    const memo = { key: 'k', ttl: 1_000 }
    let signal: AbortSignal | undefined
    const body = (context: { signal: AbortSignal }) => {
      signal = context.signal
      return sleep(10).then(() => 'value')
    }
    const first = s.task(body, { memo })
    const second = watch(s.task(body, { memo }))
    const reason = new Error('first leaves')
    first.cancel(reason)
    assert.strictEqual((await first)[0], reason)
    assert.isFalse(signal?.aborted)
    await clock.advance(10)
    assert.deepEqual(second.value, [undefined, 'value'])
    assert.deepEqual(await s.task((): unknown => assert.fail('runs'), { memo }), [undefined, 'value'])
  })

  inScope(
    kit,
    'memo: the last one leaving aborts the run, and the next call starts one of its own',
    {},
    async (s, clock) => {
      const memo = { key: 'k', ttl: 1_000 }
      const signals: AbortSignal[] = []
      const body = (context: { signal: AbortSignal }) => {
        signals.push(context.signal)
        return untilAborted(context)
      }
      const tasks = [s.task(body, { memo }), s.task(body, { memo })]
      tasks[0]?.cancel()
      await clock.settle()
      assert.isFalse(signals[0]?.aborted)
      tasks[1]?.cancel()
      assert.isTrue(signals[0]?.aborted)
      assert.deepEqual(await s.task(() => 'fresh', { memo }), [undefined, 'fresh'])
      assert.lengthOf(signals, 1)
    },
  )

  inScope(kit, 'memo: keys are told apart, symbols by identity, and a symbol is no string', {}, async (s) => {
    const one = Symbol('k')
    const two = Symbol('k')
    const call = (key: string | symbol, value: unknown) => s.task(() => value, { memo: { key, ttl: 1_000 } })
    const keys: (string | symbol)[] = ['k', 'Symbol(k)', one, two, '__proto__', 'constructor', '']
    for (const key of keys) assert.deepEqual(await call(key, key), [undefined, key])
    for (const key of keys) assert.deepEqual(await call(key, 'again'), [undefined, key])
  })

  inScope(kit, 'memo: a kept value belongs to its scope', {}, async (s, clock) => {
    const other = lib.scope()
    const memo = { key: 'k', ttl: 1_000 }
    await s.task(() => 'mine', { memo })
    assert.deepEqual(await other.task(() => 'theirs', { memo }), [undefined, 'theirs'])
    await end(other, clock)
  })

  inScope(kit, 'memo: ttl 0 has expired, Infinity is for ever', {}, async (s, clock) => {
    let runs = 0
    const call = (key: string, ttl: number) => s.task(() => ++runs, { memo: { key, ttl } })
    await call('zero', 0)
    assert.deepEqual(await call('zero', 0), [undefined, 2])
    await call('ever', Number.POSITIVE_INFINITY)
    await clock.advance(2 ** 45)
    assert.deepEqual(await call('ever', Number.POSITIVE_INFINITY), [undefined, 3])
    assert.strictEqual(clock.pendingTimers, 0)
  })

  inScope(kit, 'memo: with ttl 0, calls that miss together still share one run', {}, async (s, clock) => {
    let runs = 0
    const all = [1, 2].map(() => watch(s.task(() => sleep(1).then(() => ++runs), { memo: { key: 'k', ttl: 0 } })))
    await clock.advance(1)
    assert.strictEqual(runs, 1)
    assert.isTrue(all.every((each) => each.value?.[1] === 1))
  })

  inScope(kit, 'memo: clearing forgets one key, or all', {}, async (s) => {
    const call = (key: string, value: number) => s.task(() => value, { memo: { key, ttl: 1_000 } })
    await call('a', 1)
    await call('b', 1)
    s.clearMemo('a')
    assert.deepEqual(await call('a', 2), [undefined, 2])
    assert.deepEqual(await call('b', 2), [undefined, 1])
    s.clearMemo()
    assert.deepEqual(await call('a', 3), [undefined, 3])
    assert.deepEqual(await call('b', 3), [undefined, 3])
    s.clearMemo('never there')
  })

  for (const key of ['k', undefined]) {
    inScope(
      kit,
      `memo: clearing ${key === undefined ? 'all' : 'its key'} stops a run in flight from writing, not from answering`,
      {},
      async (s, clock) => {
        const memo = { key: 'k', ttl: 1_000 }
        const old = watch(s.task(() => sleep(10).then(() => 'old'), { memo }))
        s.clearMemo(key)
        await clock.advance(10)
        assert.deepEqual(old.value, [undefined, 'old'])
        assert.deepEqual(await s.task(() => 'new', { memo }), [undefined, 'new'])
      },
    )
  }

  inScope(
    kit,
    'memo: a call after clearing does not join the run from before, which does not overwrite what came later',
    {},
    async (s, clock) => {
      const memo = { key: 'k', ttl: 1_000 }
      const old = watch(s.task(() => sleep(20).then(() => 'old'), { memo }))
      s.clearMemo('k')
      const fresh = watch(s.task(() => sleep(10).then(() => 'new'), { memo }))
      await clock.advance(10)
      assert.deepEqual(fresh.value, [undefined, 'new'])
      await clock.advance(10)
      assert.deepEqual(old.value, [undefined, 'old'])
      assert.deepEqual(await s.task((): unknown => assert.fail('runs'), { memo }), [undefined, 'new'])
    },
  )

  inScope(
    kit,
    'memo: a run from before a clearing that fails or is left does not disturb the run after it',
    {},
    async (s, clock) => {
      const memo = { key: 'k', ttl: 1_000 }
      const old = s.task(untilAborted, { memo })
      s.clearMemo('k')
      let runs = 0
      const body = () => sleep(10).then(() => ++runs)
      const fresh = watch(s.task(body, { memo }))
      old.cancel()
      await clock.settle()
      const joined = watch(s.task(body, { memo }))
      await clock.advance(10)
      assert.deepEqual(fresh.value, [undefined, 1])
      assert.deepEqual(joined.value, [undefined, 1], 'the later call joins the later run')
    },
  )

  inScope(kit, 'memo: clearing another key does not stop a run from writing', {}, async (s, clock) => {
    const memo = { key: 'k', ttl: 1_000 }
    const run = watch(s.task(() => sleep(10).then(() => 'kept'), { memo }))
    s.clearMemo('other')
    await clock.advance(10)
    assert.isTrue(run.settled)
    assert.deepEqual(await s.task((): unknown => assert.fail('runs again'), { memo }), [undefined, 'kept'])
  })

  inScope(kit, 'memo: the least recently used of more than 1 000 goes first', {}, async (s) => {
    const call = (key: number, value: unknown) => s.task(() => value, { memo: { key: `${key}`, ttl: 1_000_000 } })
    for (let key = 0; key < 1_000; key++) await call(key, 'first')
    assert.deepEqual(await call(0, 'second'), [undefined, 'first'], 'all 1 000 are there; 0 is now the youngest')
    await call(1_000, 'first')
    assert.deepEqual(await call(0, 'second'), [undefined, 'first'])
    assert.deepEqual(await call(2, 'second'), [undefined, 'first'])
    assert.deepEqual(await call(1, 'second'), [undefined, 'second'], '1 had to go')
  })

  inScope(kit, 'memo: a kept value needs no permit and no hook', {}, async (_s, clock) => {
    const told: string[] = []
    const s = lib.scope({
      concurrency: 1,
      hooks: { beforeTask: (name) => void told.push(name), afterTask: (name) => void told.push(name) },
    })
    const memo = { key: 'k', ttl: 1_000 }
    await s.task(() => 'kept', { id: 'run', memo })
    const gate = deferred()
    const busy = s.task(() => gate.promise, { id: 'busy' })
    const hit = watch(s.task(() => 'not run', { id: 'hit', memo }))
    await clock.settle()
    assert.deepEqual(hit.value, [undefined, 'kept'])
    gate.resolve()
    await busy
    await clock.settle()
    assert.deepEqual(told, ['run', 'run', 'busy', 'busy'])
    await end(s, clock)
  })

  inScope(kit, 'memo: on a cancelled scope the reason is the result, whatever is kept', {}, async (s) => {
    const memo = { key: 'k', ttl: 1_000 }
    await s.task(() => 'kept', { memo })
    const reason = new Error('stop')
    s.cancel(reason)
    assert.strictEqual((await s.task(() => 'x', { memo }))[0], reason)
  })

  inScope(kit, 'memo: each sharer of a run is cancelled with the scope, by identity', {}, async (s, clock) => {
    const memo = { key: 'k', ttl: 1_000 }
    const all = [1, 2, 3].map(() => watch(s.task(untilAborted, { memo })))
    const reason = new Error('stop')
    s.cancel(reason)
    await clock.settle()
    for (const each of all) assert.strictEqual(each.value?.[0], reason)
  })

  inScope(
    kit,
    "memo: a waiter's own timeout is its own: it is told in time, and the value is still kept",
    {},
    async (s, clock) => {
      const memo = { key: 'k', ttl: 1_000 }
      const body = () => sleep(100).then(() => 'value')
      const patient = watch(s.task(body, { memo }))
      const hasty = watch(s.task(body, { memo, timeout: 5 }))
      await clock.advance(5)
      assert.instanceOf(hasty.value?.[0], lib.TimeoutError)
      assert.isFalse(patient.settled)
      await clock.advance(95)
      assert.deepEqual(patient.value, [undefined, 'value'])
      assert.deepEqual(await s.task((): unknown => assert.fail('runs'), { memo }), [undefined, 'value'])
    },
  )

  inScope(kit, 'memo: misuse throws at the call and starts nothing', {}, async (s) => {
    const body = (): unknown => assert.fail('started')
    for (const ttl of [-1, Number.NaN])
      assert.throws(() => s.task(body, { memo: { key: 'k', ttl } }), RangeError, /ttl/)
    assert.throws(() => s.task(body, { memo: { key: 'k', ttl: '5' as never } }), TypeError, /ttl/)
    assert.throws(() => s.task(body, { memo: { key: 'k' } as never }), TypeError, /ttl/)
    for (const key of [undefined, null, 5, {}])
      assert.throws(() => s.task(body, { memo: { key: key as never, ttl: 5 } }), TypeError, /key/)
    for (const memo of ['k', '', true, null])
      assert.throws(() => s.task(body, { memo: memo as never }), TypeError, /memo/)
  })
}
