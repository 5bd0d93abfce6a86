/** Disposal amid disposal, cancellation and running bodies happens once and holds nobody up. */

import { aborted, deferred, sleep, timed, watch } from './fixtures.js'
import type { Kit } from './kit.js'

export function disposeAmid(kit: Kit): void {
  const { lib, test } = kit
  const assert: Chai.AssertStatic = kit.assert

  test('disposing a cancelled scope keeps its reason', async () => {
    const reason = new Error('stop')
    let cancels = 0
    const s = lib.scope({ hooks: { onCancel: () => void cancels++ } })
    s.cancel(reason)
    await s[Symbol.asyncDispose]()
    assert.strictEqual(s.reason, reason)
    assert.strictEqual(s.signal.reason, reason)
    assert.strictEqual(cancels, 1)
  })

  test('a cleanup registered by a cleanup either runs or is refused, and is never dropped silently', async () => {
    const s = lib.scope()
    let outcome = 'dropped'
    s.onDispose(() => {
      try {
        s.onDispose(() => void (outcome = 'ran'))
      } catch (error) {
        assert.instanceOf(error, lib.ScopeDisposedError)
        outcome = 'refused'
      }
    })
    await s[Symbol.asyncDispose]()
    assert.notStrictEqual(outcome, 'dropped')
    assert.throws(() => s.onDispose(() => {}), lib.ScopeDisposedError)
  })

  timed(kit, 'a body may call for the disposal of its own scope without holding it up', async (clock) => {
    const s = lib.scope()
    const t = s.task(() => void s[Symbol.asyncDispose]())
    const done = watch(s[Symbol.asyncDispose]())
    await clock.settle()
    assert.isTrue(done.settled)
    assert.isTrue(lib.isCancelled((await t)[0]))
  })

  timed(kit, 'a cleanup may ask for the disposal that runs it, without awaiting it', async (clock) => {
    const s = lib.scope()
    let again: Promise<void> | undefined
    s.onDispose(() => {
      again = s[Symbol.asyncDispose]()
    })
    const first = s[Symbol.asyncDispose]()
    const done = watch(first)
    await clock.settle()
    assert.isTrue(done.settled)
    assert.strictEqual(again, first)
  })

  timed(kit, 'a parent disposed while its child is being disposed waits for it and cleans up once', async (clock) => {
    const root = lib.scope()
    const child = root.createChild()
    const log: string[] = []
    child.onDispose(async () => {
      await sleep(10)
      log.push('child')
    })
    root.onDispose(() => void log.push('root'))
    const inner = watch(child[Symbol.asyncDispose]())
    await clock.settle()
    const outer = watch(root[Symbol.asyncDispose]())
    await clock.settle()
    assert.deepEqual(log, [])
    await clock.advance(10)
    assert.isTrue(inner.settled && outer.settled)
    assert.deepEqual(log, ['child', 'root'])
  })

  timed(kit, 'a child disposed by its parent and by its user at once is disposed once', async (clock) => {
    const root = lib.scope()
    const child = root.createChild()
    let cleanups = 0
    child.onDispose(() => void cleanups++)
    const gate = deferred()
    child.task(() => gate.promise)
    const outer = watch(root[Symbol.asyncDispose]())
    const inner = watch(child[Symbol.asyncDispose]())
    gate.resolve()
    await clock.settle()
    assert.isTrue(outer.settled && inner.settled)
    assert.strictEqual(cleanups, 1)
  })

  test('a scope being disposed refuses every kind of new work at once', async () => {
    const s = lib.scope({ name: 'gone' }).provide('db', 1)
    const gate = deferred()
    const t = s.task(() => gate.promise)
    const done = s[Symbol.asyncDispose]()
    const attempts: (() => unknown)[] = [
      () => s.task(() => assert.fail('never called')),
      () => s.createChild(),
      () => lib.scope({ parent: s }),
      () => s.provide('late', 1),
      () => s.override('db', 2),
    ]
    for (const phase of ['disposing', 'disposed']) {
      for (const attempt of attempts) {
        assert.throws(attempt, lib.ScopeDisposedError, /^Cannot .+ gone is disposed; /, phase)
      }
      gate.resolve()
      await done
    }
    assert.isTrue(lib.isCancelled((await t)[0]))
  })

  test('a body that starts a task during disposal gets the refusal, and loses nothing else', async () => {
    const s = lib.scope()
    let refusal: unknown
    s.task(async ({ signal }) => {
      await aborted(signal)
      try {
        s.task(() => assert.fail('never called'))
      } catch (error) {
        refusal = error
      }
    })
    await s[Symbol.asyncDispose]()
    assert.instanceOf(refusal, lib.ScopeDisposedError)
    assert.strictEqual((refusal as InstanceType<typeof lib.ScopeDisposedError>).scopeName, s.scopeName)
  })

  timed(kit, 'a queued task of a scope being disposed never starts, though its permit comes free', async (clock) => {
    const s = lib.scope({ concurrency: 1 })
    const gate = deferred()
    let started = 0
    s.task(() => gate.promise)
    for (let i = 0; i < 10; i++) s.task(() => void started++)
    const done = watch(s[Symbol.asyncDispose]())
    gate.resolve()
    await clock.settle()
    assert.isTrue(done.settled)
    assert.strictEqual(started, 0)
  })

  timed(kit, 'a body may dispose a child, and a child may outlive the task that made it', async (clock) => {
    const root = lib.scope()
    const log: string[] = []
    const [err] = await root.task(async () => {
      const inner = root.createChild({ name: 'inner' })
      inner.onDispose(() => void log.push('inner'))
      await inner[Symbol.asyncDispose]()
      root.createChild({ name: 'left' }).onDispose(() => void log.push('left'))
    })
    assert.strictEqual(err, undefined)
    assert.deepEqual(log, ['inner'])
    const done = watch(root[Symbol.asyncDispose]())
    await clock.settle()
    assert.isTrue(done.settled)
    assert.deepEqual(log, ['inner', 'left'])
  })

  timed(kit, 'a child made by an abort listener, or a cleanup made there, is not left behind', async (clock) => {
    const root = lib.scope()
    const outcomes: string[] = []
    root.onAbort(() => {
      try {
        const child = root.createChild()
        child.onDispose(() => void outcomes.push('disposed'))
      } catch (error) {
        assert.instanceOf(error, lib.ScopeDisposedError)
        outcomes.push('refused')
      }
    })
    root.cancel()
    const done = watch(root[Symbol.asyncDispose]())
    await clock.settle()
    assert.isTrue(done.settled)
    assert.deepEqual(outcomes, ['disposed'])
  })
}
