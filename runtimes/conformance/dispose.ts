/** Disposal refuses, aborts, waits, cleans up and detaches, in this order. */

import { aborted, deferred, sleep, timed, watch } from './fixtures.js'
import type { Kit } from './kit.js'

export function dispose(kit: Kit): void {
  const { lib, test } = kit
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'a tree is disposed in the order of the contract', async (clock) => {
    const log: string[] = []
    const say = (text: string) => () => void log.push(text)
    const hooksOf = (name: string) => ({
      onCancel: say(`${name} onCancel`),
      beforeDispose: say(`${name} beforeDispose`),
      afterDispose: say(`${name} afterDispose`),
      onDispose: (index: number) => void log.push(`${name} onDispose ${index}`),
    })
    const root = lib.scope({ name: 'root', hooks: hooksOf('root') }).provide('db', 'db', say('root db'))
    root.onDispose(say('root cleanup'))
    const start = (owner: { task: typeof root.task }, name: string, ms: number) =>
      owner.task(async ({ signal }) => {
        await aborted(signal)
        log.push(`${name} told`)
        await sleep(ms)
        log.push(`${name} body ended`)
      })
    const older = root.createChild({ name: 'older', hooks: hooksOf('older') })
    const newer = root.createChild({ name: 'newer', hooks: hooksOf('newer') })
    older.onDispose(say('older cleanup'))
    newer.onDispose(say('newer cleanup'))
    start(root, 'root', 30)
    start(older, 'older', 20)
    start(newer, 'newer', 10)
    const done = watch(root[Symbol.asyncDispose]())
    const told = log.splice(0)
    assert.sameMembers(
      told.filter((line) => line.endsWith('onCancel')),
      ['root onCancel', 'older onCancel', 'newer onCancel'],
    )
    assert.isTrue(root.isDisposed && root.signal.aborted && older.signal.aborted && newer.signal.aborted)
    await clock.settle()
    const before = [...told, ...log.splice(0)]
    assert.isTrue(before.indexOf('root beforeDispose') > before.indexOf('root onCancel'))
    await clock.advance(30)
    assert.deepEqual(log, [
      'newer body ended',
      'older body ended',
      'root body ended',
      'newer beforeDispose',
      'newer cleanup',
      'newer afterDispose',
      'older beforeDispose',
      'older cleanup',
      'older afterDispose',
      'root cleanup',
      'root db',
      'root onDispose 1',
      'root afterDispose',
    ])
    assert.isTrue(done.settled && !done.rejected)
    assert.strictEqual(clock.pendingTimers, 0)
  })

  timed(
    kit,
    'every waiter is woken in the turn of the disposal, with one reason that names the scope',
    async (clock) => {
      const s = lib.scope({ name: 'job', concurrency: 1 })
      const child = s.createChild()
      const gate = deferred()
      const waiters = [s, s, child].map((each) => watch(each.task(() => gate.promise)))
      const done = watch(s[Symbol.asyncDispose]())
      await clock.settle()
      for (const each of waiters) {
        assert.isTrue(each.settled)
        assert.strictEqual(each.value?.[0], s.reason)
      }
      assert.instanceOf(s.reason, lib.AbortError)
      assert.strictEqual((s.reason as InstanceType<typeof lib.AbortError>).message, 'Scope disposed: job')
      assert.strictEqual((s.reason as InstanceType<typeof lib.AbortError>).scopeName, 'job')
      assert.isFalse(done.settled)
      gate.resolve()
      await clock.settle()
      assert.isTrue(done.settled)
    },
  )

  test('whoever looks only after the end finds the one reason too, and it is a cancellation', async () => {
    const s = lib.scope({ name: 'job' })
    const child = s.createChild()
    const unseen = [s, child].map((each) => each.task(({ signal }) => aborted(signal)))
    const late = [s, child].map((each) => each.task(() => {}, { timeout: 5_000, retry: { max: 1 } }))
    await s[Symbol.asyncDispose]()
    assert.deepEqual(
      unseen.map((task) => task.status),
      ['cancelled', 'cancelled'],
    )
    for (const task of unseen) {
      const [error] = await task
      assert.strictEqual(error, s.reason)
      assert.strictEqual(error, child.abortError)
      assert.isTrue(lib.isCancelled(error))
      assert.strictEqual((await task)[0], error, 'asked again, the same')
    }
    for (const task of late) assert.isUndefined((await task)[0])
  })

  test('a second call returns the same promise, during the first and after it', async () => {
    const s = lib.scope()
    const gate = deferred()
    s.task(() => gate.promise)
    const first = s[Symbol.asyncDispose]()
    assert.strictEqual(s[Symbol.asyncDispose](), first)
    gate.resolve()
    await first
    assert.strictEqual(s[Symbol.asyncDispose](), first)
    const bad = lib.scope()
    bad.onDispose(() => Promise.reject(new Error('cleanup')))
    const rejected = bad[Symbol.asyncDispose]()
    await rejected.catch(() => {})
    assert.strictEqual(bad[Symbol.asyncDispose](), rejected)
  })

  test('a call from within the first one, by what it cancels, gets the same promise', async () => {
    const fault = new Error('cleanup')
    for (const fails of [false, true]) {
      const s = lib.scope()
      const log: string[] = []
      const again: Promise<void>[] = []
      s.onAbort(() => {
        again.push(s[Symbol.asyncDispose](), s[Symbol.asyncDispose]())
        s.onDispose(() => {
          log.push('cleanup')
          if (fails) throw fault
        })
      })
      const first = s[Symbol.asyncDispose]()
      assert.deepEqual(again, [first, first])
      assert.strictEqual(again[0], first)
      assert.strictEqual(s[Symbol.asyncDispose](), first)
      const error = await first.catch((thrown: unknown) => thrown)
      assert.strictEqual(error, fails ? fault : undefined)
      assert.deepEqual(log, ['cleanup'])
    }
  })

  test('what is registered in the turn of the disposal of an empty scope is cleaned up too', async () => {
    const s = lib.scope()
    const log: string[] = []
    const done = s[Symbol.asyncDispose]()
    s.onDispose(() => void log.push('cleanup'))
    await done
    assert.deepEqual(log, ['cleanup'])
    assert.throws(() => s.onDispose(() => {}), lib.ScopeDisposedError)
  })

  timed(kit, 'no cleanup starts before the last body of the tree has ended', async (clock) => {
    const log: string[] = []
    const root = lib.scope()
    const child = root.createChild()
    const grandchild = child.createChild()
    const gate = deferred()
    for (const each of [root, child, grandchild]) each.onDispose(() => void log.push('cleanup'))
    grandchild.task(() => gate.promise.then(() => log.push('body ended')))
    const done = watch(root[Symbol.asyncDispose]())
    await clock.advance(1000)
    assert.deepEqual(log, [])
    gate.resolve()
    await clock.settle()
    assert.deepEqual(log, ['body ended', 'cleanup', 'cleanup', 'cleanup'])
    assert.isTrue(done.settled)
  })

  timed(kit, 'cleanups run one after another, last registered first, whatever their kind', async (clock) => {
    const log: string[] = []
    const slow = (name: string) => async () => {
      log.push(`${name} starts`)
      await sleep(10)
      log.push(`${name} ends`)
    }
    const s = lib.scope().provide('first', {}, slow('first'))
    s.onDispose(slow('second'))
    const t = s.provide('third', {}, { dispose: slow('third') })
    t.onDispose(slow('fourth'))
    const done = watch(s[Symbol.asyncDispose]())
    await clock.advance(40)
    assert.isTrue(done.settled)
    const order = ['fourth', 'third', 'second', 'first'].flatMap((name) => [`${name} starts`, `${name} ends`])
    assert.deepEqual(log, order)
  })

  test('a cleanup whose undo was called does not run, and the undo may be called twice', async () => {
    const s = lib.scope()
    const ran: string[] = []
    const undo = s.onDispose(() => void ran.push('undone'))
    const same = () => void ran.push('same')
    s.onDispose(same)
    s.onDispose(same)
    undo()
    undo()
    await s[Symbol.asyncDispose]()
    undo()
    assert.deepEqual(ran, ['same', 'same'])
  })

  timed(kit, 'beforeDispose and afterDispose are awaited', async (clock) => {
    const log: string[] = []
    const s = lib.scope({
      hooks: {
        beforeDispose: async () => {
          await sleep(10)
          log.push('before')
        },
        afterDispose: async () => {
          await sleep(10)
          log.push('after')
        },
      },
    })
    s.onDispose(() => void log.push('cleanup'))
    const done = watch(s[Symbol.asyncDispose]())
    await clock.advance(10)
    assert.deepEqual(log, ['before', 'cleanup'])
    assert.isFalse(done.settled)
    await clock.advance(10)
    assert.deepEqual(log, ['before', 'cleanup', 'after'])
    assert.isTrue(done.settled)
  })

  timed(kit, 'an unused scope is disposed without a timer', async (clock) => {
    const s = lib.scope()
    const done = watch(s[Symbol.asyncDispose]())
    assert.strictEqual(clock.pendingTimers, 0)
    await clock.settle()
    assert.isTrue(done.settled)
  })

  test('whoever awaits a task that has just settled goes on before its scope is torn down', async () => {
    const log: string[] = []
    const s = lib.scope()
    s.onDispose(() => void log.push('torn down'))
    const gate = deferred()
    const task = s.task(() => gate.promise)
    const value = async () => await task
    const user = (async () => {
      await value()
      log.push('went on')
    })()
    await undefined
    gate.resolve()
    await gate.promise
    await s[Symbol.asyncDispose]()
    await user
    assert.deepEqual(log, ['went on', 'torn down'])
  })
}
