/** A task starts at once, is awaited like a promise that never rejects, and tells where it is. */

import { deferred, timed, watch } from './fixtures.js'
import type { Kit } from './kit.js'

export function task(kit: Kit): void {
  const { lib, test } = kit
  const assert: Chai.AssertStatic = kit.assert

  test('a body starts synchronously inside task()', async () => {
    const s = lib.scope()
    const log: string[] = []
    const t = s.task(async () => {
      log.push('body')
      await undefined
      log.push('resumed')
    })
    log.push('after task()')
    assert.deepEqual(log, ['body', 'after task()'])
    await t
    assert.deepEqual(log, ['body', 'after task()', 'resumed'])
    await s[Symbol.asyncDispose]()
  })

  test('timeout, retry, memo, dedupe, breaker and a free permit keep the start synchronous', async () => {
    const s = lib.scope({ concurrency: 10 })
    let started = 0
    const body = () => void started++
    const all = [
      s.task(body, { timeout: 1000 }),
      s.task(body, { retry: 'fixed' }),
      s.task(body, { memo: { key: 'm', ttl: 1000 } }),
      s.task(body, { dedupe: 'd' }),
      s.task(body, { circuitBreaker: {}, id: 'b' }),
      s.task(body, { errorClass: TypeError, priority: 3 }),
    ]
    assert.strictEqual(started, all.length)
    await Promise.all(all)
    await s[Symbol.asyncDispose]()
  })

  test('a task may be awaited many times, late, twice over, and with the tools for promises', async () => {
    const s = lib.scope()
    const t = s.task(async () => 5)
    assert.deepEqual(await t, [undefined, 5])
    assert.deepEqual(await t, [undefined, 5])
    assert.deepEqual(await (await t), [undefined, 5])
    assert.deepEqual(await Promise.all([t, t]), [[undefined, 5], [undefined, 5]])
    assert.deepEqual(await Promise.resolve(t), [undefined, 5])
    assert.strictEqual(await t.then(([, value]) => value), 5)
    assert.deepEqual(await t.then(), [undefined, 5])
    assert.deepEqual(await t.then(null, null), [undefined, 5])
    assert.deepEqual(await t.catch(() => assert.fail('a task never rejects')), [undefined, 5])
    let called = 0
    assert.deepEqual(await t.finally(() => void called++), [undefined, 5])
    assert.strictEqual(called, 1)
    const thrown = new Error('in then')
    assert.strictEqual(
      await t.then(() => {
        throw thrown
      }).catch((error: unknown) => error),
      thrown,
    )
    await s[Symbol.asyncDispose]()
  })

  test('names and indexes count in the scope from 1, ids in the process', async () => {
    const s = lib.scope()
    const other = lib.scope()
    const first = s.task(() => 1)
    const second = s.task(() => 2, { id: 'named' })
    const third = other.task(() => 3)
    assert.deepEqual([first.name, second.name, third.name], ['task-1', 'named', 'task-1'])
    assert.deepEqual([first.index, second.index, third.index], [1, 2, 1])
    assert.isTrue(first.id < second.id && second.id < third.id)
    assert.instanceOf(first, lib.Task)
    await s[Symbol.asyncDispose]()
    await other[Symbol.asyncDispose]()
  })

  test('status goes from queued over running to how it ended', async () => {
    const s = lib.scope({ concurrency: 1 })
    const gate = deferred()
    const good = s.task(() => gate.promise)
    const bad = s.task(() => Promise.reject(new Error('bad')))
    const dropped = s.task(() => 1)
    const state = () => [good, bad, dropped].map((t) => [t.status, t.isStarted, t.isSettled])
    assert.deepEqual(state(), [['running', true, false], ['queued', false, false], ['queued', false, false]])
    dropped.cancel()
    assert.deepEqual(state()[2], ['cancelled', false, true])
    gate.resolve()
    await Promise.all([good, bad, dropped])
    assert.deepEqual(state(), [['succeeded', true, true], ['failed', true, true], ['cancelled', false, true]])
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'a task that starts when the clock stands at any time counts as started', async () => {
    const s = lib.scope()
    const gate = deferred()
    const t = s.task(() => gate.promise)
    assert.isTrue(t.isStarted)
    t.cancel()
    assert.isTrue(t.isStarted && t.isSettled)
    gate.resolve()
    await s[Symbol.asyncDispose]()
  })

  test('the context has what the scope and the options say', async () => {
    const s = lib.scope({ context: { tenant: 'a' } }).provide('db', { name: 'db' })
    const data = { input: 1 }
    const [err] = await s.task((ctx) => {
      assert.strictEqual(ctx.services.db.name, 'db')
      assert.deepEqual({ ...ctx.context }, { tenant: 'a' })
      assert.strictEqual(ctx.data, data)
      assert.strictEqual(ctx.attempt, 1)
      assert.strictEqual(ctx.checkpoint, undefined)
      assert.isFunction(ctx.task)
      assert.isFunction(ctx.shield)
      for (const level of ['debug', 'info', 'warn', 'error'] as const) assert.isFunction(ctx.logger[level])
      assert.instanceOf(ctx.signal, AbortSignal)
      assert.strictEqual(ctx.signal, ctx.signal)
    }, { data })
    assert.strictEqual(err, undefined)
    assert.deepEqual({ ...s.requestContext }, { tenant: 'a' })
    await s[Symbol.asyncDispose]()
  })

  test('context members may be destructured and used after the first await', async () => {
    const s = lib.scope().provide('n', 1)
    const [err, value] = await s.task(async (ctx) => {
      await undefined
      const { services, signal, logger, data, attempt, shield, task: nested } = ctx
      logger.debug('still here')
      const [, two] = await nested(async () => 2)
      return [services.n, two, await shield(() => 3), attempt, data, signal.aborted]
    }, { data: 'd' })
    assert.strictEqual(err, undefined)
    assert.deepEqual(value, [1, 2, 3, 1, 'd', false])
    await s[Symbol.asyncDispose]()
  })

  test('progress is always there and always safe to call', async () => {
    const s = lib.scope()
    const [err] = await s.task(({ progress }) => {
      const seen: number[] = []
      const undo = progress.onUpdate((update) => void seen.push(update.percentage))
      progress.onUpdate(() => {
        throw new Error('listener')
      })
      progress.update(50)
      assert.strictEqual(progress.get().percentage, 50)
      undo()
      progress.update(60)
      assert.deepEqual(seen, [50])
      for (const odd of [-1, 101, Number.NaN, Number.POSITIVE_INFINITY]) progress.update(odd)
      progress.get()
    })
    assert.strictEqual(err, undefined)
    await s[Symbol.asyncDispose]()
  })

  test('a failing task does not touch its siblings', async () => {
    const s = lib.scope()
    const gate = deferred<string>()
    const sibling = s.task(() => gate.promise)
    await s.task(() => Promise.reject(new Error('bad')))
    assert.isFalse(s.aborted)
    assert.isFalse(sibling.signal.aborted)
    gate.resolve('fine')
    assert.deepEqual(await sibling, [undefined, 'fine'])
    assert.deepEqual(await s.task(() => 'later'), [undefined, 'later'])
    await s[Symbol.asyncDispose]()
  })

  test('with failFast the first failure is the reason of the scope, by identity, and is no cancellation', async () => {
    const s = lib.scope({ failFast: true })
    const error = new Error('first')
    const gate = deferred()
    const sibling = s.task(() => gate.promise)
    const failing = s.task(() => Promise.reject(error))
    assert.strictEqual((await failing)[0], error)
    assert.strictEqual((await sibling)[0], error)
    assert.strictEqual(s.reason, error)
    assert.strictEqual(failing.status, 'failed')
    assert.isFalse(lib.isCancelled(error))
    assert.strictEqual((await s.task(() => assert.fail('never called')))[0], error)
    gate.resolve()
    await s[Symbol.asyncDispose]()
  })

  test('with failFast a cancelled task does not cancel its siblings', async () => {
    const s = lib.scope({ failFast: true })
    const gate = deferred()
    const sibling = s.task(() => gate.promise)
    const cancelled = s.task(() => gate.promise)
    cancelled.cancel()
    await cancelled
    assert.isFalse(s.aborted)
    gate.resolve()
    assert.deepEqual(await sibling, [undefined, undefined])
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'settled waits for the body, never rejects, and is there for late callers', async (clock) => {
    const s = lib.scope()
    const gate = deferred()
    const t = s.task(() => gate.promise)
    const early = watch(t.settled)
    t.cancel()
    const result = watch(t)
    await clock.settle()
    assert.isTrue(result.settled)
    assert.isFalse(early.settled)
    gate.reject(new Error('late'))
    await clock.settle()
    assert.isTrue(early.settled && !early.rejected)
    assert.strictEqual(early.value, undefined)
    await t.settled
    await s[Symbol.asyncDispose]()
  })

  test("a task's signal is its own: it aborts with the reason of the task alone", async () => {
    const s = lib.scope()
    const gate = deferred()
    const one = s.task(() => gate.promise)
    const two = s.task(() => gate.promise)
    const reason = new Error('one only')
    const { signal } = one
    one.cancel(reason)
    assert.isTrue(signal.aborted)
    assert.strictEqual(signal.reason, reason)
    assert.isFalse(two.signal.aborted)
    assert.isFalse(s.signal.aborted)
    gate.resolve()
    await two
    await s[Symbol.asyncDispose]()
  })

  test('the signal in the context aborts with the task', async () => {
    const s = lib.scope()
    let seen: AbortSignal | undefined
    const gate = deferred()
    const t = s.task(({ signal }) => {
      seen = signal
      return gate.promise
    })
    const reason = new Error('stop')
    t.cancel(reason)
    assert.isTrue(seen?.aborted)
    assert.strictEqual(seen?.reason, reason)
    gate.resolve()
    await s[Symbol.asyncDispose]()
  })

  test('a signal that nobody aborted stays unaborted after the task has succeeded', async () => {
    const s = lib.scope()
    let seen: AbortSignal | undefined
    await s.task(({ signal }) => void (seen = signal))
    assert.isFalse(seen?.aborted)
    await s[Symbol.asyncDispose]()
    assert.isFalse(seen?.aborted)
  })

  test('taskPooling changes nothing that can be seen', async () => {
    const s = lib.scope({ taskPooling: { enabled: true, maxSize: 4 }, concurrency: 8, onUnhandled: () => {} })
    const reason = new Error('stop')
    const gate = deferred()
    const failures = new Map<number, Error>()
    const kept: PromiseLike<unknown>[] = []
    for (let i = 0; i < 1000; i++) {
      const t = s.task(async () => {
        await undefined
        if (i % 3 === 0) throw failures.set(i, new Error(`failure ${i}`)).get(i)
        if (i % 97 === 1) await gate.promise
        return i
      })
      if (i % 97 === 1) t.cancel(reason)
      kept.push(t)
    }
    gate.resolve()
    for (const [i, result] of (await Promise.all(kept)).entries()) {
      const expected = i % 97 === 1 ? [reason, undefined] : i % 3 === 0 ? [failures.get(i), undefined] : [undefined, i]
      const [err, value] = result as readonly [unknown, unknown]
      assert.strictEqual(err, expected[0])
      assert.strictEqual(value, expected[1])
    }
    await s[Symbol.asyncDispose]()
  })

  test('a body may start tasks of its own scope, and await them', async () => {
    const s = lib.scope()
    const fibonacci = async (n: number): Promise<number> => {
      if (n < 2) return n
      const [[, a], [, b]] = await Promise.all([s.task(() => fibonacci(n - 1)), s.task(() => fibonacci(n - 2))])
      return (a ?? 0) + (b ?? 0)
    }
    assert.deepEqual(await s.task(() => fibonacci(12)), [undefined, 144])
    await s[Symbol.asyncDispose]()
  })
}
