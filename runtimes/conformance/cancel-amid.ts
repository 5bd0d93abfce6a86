/** Cancelling amid bodies, listeners and crowds is as good as cancelling from outside. */

import { aborted, deferred, recorder, timed } from './fixtures.js'
import type { Kit } from './kit.js'

export function cancelAmid(kit: Kit): void {
  const { lib, test } = kit
  const assert: Chai.AssertStatic = kit.assert

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
    assert.lengthOf(
      log.lines.filter((line) => line.args.includes(error) || line.message.includes('listener')),
      1,
    )
  })

  test('onAbort callbacks are called in their order, without those that were undone, even by one before them', () => {
    const s = lib.scope()
    const heard: number[] = []
    const undos = Array.from({ length: 100 }, (_, at) =>
      s.onAbort(() => {
        heard.push(at)
        if (at === 50) for (const undo of undos.slice(40, 61)) undo()
      }),
    )
    for (const at of [0, 99, 98, 30, 31, 29, 70]) undos[at]?.()
    undos[30]?.()
    s.onAbort(() => void heard.push(100))
    s.cancel()
    const undone = (at: number) => [0, 99, 98, 30, 31, 29, 70].includes(at) || (at > 50 && at <= 60)
    assert.deepEqual(
      heard,
      Array.from({ length: 101 }, (_, at) => at).filter((at) => !undone(at)),
    )
    return s[Symbol.asyncDispose]()
  })

  test('an onAbort callback is called once, at once on an aborted scope, and never after its undo', async () => {
    const s = lib.scope()
    const reason = new Error('stop')
    const seen: unknown[] = []
    const same = (error: Error) => void seen.push(error)
    const undo = s.onAbort(() => void seen.push('undone'))
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
