/** A service is cleaned up by the scope that provided it, if it was made, after every body, newest first. */

import { aborted, deferred, sleep, timed, watch } from './fixtures.js'
import type { Kit } from './kit.js'

export function serviceCleanup(kit: Kit): void {
  const { lib, test } = kit
  const assert: Chai.AssertStatic = kit.assert

  test('the cleanup is a function or { dispose }, and gets the value', async () => {
    const seen: unknown[] = []
    const service = { name: 'db' }
    const s = lib
      .scope()
      .provide('a', service, (value) => void seen.push(value))
      .provide('b', service, { dispose: (value) => void seen.push(value) })
      .provide(
        'c',
        () => service,
        (value) => void seen.push(value),
      )
      .provide('d', 'no cleanup', {})
    s.use('c')
    await s[Symbol.asyncDispose]()
    assert.lengthOf(seen, 3)
    for (const value of seen) assert.strictEqual(value, service)
  })

  test('what was never made is never cleaned up', async () => {
    const s = lib.scope().provide(
      'db',
      () => assert.fail('never made'),
      () => assert.fail('never cleaned up'),
    )
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'the cleanup of a promise gets what it resolved to, even if it resolves later', async (clock) => {
    const seen: unknown[] = []
    const late = deferred<string>()
    const s = lib.scope().provide(
      'db',
      () => late.promise,
      (value) => void seen.push(value),
    )
    s.use('db')
    const done = watch(s[Symbol.asyncDispose]())
    await clock.settle()
    late.resolve('connected')
    await clock.settle()
    assert.isTrue(done.settled && !done.rejected)
    assert.deepEqual(seen, ['connected'])
  })

  test('the cleanup of a promise given as a value, or of any thenable, gets what it resolved to', async () => {
    const seen: unknown[] = []
    // biome-ignore lint/suspicious/noThenProperty: a thenable is the point
    const thenable: PromiseLike<string> = { then: (...args) => Promise.resolve('from a thenable').then(...args) }
    const s = lib
      .scope()
      .provide('value', Promise.resolve('from a promise'), (value) => void seen.push(value))
      .provide(
        'thenable',
        () => thenable,
        (value) => void seen.push(value),
      )
    s.use('thenable')
    await s[Symbol.asyncDispose]()
    assert.deepEqual(seen, ['from a thenable', 'from a promise'])
  })

  timed(kit, 'a service whose promise rejected is not cleaned up, and is no unhandled rejection', async (clock) => {
    const error = new Error('no database')
    const s = lib.scope().provide(
      'db',
      () => Promise.reject(error),
      () => assert.fail('never made'),
    )
    s.use('db')
    await clock.settle()
    const [err] = await s.task(({ services }) => services.db)
    assert.strictEqual(err, error)
    await s[Symbol.asyncDispose]()
  })

  test('cleanup goes in reverse order of creation, not of registration', async () => {
    const log: string[] = []
    const say = (name: string) => () => void log.push(name)
    const s = lib
      .scope()
      .provide('a', () => 'a', say('a'))
      .provide('b', () => 'b', say('b'))
    s.onDispose(say('onDispose'))
    s.use('b')
    s.use('a')
    await s[Symbol.asyncDispose]()
    assert.deepEqual(log, ['a', 'b', 'onDispose'])
  })

  test('a service made by the factory of another is cleaned up after it', async () => {
    const log: string[] = []
    const s = lib
      .scope()
      .provide(
        'config',
        () => 'config',
        () => void log.push('config'),
      )
      .provide(
        'db',
        ({ config }) => `db of ${config}`,
        () => void log.push('db'),
      )
    assert.strictEqual(s.use('db'), 'db of config')
    await s[Symbol.asyncDispose]()
    assert.deepEqual(log, ['db', 'config'])
  })

  timed(kit, 'bodies of the scope and its children may use a service until they have ended', async (clock) => {
    const log: string[] = []
    const root = lib.scope().provide('db', { open: true }, (db) => {
      db.open = false
      log.push('closed')
    })
    for (const owner of [root, root.createChild(), root.createChild().createChild()]) {
      owner.task(async ({ services, signal }) => {
        await aborted(signal)
        await sleep(100)
        log.push(services.db.open ? 'open' : 'too late')
      })
    }
    const done = watch(root[Symbol.asyncDispose]())
    await clock.advance(100)
    assert.isTrue(done.settled)
    assert.deepEqual(log, ['open', 'open', 'open', 'closed'])
  })

  test('a child never disposes what it inherited, though it used it first', async () => {
    const log: string[] = []
    const root = lib.scope().provide(
      'db',
      () => 'db',
      () => void log.push('db'),
    )
    const child = root.createChild()
    child.use('db')
    await child[Symbol.asyncDispose]()
    assert.deepEqual(log, [])
    await root[Symbol.asyncDispose]()
    assert.deepEqual(log, ['db'])
  })

  test("a child's override is cleaned up with the child, the parent's service with the parent", async () => {
    const log: string[] = []
    const root = lib.scope().provide('db', 'real', (value) => void log.push(value))
    const child = root.createChild().override('db', 'mock', (value) => void log.push(value))
    assert.strictEqual(child.use('db'), 'mock')
    await child[Symbol.asyncDispose]()
    assert.deepEqual(log, ['mock'])
    await root[Symbol.asyncDispose]()
    assert.deepEqual(log, ['mock', 'real'])
  })

  test('a service that was made and then overridden is cleaned up too, the newer first', async () => {
    const log: string[] = []
    const s = lib.scope().provide(
      'db',
      () => 'old',
      (value) => void log.push(value),
    )
    s.use('db')
    s.override('db', 'new', (value) => void log.push(value))
    assert.strictEqual(s.use('db'), 'new')
    await s[Symbol.asyncDispose]()
    assert.deepEqual(log, ['new', 'old'])
  })

  test('onDispose hooks count the service cleanups from 1', async () => {
    const calls: [number, unknown][] = []
    const s = lib
      .scope({ hooks: { onDispose: (index, error) => void calls.push([index, error]) } })
      .provide('plain', 0)
      .provide('a', 1, () => {})
      .provide('b', 2, () => {})
    s.onDispose(() => {})
    await s[Symbol.asyncDispose]()
    assert.deepEqual(calls, [
      [2, undefined],
      [1, undefined],
    ])
  })

  timed(kit, 'cleanups of services are awaited one after another', async (clock) => {
    const log: string[] = []
    const slow = (name: string) => async () => {
      log.push(`${name} starts`)
      await sleep(5)
      log.push(`${name} ends`)
    }
    const s = lib.scope().provide('a', 1, slow('a')).provide('b', 2, slow('b'))
    const done = watch(s[Symbol.asyncDispose]())
    await clock.advance(10)
    assert.isTrue(done.settled)
    assert.deepEqual(log, ['b starts', 'b ends', 'a starts', 'a ends'])
  })
}
