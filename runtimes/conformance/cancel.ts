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

  test('no listener sees a part of the subtree unaborted, nor starts a body in it', async () => {
    const root = lib.scope()
    const [older, younger] = [root.createChild(), root.createChild()]
    const seen: boolean[] = []
    let called = 0
    const late: PromiseLike<unknown>[] = []
    for (const each of [root, older, younger]) {
      each.onAbort(() => {
        seen.push(root.aborted, older.aborted, younger.aborted)
        for (const target of [root, older, younger]) late.push(target.task(() => void called++))
      })
      each.signal.addEventListener('abort', () => seen.push(root.signal.aborted && older.aborted && younger.aborted))
    }
    root.cancel()
    await Promise.all(late)
    assert.isFalse(seen.includes(false))
    assert.isAtLeast(seen.length, 9)
    assert.strictEqual(called, 0)
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

  for (const awaits of [0, 1, 2, 3, 4]) {
    test(`an abort after ${awaits} awaits of a body gives the reason, whatever the body does next`, async () => {
      for (const end of ['return', 'throw'] as const) {
        const s = lib.scope()
        const reason = new Error('stop')
        const ended = deferred()
        const t = s.task(async () => {
          for (let i = 0; i < 5; i++) {
            if (i === awaits) s.cancel(reason)
            await undefined
          }
          ended.resolve()
          if (end === 'throw') throw new Error('body')
          return 'value'
        })
        assert.deepEqual(await t, [reason, undefined])
        await ended.promise
        await t.settled
        assert.strictEqual(t.status, 'cancelled')
        await s[Symbol.asyncDispose]()
      }
    })
  }

  test('cancelling the scope inside a synchronous body gives the reason', async () => {
    const s = lib.scope()
    const reason = new Error('stop')
    const returning = s.task(() => {
      s.cancel(reason)
      return 'value'
    })
    assert.deepEqual(await returning, [reason, undefined])
    const other = lib.scope()
    const throwing = other.task(() => {
      other.cancel(reason)
      throw new Error('body')
    })
    assert.deepEqual(await throwing, [reason, undefined])
    await s[Symbol.asyncDispose]()
    await other[Symbol.asyncDispose]()
  })

  test('an abort listener that cancels again, cancels a sibling or disposes is harmless', async () => {
    const s = lib.scope()
    const gate = deferred()
    const reason = new Error('first')
    const one = s.task(() => gate.promise)
    const two = s.task(() => gate.promise)
    let disposal: Promise<void> | undefined
    one.signal.addEventListener('abort', () => {
      s.cancel(new Error('second'))
      two.cancel(new Error('third'))
      disposal = s[Symbol.asyncDispose]()
    })
    s.cancel(reason)
    assert.strictEqual((await one)[0], reason)
    assert.strictEqual((await two)[0], reason)
    assert.strictEqual(s.reason, reason)
    gate.resolve()
    await disposal
    assert.strictEqual(disposal, s[Symbol.asyncDispose]())
  })

  timed(kit, 'a hook or cleanup of the cancellation may cancel and dispose again', async (clock) => {
    const reason = new Error('first')
    let disposals = 0
    const s = lib.scope({
      hooks: {
        onCancel: () => {
          s.cancel(new Error('second'))
          s[Symbol.asyncDispose]().then(() => disposals++)
        },
      },
    })
    const gate = deferred()
    const t = s.task(() => gate.promise)
    s.onDispose(() => s.cancel(new Error('third')))
    s.cancel(reason)
    assert.isTrue(s.isDisposed)
    gate.resolve()
    await clock.settle()
    assert.strictEqual(disposals, 1)
    assert.strictEqual(s.reason, reason)
    assert.strictEqual((await t)[0], reason)
  })

  test('a throwing onAbort callback stops no other and is reported once', async () => {
    const log = recorder()
    const s = lib.scope({ logger: log.logger })
    const error = new Error('listener')
    const calls: string[] = []
    s.onAbort(() => void calls.push('before'))
    s.onAbort(() => {
      throw error
    })
    s.onAbort(() => void calls.push('after'))
    const child = s.createChild()
    child.onAbort(() => void calls.push('child'))
    const t = s.task(({ signal }) => aborted(signal))
    s.cancel()
    assert.sameMembers(calls, ['before', 'after', 'child'])
    assert.isTrue(lib.isCancelled((await t)[0]))
    await s[Symbol.asyncDispose]()
    assert.lengthOf(log.lines.filter((line) => line.args.includes(error) || line.message.includes('listener')), 1)
  })

  test('an onAbort callback is called once, at once on an aborted scope, and never after its undo', async () => {
    const s = lib.scope()
    const reason = new Error('stop')
    const seen: unknown[] = []
    const same = (error: Error) => void seen.push(error)
    const undo = s.onAbort(() => assert.fail('undone'))
    s.onAbort(same)
    s.onAbort(same)
    undo()
    undo()
    s.cancel(reason)
    assert.deepEqual(seen, [reason, reason])
    s.onAbort(same)
    assert.lengthOf(seen, 3)
    await s[Symbol.asyncDispose]()
    assert.lengthOf(seen, 3)
  })

  timed(kit, 'a cancelled body may fail late without an unhandled rejection or a report', async (clock) => {
    const log = recorder()
    const s = lib.scope({ logger: log.logger, onUnhandled: () => assert.fail('a cancellation is no failure') })
    const gate = deferred()
    const t = s.task(() => gate.promise)
    t.cancel()
    gate.reject(new Error('late'))
    await clock.settle()
    await s[Symbol.asyncDispose]()
    assert.deepEqual(log.lines, [])
  })

  test('50 000 tasks cancelled at once all get the reason', async () => {
    const s = lib.scope()
    const gate = deferred()
    const body = () => gate.promise
    const tasks = Array.from({ length: 50_000 }, () => s.task(body))
    const results = Promise.all(tasks)
    const reason = new Error('all')
    s.cancel(reason)
    assert.isTrue(tasks.every((t) => t.status === 'cancelled'))
    for (const result of await results) if (result[0] !== reason) assert.strictEqual(result[0], reason)
    gate.resolve()
    await s[Symbol.asyncDispose]()
  })

  test('50 000 queued tasks cancelled one by one, the newest first, leave the queue in order', async () => {
    const s = lib.scope({ concurrency: 1 })
    const gate = deferred()
    const running = s.task(() => gate.promise)
    const queued = Array.from({ length: 50_000 }, (_, at) => s.task(() => at))
    for (let at = queued.length - 1; at > 0; at--) queued[at]?.cancel()
    gate.resolve()
    await running
    assert.deepEqual(await queued[0], [undefined, 0])
    assert.isTrue(queued.slice(1).every((t) => t.status === 'cancelled' && !t.isStarted))
    assert.deepEqual(await s.task(() => 'free'), [undefined, 'free'])
    await s[Symbol.asyncDispose]()
  })
}
