/** What a body is given, and what the failure of one task means for the others. */

import { deferred } from './fixtures.js'
import type { Kit } from './kit.js'

export function taskContext(kit: Kit): void {
  const { lib, test } = kit
  const assert: Chai.AssertStatic = kit.assert

  test('the context has what the scope and the options say', async () => {
    const s = lib.scope({ context: { tenant: 'a' } }).provide('db', { name: 'db' })
    const data = { input: 1 }
    const [err] = await s.task(
      (ctx) => {
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
      },
      { data },
    )
    assert.strictEqual(err, undefined)
    assert.deepEqual({ ...s.requestContext }, { tenant: 'a' })
    await s[Symbol.asyncDispose]()
  })

  test('context members may be destructured and used after the first await', async () => {
    const s = lib.scope().provide('n', 1)
    const [err, value] = await s.task(
      async (ctx) => {
        await undefined
        const { services, signal, logger, data, attempt, shield, task: nested } = ctx
        logger.debug('still here')
        const [, two] = await nested(async () => 2)
        return [services.n, two, await shield(() => 3), attempt, data, signal.aborted]
      },
      { data: 'd' },
    )
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
}
