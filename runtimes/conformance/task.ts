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
    assert.deepEqual(await await t, [undefined, 5])
    assert.deepEqual(await Promise.all([t, t]), [
      [undefined, 5],
      [undefined, 5],
    ])
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
      await t
        .then(() => {
          throw thrown
        })
        .catch((error: unknown) => error),
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
    assert.deepEqual(state(), [
      ['running', true, false],
      ['queued', false, false],
      ['queued', false, false],
    ])
    dropped.cancel()
    assert.deepEqual(state()[2], ['cancelled', false, true])
    gate.resolve()
    await Promise.all([good, bad, dropped])
    assert.deepEqual(state(), [
      ['succeeded', true, true],
      ['failed', true, true],
      ['cancelled', false, true],
    ])
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
