/** Cancelling settles everything in the same turn with the first reason, and starts nothing. */

import { aborted, deferred, recorder, timed, watch } from './fixtures.js'
import type { Kit } from './kit.js'

export function cancel(kit: Kit): void {
  const { lib, test } = kit
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'a cancelled task settles in the same turn, though its body ignores the signal', async (clock) => {
    const s = lib.scope()
    const gate = deferred()
    const t = s.task(() => gate.promise)
    const result = watch(t)
    const reason = new Error('stop')
    t.cancel(reason)
    assert.strictEqual(t.status, 'cancelled')
    assert.isTrue(t.isSettled)
    await clock.settle()
    assert.strictEqual(result.value?.[0], reason)
    gate.resolve()
    await s[Symbol.asyncDispose]()
  })

  test("cancelling without a reason gives the library's own, with a name", async () => {
    const s = lib.scope({ name: 'job' })
    const gate = deferred()
    const one = s.task(() => gate.promise, { id: 'one' })
    const two = s.task(() => gate.promise)
    one.cancel()
    s.cancel()
    const [err] = await one
    assert.instanceOf(err, lib.AbortError)
    assert.strictEqual(err.message, 'Task cancelled: one')
    const [ofScope] = await two
    assert.instanceOf(ofScope, lib.AbortError)
    assert.strictEqual(ofScope.message, 'Scope cancelled: job')
    assert.strictEqual(ofScope.scopeName, 'job')
    assert.strictEqual(s.reason, ofScope)
    gate.resolve()
    await s[Symbol.asyncDispose]()
  })

  test('the first reason stays, of a task as of a scope', async () => {
    const s = lib.scope()
    const gate = deferred()
    const [first, second, third] = [new Error('1'), new Error('2'), new Error('3')]
    const t = s.task(() => gate.promise)
    t.cancel(first)
    t.cancel(second)
    s.cancel(second)
    s.cancel(third)
    assert.strictEqual((await t)[0], first)
    assert.strictEqual(s.reason, second)
    gate.resolve()
    await s[Symbol.asyncDispose]()
    assert.strictEqual(s.reason, second)
    assert.strictEqual((await t)[0], first)
  })

  test('cancelling a task that has its Result changes nothing', async () => {
    const s = lib.scope()
    const t = s.task(() => 'done')
    await t
    t.cancel(new Error('late'))
    assert.deepEqual(await t, [undefined, 'done'])
    assert.strictEqual(t.status, 'succeeded')
    assert.isFalse(t.signal.aborted)
    await s[Symbol.asyncDispose]()
  })

  for (const reason of [null, 0, '', false]) {
    test(`a task or scope cancelled with ${JSON.stringify(reason)} is cancelled`, async () => {
      const s = lib.scope()
      const gate = deferred()
      const [one, two] = [s.task(() => gate.promise), s.task(() => gate.promise)]
      one.cancel(reason)
      assert.strictEqual(one.signal.reason, reason)
      s.cancel(reason)
      assert.isTrue(s.aborted)
      assert.strictEqual(s.reason, reason)
      for (const [err] of [await one, await two, await s.task(() => assert.fail('never called'))]) {
        assert.instanceOf(err, lib.UnknownError)
        assert.strictEqual(err.cause, reason)
        assert.isTrue(lib.isCancelled(err))
      }
      gate.resolve()
      await s[Symbol.asyncDispose]()
    })
  }

  test('a cancelled scope answers new tasks with the reason, never calls them, and is not disposed', async () => {
    const s = lib.scope()
    const reason = new Error('stop')
    s.cancel(reason)
    assert.isTrue(s.aborted)
    assert.isTrue(s.signal.aborted)
    assert.isFalse(s.isDisposed)
    let called = 0
    const t = s.task(() => void called++)
    assert.strictEqual(t.status, 'cancelled')
    assert.deepEqual(await t, [reason, undefined])
    await t.settled
    assert.strictEqual(called, 0)
    await s[Symbol.asyncDispose]()
    assert.isTrue(s.isDisposed)
  })

  test('the whole subtree is aborted before cancel() returns', async () => {
    const root = lib.scope()
    const child = root.createChild()
    const grandchild = child.createChild()
    const signals = [root, child, grandchild].map((each) => each.signal)
    const tasks = [root, child, grandchild].map((each) => each.task(({ signal }) => aborted(signal)))
    const reason = new Error('stop')
    root.cancel(reason)
    for (const signal of [...signals, ...tasks.map((t) => t.signal)]) {
      assert.isTrue(signal.aborted)
      assert.strictEqual(signal.reason, reason)
    }
    for (const t of tasks) assert.strictEqual((await t)[0], reason)
    await root[Symbol.asyncDispose]()
  })

  test('a foreign signal cancels with its reason, also when it has aborted before', async () => {
    const reason = new Error('foreign')
    const controller = new AbortController()
    const s = lib.scope({ signal: controller.signal })
    const t = s.task(({ signal }) => aborted(signal))
    controller.abort(reason)
    assert.isTrue(s.aborted)
    assert.strictEqual((await t)[0], reason)
    assert.isTrue(lib.isCancelled(reason))
    const late = lib.scope({ signal: controller.signal })
    assert.isTrue(late.aborted)
    assert.strictEqual(late.reason, reason)
    assert.strictEqual((await late.task(() => assert.fail('never called')))[0], reason)
    await s[Symbol.asyncDispose]()
    await late[Symbol.asyncDispose]()
  })

  timed(kit, 'a cancelled body may fail late without an unhandled rejection or a report', async (clock) => {
    const log = recorder()
    const reports: unknown[] = []
    const s = lib.scope({ logger: log.logger, onUnhandled: (error) => void reports.push(error) })
    const gate = deferred()
    const t = s.task(() => gate.promise)
    t.cancel()
    gate.reject(new Error('late'))
    await clock.settle()
    await s[Symbol.asyncDispose]()
    assert.deepEqual(reports, [])
    assert.deepEqual(log.lines, [])
  })
}
