/** Services are made on first use, once, looked up live from below, and typed by name. */

import type { Kit } from './kit.js'

export function services(kit: Kit): void {
  const { lib, test } = kit
  const assert: Chai.AssertStatic = kit.assert

  test('a factory runs on first use, once, however the service is asked for', async () => {
    let made = 0
    const s = lib.scope().provide('db', () => ({ id: ++made }))
    assert.strictEqual(made, 0)
    await s.task(({ data }) => data)
    assert.strictEqual(made, 0)
    assert.isTrue(s.has('db'))
    assert.strictEqual(made, 0)
    const db = s.use('db')
    assert.strictEqual(s.use('db'), db)
    await s.task(({ services: { db: seen } }) => assert.strictEqual(seen, db))
    await s.createChild().task(({ services: all }) => assert.strictEqual(all.db, db))
    assert.strictEqual(made, 1)
    await s[Symbol.asyncDispose]()
  })

  test('values of every kind are services; a function is one when it is wrapped', async () => {
    const fn = () => 'result'
    class Service {}
    const s = lib
      .scope()
      .provide('nothing', undefined)
      .provide('none', null)
      .provide('zero', 0)
      .provide('list', [1])
      .provide('fn', () => fn)
      .provide('made', () => new Service())
    assert.isTrue(s.has('nothing'))
    assert.strictEqual(s.use('nothing'), undefined)
    assert.strictEqual(s.use('none'), null)
    assert.strictEqual(s.use('zero'), 0)
    assert.deepEqual(s.use('list'), [1])
    assert.strictEqual(s.use('fn'), fn)
    assert.instanceOf(s.use('made'), Service)
    await s[Symbol.asyncDispose]()
  })

  test("a factory's promise is the service", async () => {
    const s = lib.scope().provide('db', async () => 'connected')
    assert.instanceOf(s.use('db'), Promise)
    const [, value] = await s.task(async ({ services: { db } }) => await db)
    assert.strictEqual(value, 'connected')
    await s[Symbol.asyncDispose]()
  })

  test("a factory's error is the error of whoever asked, by identity", async () => {
    const error = new Error('no database')
    const s = lib.scope().provide('db', (): string => {
      throw error
    })
    const [err] = await s.task(({ services: all }) => all.db)
    assert.strictEqual(err, error)
    assert.throws(() => s.use('db'), 'no database')
    await s[Symbol.asyncDispose]()
  })

  test('a factory may use the services provided before it', async () => {
    const s = lib
      .scope()
      .provide('config', { url: 'db:' })
      .provide('db', ({ config }) => ({ url: config.url }))
    assert.deepEqual(s.use('db'), { url: 'db:' })
    await s[Symbol.asyncDispose]()
  })

  test('a cycle is an error that shows its path', async () => {
    const s: { use(name: string): unknown } & AsyncDisposable = lib
      .scope()
      .provide('a', (): unknown => s.use('b'))
      .provide('b', (): unknown => s.use('c'))
      .provide('c', (): unknown => s.use('a')) as never
    let thrown: unknown
    try {
      s.use('a')
    } catch (error) {
      thrown = error
    }
    assert.instanceOf(thrown, lib.ServiceError)
    assert.match((thrown as Error).message, /a\b.*\bb\b.*\bc\b.*\ba/)
    await s[Symbol.asyncDispose]()
  })

  test('providing a name twice in one scope is a ServiceError, shadowing a parent is not', async () => {
    const root = lib.scope().provide('db', 'outer')
    assert.throws(() => root.provide('db', 'again'), lib.ServiceError, /db/)
    assert.strictEqual(root.use('db'), 'outer')
    const child = root.createChild().provide('db', 'inner')
    assert.strictEqual(child.use('db'), 'inner')
    assert.strictEqual(root.use('db'), 'outer')
    await root[Symbol.asyncDispose]()
  })

  test('a child looks services up live, and uses what its parent provides later', async () => {
    const root = lib.scope()
    const child = root.createChild()
    const grandchild = child.createChild()
    assert.isFalse(grandchild.has('late'))
    root.provide('late', 'here')
    assert.isTrue(grandchild.has('late'))
    assert.strictEqual((grandchild as unknown as { use(name: string): unknown }).use('late'), 'here')
    await root[Symbol.asyncDispose]()
  })

  test('a service is found from far below, in scopes that nobody asked before', async () => {
    await using root = lib.scope()
    let deepest: typeof root = root
    for (let depth = 0; depth < 1_000; depth++) deepest = deepest.createChild()
    const middle = deepest.createChild()
    const low = middle.createChild()
    root.provide('db', () => 'root')
    const use = (s: object) => (s as { use(name: string): unknown }).use('db')
    assert.strictEqual(use(low), 'root')
    middle.provide('db', () => 'middle')
    assert.strictEqual(use(low), 'middle')
    assert.strictEqual(use(deepest), 'root')
  })

  test('a factory of the parent that a child uses first makes one instance for all', async () => {
    let made = 0
    const root = lib.scope().provide('db', () => ({ id: ++made }))
    const [one, two] = [root.createChild(), root.createChild()]
    assert.strictEqual(one.use('db'), two.use('db'))
    await one[Symbol.asyncDispose]()
    assert.strictEqual(root.use('db').id, 1)
    assert.strictEqual(made, 1)
    await root[Symbol.asyncDispose]()
  })

  test('override replaces for this scope and its children, and does not leak up', async () => {
    const root = lib.scope().provide('db', 'real')
    const child = root.createChild()
    const grandchild = child.createChild()
    assert.strictEqual(child.override('db', 'mock'), child)
    assert.strictEqual(child.use('db'), 'mock')
    assert.strictEqual(grandchild.use('db'), 'mock')
    assert.strictEqual(root.use('db'), 'real')
    root.override('db', () => 'replaced')
    assert.strictEqual(root.use('db'), 'replaced')
    assert.strictEqual(child.use('db'), 'mock')
    child.override('db', 'mock again')
    assert.strictEqual(grandchild.use('db'), 'mock again')
    await root[Symbol.asyncDispose]()
  })

  test('overriding what nobody provided is a ServiceError', async () => {
    const s = lib.scope()
    for (const name of ['unknown', 'toString', 'constructor', '__proto__']) {
      assert.throws(() => s.override(name as never, 1 as never), lib.ServiceError)
    }
    await s[Symbol.asyncDispose]()
  })

  test('names that objects have anyway are no services until provided', async () => {
    const s = lib.scope()
    const loose = s as unknown as { use(name: string): unknown }
    for (const name of ['toString', 'constructor', 'hasOwnProperty', '__proto__', 'then']) {
      assert.isFalse(s.has(name), name)
      assert.strictEqual(loose.use(name), undefined, name)
      s.provide(name, `my ${name}`)
      assert.isTrue(s.has(name), name)
      assert.strictEqual(loose.use(name), `my ${name}`, name)
    }
    await s[Symbol.asyncDispose]()
  })

  test('has() is true for own and inherited names, until the scope is disposed', async () => {
    const root = lib.scope().provide('db', 1)
    const child = root.createChild().provide('own', 2)
    assert.deepEqual(
      [child.has('db'), child.has('own'), root.has('own'), root.has('other')],
      [true, true, false, false],
    )
    await child[Symbol.asyncDispose]()
    assert.deepEqual([child.has('db'), child.has('own'), root.has('db')], [false, false, true])
    await root[Symbol.asyncDispose]()
    assert.isFalse(root.has('db'))
  })

  test('provide() returns the scope itself, and unknown names do not compile', async () => {
    const bare = lib.scope()
    const s = bare.provide('db', 'db')
    assert.strictEqual(s as unknown, bare)
    const text: string = s.use('db')
    assert.strictEqual(text, 'db')
    // @ts-expect-error the name is unknown
    assert.strictEqual(s.use('other'), undefined)
    // @ts-expect-error the name is unknown
    assert.throws(() => s.override('other', 1), lib.ServiceError)
    await s.task(({ services: all }) => {
      // @ts-expect-error the name is unknown
      assert.strictEqual(all.other, undefined)
    })
    // @ts-expect-error the service is a string
    s.override('db', 5)
    await s[Symbol.asyncDispose]()
  })

  test('services cannot be replaced through the context', async () => {
    const s = lib.scope().provide('db', 'real')
    await s.task(({ services: all }) => {
      try {
        Object.assign(all, { db: 'fake' })
      } catch {}
    })
    assert.strictEqual(s.use('db'), 'real')
    await s[Symbol.asyncDispose]()
  })
}
