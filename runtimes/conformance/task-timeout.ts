/** A task's own timeout is a failure that aborts its signal, starts with its permit and leaves no timer. */

import { deferred, sleep, timed, watch } from './fixtures.js'
import type { Kit } from './kit.js'

export function taskTimeout(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'a timeout settles the task at its time, aborts its signal and is a failure', async (clock) => {
    const s = lib.scope()
    const gate = deferred()
    const t = s.task(() => gate.promise, { timeout: 50, id: 'slow' })
    const { signal } = t
    const result = watch(t)
    await clock.advance(49)
    assert.isFalse(result.settled)
    assert.isFalse(signal.aborted)
    await clock.advance(1)
    assert.isTrue(result.settled)
    const err = result.value?.[0]
    assert.instanceOf(err, lib.TimeoutError)
    assert.strictEqual(err.message, 'Task timeout after 50ms: slow')
    assert.strictEqual(err.ms, 50)
    assert.include(err.what, 'slow')
    assert.isFalse(lib.isCancelled(err))
    assert.strictEqual(t.status, 'failed')
    assert.isTrue(signal.aborted)
    assert.strictEqual(signal.reason, err)
    assert.isFalse(s.aborted)
    assert.strictEqual(clock.pendingTimers, 0)
    gate.reject(new Error('late'))
    await s[Symbol.asyncDispose]()
    assert.strictEqual((await t)[0], err)
  })

  timed(kit, 'a timeout stays a failure when the body waits with its own signal', async (clock) => {
    const s = lib.scope()
    const sem = s.semaphore(1)
    const held = await sem.acquire()
    const waits: Record<string, (signal: AbortSignal) => Promise<unknown>> = {
      delay: (signal) => s.delay(1_000, { signal }),
      semaphore: (signal) => sem.acquire({ signal }),
      channel: (signal) => s.channel<string>().receive({ signal }),
      scope: async (signal) => {
        await using inner = lib.scope({ signal })
        const [err] = await inner.task(() => inner.delay(1_000))
        throw err
      },
    }
    for (const [name, wait] of Object.entries(waits)) {
      const t = watch(s.task(({ signal }) => wait(signal), { timeout: 50 }))
      await clock.advance(50)
      assert.instanceOf(t.value?.[0], lib.TimeoutError, name)
      assert.isFalse(lib.isCancelled(t.value?.[0]), name)
    }
    held.release()
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'a body that ends in time leaves no timer', async (clock) => {
    const s = lib.scope()
    const gate = deferred()
    const good = s.task(() => gate.promise, { timeout: 1000 })
    const bad = s.task(() => gate.promise.then(() => Promise.reject(new Error('bad'))), { timeout: 1000 })
    const dropped = s.task(() => gate.promise, { timeout: 1000 })
    assert.strictEqual(clock.pendingTimers, 3)
    dropped.cancel()
    assert.strictEqual(clock.pendingTimers, 2)
    gate.resolve()
    await Promise.all([good, bad])
    assert.strictEqual(clock.pendingTimers, 0)
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'a timeout of 0 has already expired', async (clock) => {
    const s = lib.scope()
    const t = watch(s.task(() => new Promise<void>(() => {}), { timeout: 0 }))
    await clock.settle()
    assert.isTrue(t.settled)
    assert.instanceOf(t.value?.[0], lib.TimeoutError)
    const sync = await s.task(() => 'value', { timeout: 0 })
    assert.instanceOf(sync[0], lib.TimeoutError)
    assert.strictEqual(clock.pendingTimers, 0)
  })

  timed(kit, 'a timeout of Infinity is never, and arms nothing', async (clock) => {
    const s = lib.scope()
    const gate = deferred()
    const t = s.task(() => gate.promise, { timeout: Number.POSITIVE_INFINITY })
    assert.strictEqual(clock.pendingTimers, 0)
    await clock.advance(1e9)
    gate.resolve()
    assert.deepEqual(await t, [undefined, undefined])
    await s[Symbol.asyncDispose]()
  })

  for (const ms of [2 ** 31 - 1, 2 ** 31, 2 ** 32 + 5, 2 ** 33]) {
    timed(kit, `a timeout of ${ms} ms expires exactly then`, async (clock) => {
      const s = lib.scope()
      const gate = deferred()
      const t = watch(s.task(() => gate.promise, { timeout: ms }))
      await clock.advance(1000)
      assert.isFalse(t.settled)
      await clock.advance(ms - 1001)
      assert.isFalse(t.settled)
      await clock.advance(1)
      assert.isTrue(t.settled)
      assert.instanceOf(t.value?.[0], lib.TimeoutError)
      assert.strictEqual(clock.pendingTimers, 0)
      gate.resolve()
      await s[Symbol.asyncDispose]()
    })
  }

  timed(kit, 'the clock of a timeout starts with the permit', async (clock) => {
    const s = lib.scope({ concurrency: 1 })
    const first = s.task(() => sleep(500))
    const queued = s.task(() => sleep(80), { timeout: 100 })
    assert.strictEqual(clock.pendingTimers, 1)
    await clock.advance(580)
    assert.deepEqual(await first, [undefined, undefined])
    assert.deepEqual(await queued, [undefined, undefined])
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'a task that timed out keeps its permit until its body has ended', async (clock) => {
    const s = lib.scope({ concurrency: 1, onUnhandled: () => {} })
    const gate = deferred()
    const slow = s.task(() => gate.promise, { timeout: 10 })
    const next = s.task(() => 'next')
    await clock.advance(10)
    assert.isTrue(slow.isSettled)
    assert.strictEqual(next.status, 'queued')
    gate.resolve()
    assert.deepEqual(await next, [undefined, 'next'])
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'cancelling before the timeout is a cancellation, after it changes nothing', async (clock) => {
    const s = lib.scope()
    const gate = deferred()
    const reason = new Error('stop')
    const before = s.task(() => gate.promise, { timeout: 10 })
    const after = s.task(() => gate.promise, { timeout: 10 })
    before.cancel(reason)
    await clock.advance(10)
    after.cancel(reason)
    s.cancel(new Error('later'))
    assert.strictEqual((await before)[0], reason)
    assert.instanceOf((await after)[0], lib.TimeoutError)
    assert.strictEqual(after.status, 'failed')
    gate.resolve()
    await s[Symbol.asyncDispose]()
  })

  timed(kit, "the scope's timeout is a cancellation of its tasks and does not dispose the scope", async (clock) => {
    const s = lib.scope({ name: 'job', timeout: 5 })
    const gate = deferred()
    const t = s.task(() => gate.promise)
    await clock.advance(4)
    assert.isFalse(s.aborted)
    await clock.advance(1)
    const [err] = await t
    assert.instanceOf(err, lib.TimeoutError)
    assert.strictEqual(err.message, 'Scope timeout after 5ms: job')
    assert.strictEqual(err.ms, 5)
    assert.include(err.what, 'job')
    assert.isTrue(lib.isCancelled(err))
    assert.strictEqual(t.status, 'cancelled')
    assert.strictEqual(s.reason, err)
    assert.strictEqual(s.signal.reason, err)
    assert.isFalse(s.isDisposed)
    assert.strictEqual(clock.pendingTimers, 0)
    assert.strictEqual((await s.task(() => assert.fail('never called')))[0], err)
    gate.resolve()
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'a scope with a timeout of 0 has already expired', async (clock) => {
    const s = lib.scope({ timeout: 0 })
    const t = watch(s.task(() => assert.fail('never called')))
    await clock.settle()
    assert.isTrue(s.aborted)
    assert.instanceOf(t.value?.[0], lib.TimeoutError)
    await s[Symbol.asyncDispose]()
    assert.strictEqual(clock.pendingTimers, 0)
  })

  timed(
    kit,
    'a scope with a timeout of Infinity arms nothing, and one of 2**31 does not expire early',
    async (clock) => {
      const never = lib.scope({ timeout: Number.POSITIVE_INFINITY })
      assert.strictEqual(clock.pendingTimers, 0)
      const long = lib.scope({ timeout: 2 ** 31 })
      await clock.advance(2 ** 31 - 1)
      assert.isFalse(long.aborted)
      await clock.advance(1)
      assert.isTrue(long.aborted)
      assert.isFalse(never.aborted)
      await never[Symbol.asyncDispose]()
      await long[Symbol.asyncDispose]()
      assert.strictEqual(clock.pendingTimers, 0)
    },
  )
}
