/** A parent owns its children: it hands things down, cancels them, waits for them, and forgets them when they are gone. */

import { aborted, deferred, recorder, sleep, timed, watch } from './fixtures.js'
import type { Kit } from './kit.js'

export function children(kit: Kit): void {
  const { lib, test } = kit
  const assert: Chai.AssertStatic = kit.assert

  test('a disposed child leaves no trace in its parent', async () => {
    const root = lib.scope({ name: 'root' })
    const kept = root.createChild({ name: 'kept' })
    const gone = root.createChild({ name: 'gone' })
    gone.createChild({ name: 'below' })
    await gone[Symbol.asyncDispose]()
    assert.notMatch(root.debugTree(), /gone|below/)
    assert.match(root.debugTree(), /kept/)
    assert.isFalse(root.aborted)
    await kept[Symbol.asyncDispose]()
    assert.lengthOf(root.debugTree().split('\n'), 1)
    await root[Symbol.asyncDispose]()
  })

  test('10 000 children, one after another, leave no trace', async () => {
    const root = lib.scope()
    for (let i = 0; i < 10_000; i++) await root.createChild()[Symbol.asyncDispose]()
    assert.lengthOf(root.debugTree().split('\n'), 1)
    await root[Symbol.asyncDispose]()
  })

  test('cancelling or failing in a child does not reach its parent or its siblings', async () => {
    const root = lib.scope()
    const [one, two] = [root.createChild({ failFast: true }), root.createChild()]
    await one.task(() => Promise.reject(new Error('bad')))
    assert.isTrue(one.aborted)
    two.cancel()
    assert.isFalse(root.aborted)
    assert.deepEqual(await root.task(() => 'fine'), [undefined, 'fine'])
    await root[Symbol.asyncDispose]()
  })

  test('scope({ parent }) is createChild()', async () => {
    const root = lib.scope({ name: 'root', context: { a: 1 } }).provide('db', 'db')
    const child = lib.scope({ parent: root, name: 'child', context: { b: 2 } })
    assert.match(root.debugTree(), /child/)
    assert.strictEqual(child.use('db'), 'db')
    assert.deepEqual({ ...child.requestContext }, { a: 1, b: 2 })
    root.cancel()
    assert.isTrue(child.aborted)
    await root[Symbol.asyncDispose]()
    assert.isTrue(child.isDisposed)
  })

  test("a child's foreign signal and its parent both cancel it", async () => {
    const reason = new Error('foreign')
    const controller = new AbortController()
    const root = lib.scope()
    const child = root.createChild({ signal: controller.signal })
    controller.abort(reason)
    assert.strictEqual(child.reason, reason)
    assert.isFalse(root.aborted)
    const other = root.createChild({ signal: new AbortController().signal })
    root.cancel(reason)
    assert.strictEqual(other.reason, reason)
    await root[Symbol.asyncDispose]()
  })

  timed(kit, 'of two deadlines the earlier one wins', async (clock) => {
    const root = lib.scope({ name: 'root', timeout: 100 })
    const later = root.createChild({ name: 'later', timeout: 500 })
    const sooner = root.createChild({ name: 'sooner', timeout: 50 })
    await clock.advance(50)
    assert.isTrue(sooner.aborted)
    assert.include(String(sooner.reason), 'sooner')
    assert.isFalse(root.aborted || later.aborted)
    await clock.advance(50)
    assert.isTrue(root.aborted)
    assert.strictEqual(later.reason, root.reason)
    await root[Symbol.asyncDispose]()
    assert.strictEqual(clock.pendingTimers, 0)
  })

  test('context is merged over the parents, which do not see it', async () => {
    const root = lib.scope({ context: { a: 1, b: 1 } })
    const child = root.createChild({ context: { b: 2 } })
    const grandchild = child.createChild()
    const [, seen] = await grandchild.task(({ context }) => ({ ...context }))
    assert.deepEqual(seen, { a: 1, b: 2 })
    const [, above] = await root.task(({ context }) => ({ ...context }))
    assert.deepEqual(above, { a: 1, b: 1 })
    await root[Symbol.asyncDispose]()
  })

  test('concurrency, breaker and hooks are not inherited', async () => {
    const hooked: string[] = []
    const root = lib.scope({
      concurrency: 1,
      circuitBreaker: { failureThreshold: 1 },
      hooks: { beforeTask: (name) => void hooked.push(name), afterDispose: () => void hooked.push('afterDispose') },
    })
    const child = root.createChild()
    assert.strictEqual(root.concurrency, 1)
    assert.strictEqual(child.concurrency, undefined)
    assert.strictEqual(child.circuitBreaker, undefined)
    const gate = deferred()
    const both = [child.task(() => gate.promise), child.task(() => gate.promise)]
    assert.isTrue(both.every((t) => t.isStarted))
    gate.resolve()
    await Promise.all(both)
    const bad = () => Promise.reject(new Error('bad'))
    await child.task(bad)
    assert.strictEqual((await child.task(bad))[0]?.message, 'bad')
    await child[Symbol.asyncDispose]()
    assert.deepEqual(hooked, [])
    await root[Symbol.asyncDispose]()
  })

  test('a logger is inherited, and may be replaced', async () => {
    const [outer, inner] = [recorder(), recorder()]
    const root = lib.scope({ logger: outer.logger })
    await root.createChild().task(({ logger }) => logger.info('one'))
    await root
      .createChild({ logger: inner.logger })
      .createChild()
      .task(({ logger }) => logger.info('two'))
    assert.lengthOf(outer.lines, 1)
    assert.lengthOf(inner.lines, 1)
    await root[Symbol.asyncDispose]()
  })

  test('a child of a cancelled parent is born cancelled, with the same reason', async () => {
    const root = lib.scope()
    const reason = new Error('stop')
    root.cancel(reason)
    const child = root.createChild()
    assert.isTrue(child.aborted)
    assert.strictEqual(child.reason, reason)
    assert.strictEqual(child.signal.reason, reason)
    assert.strictEqual((await child.task(() => assert.fail('never called')))[0], reason)
    await root[Symbol.asyncDispose]()
    assert.isTrue(child.isDisposed)
  })

  timed(kit, 'children are disposed newest first, one after another', async (clock) => {
    const root = lib.scope()
    const log: string[] = []
    for (const name of ['first', 'second', 'third']) {
      root.createChild().onDispose(async () => {
        log.push(`${name} starts`)
        await sleep(10)
        log.push(`${name} ends`)
      })
    }
    const done = watch(root[Symbol.asyncDispose]())
    await clock.advance(30)
    assert.isTrue(done.settled)
    assert.deepEqual(
      log,
      ['third', 'second', 'first'].flatMap((name) => [`${name} starts`, `${name} ends`]),
    )
  })

  test('disposing a child waits for its bodies and leaves its parent running', async () => {
    const root = lib.scope()
    const gate = deferred()
    const t = root.task(() => gate.promise)
    const child = root.createChild()
    let ended = false
    child.task(async ({ signal }) => {
      await aborted(signal)
      await undefined
      ended = true
    })
    await child[Symbol.asyncDispose]()
    assert.isTrue(ended)
    assert.strictEqual(t.status, 'running')
    gate.resolve()
    await t
    await root[Symbol.asyncDispose]()
  })

  test('a chain of 10 000 scopes is cancelled and disposed from its root', async () => {
    const root = lib.scope()
    let deepest = root
    for (let i = 0; i < 10_000; i++) deepest = deepest.createChild()
    const order: string[] = []
    deepest.onDispose(() => void order.push('deepest'))
    root.onDispose(() => void order.push('root'))
    const reason = new Error('stop')
    const t = deepest.task(({ signal }) => aborted(signal))
    root.cancel(reason)
    assert.strictEqual(deepest.reason, reason)
    assert.strictEqual((await t)[0], reason)
    await root.join()
    await root[Symbol.asyncDispose]()
    assert.isTrue(deepest.isDisposed)
    assert.deepEqual(order, ['deepest', 'root'])
  })

  test('10 000 children of one scope are cancelled and disposed', async () => {
    const root = lib.scope()
    let cleanups = 0
    for (let i = 0; i < 10_000; i++) root.createChild().onDispose(() => void cleanups++)
    await root[Symbol.asyncDispose]()
    assert.strictEqual(cleanups, 10_000)
  })

  test('a scope is named after its number in the process, unless it has a name', async () => {
    const [one, two] = [lib.scope(), lib.scope({ name: 'mine' })]
    assert.match(one.scopeName, /^scope-\d+$/)
    assert.strictEqual(two.scopeName, 'mine')
    await one[Symbol.asyncDispose]()
    await two[Symbol.asyncDispose]()
  })
}
