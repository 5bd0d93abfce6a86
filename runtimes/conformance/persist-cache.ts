/** With `persistence.cache`, `memo` keeps string keys there; a cache that fails is reported, and the body runs. */

import type { CacheProvider, ScopeOptions } from '../generic/index.js'
import { deferred, sleep, watch } from './fixtures.js'
import type { Kit } from './kit.js'
import { end, inScope, thrown, untilAborted } from './policy-fixtures.js'

/** A cache that keeps text, as most real ones do. */
function jsonCache(): CacheProvider & { readonly texts: Map<string, string>; readonly ttls: (number | undefined)[] } {
  const texts = new Map<string, string>()
  const ttls: (number | undefined)[] = []
  return {
    texts,
    ttls,
    get: async (key) => JSON.parse(texts.get(key) ?? 'null'),
    async set(key, value, ttl) {
      ttls.push(ttl)
      texts.set(key, JSON.stringify(value))
    },
    delete: async (key) => void texts.delete(key),
    has: async (key) => texts.has(key),
    clear: async () => texts.clear(),
    keys: async () => [...texts.keys()],
  }
}

export function persistCache(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert
  const memo = (key: string, ttl = 1_000) => ({ memo: { key, ttl } })
  const open = (cache: CacheProvider, options: ScopeOptions = {}) => lib.scope({ persistence: { cache }, ...options })

  inScope(kit, 'memo in a cache: scopes and processes share values, for the ttl', {}, async (_s, clock) => {
    const cache = new lib.InMemoryCache()
    const a = open(cache)
    const b = open(cache)
    let runs = 0
    const body = () => sleep(50).then(() => ++runs)
    const first = watch(a.task(body, memo('k', 100)))
    await clock.advance(50)
    assert.deepEqual(first.value, [undefined, 1])
    assert.deepEqual(await b.createChild().task(body, memo('k', 100)), [undefined, 1])
    await clock.advance(99)
    assert.deepEqual(await b.task(body, memo('k', 100)), [undefined, 1])
    await clock.advance(1)
    const second = watch(b.task(body, memo('k', 100)))
    await clock.advance(50)
    assert.deepEqual(second.value, [undefined, 2])
    await end(a, clock)
    await end(b, clock)
  })

  for (const value of [undefined, null, 0, '', false, { deep: [1] }, new Date(5), new Map([[1n, Number.NaN]])]) {
    inScope(kit, `memo in a cache: ${String(value)} comes back from one that keeps text`, {}, async (_s, clock) => {
      const cache = jsonCache()
      const s = open(cache)
      let runs = 0
      const body = () => {
        runs++
        return value
      }
      await s.task(body, memo('k'))
      assert.deepEqual(await s.task(body, memo('k')), [undefined, value])
      assert.strictEqual(runs, 1)
      await end(s, clock)
    })
  }

  inScope(
    kit,
    'memo in a cache: the ttl goes with the value; of 0 and Infinity what they mean',
    {},
    async (_s, clock) => {
      const cache = jsonCache()
      const s = open(cache)
      await s.task(() => 1, memo('a', 500))
      await s.task(() => 1, memo('b', Number.POSITIVE_INFINITY))
      await s.task(() => 1, memo('c', 0))
      assert.deepEqual(cache.ttls, [500, undefined])
      await end(s, clock)
    },
  )

  inScope(kit, 'memo in a cache: failures and cancelled runs are not kept', {}, async (_s, clock) => {
    const cache = jsonCache()
    const s = open(cache)
    await s.task(() => Promise.reject(new Error('no')), memo('k'))
    const t = s.task(untilAborted, memo('k'))
    await clock.settle()
    assert.strictEqual(t.status, 'running')
    t.cancel()
    await t
    await clock.settle()
    assert.strictEqual(cache.texts.size, 0)
    await end(s, clock)
  })

  inScope(kit, 'memo in a cache: those who miss together ask once and share one run', {}, async (_s, clock) => {
    const cache = jsonCache()
    let asked = 0
    const s = open({
      ...cache,
      get: (key) => {
        asked++
        return cache.get(key)
      },
    })
    let runs = 0
    const all = [1, 2, 3].map(() => watch(s.task(() => sleep(10).then(() => ++runs), memo('k'))))
    await clock.advance(10)
    await clock.settle()
    for (const each of all) assert.deepEqual(each.value, [undefined, 1])
    assert.deepEqual([asked, runs], [1, 1])
    await end(s, clock)
  })

  inScope(
    kit,
    'memo in a cache: a hit needs no permit and fires no hook; a symbol stays in the scope',
    {},
    async (_s, clock) => {
      const cache = jsonCache()
      const told: string[] = []
      const s = open(cache, { concurrency: 1, hooks: { beforeTask: (name) => void told.push(name) } })
      await s.task(() => 'value', { id: 'run', ...memo('k') })
      const gate = deferred()
      s.task(() => gate.promise, { id: 'busy' })
      assert.deepEqual(await s.task(() => 'other', { id: 'hit', ...memo('k') }), [undefined, 'value'])
      gate.resolve()
      const key = Symbol('k')
      const value = {}
      await s.task(() => value, { id: 'symbol', memo: { key, ttl: 1_000 } })
      assert.strictEqual((await s.task(() => ({}), { memo: { key, ttl: 1_000 } }))[1], value)
      assert.deepEqual(told, ['run', 'busy', 'symbol'])
      assert.deepEqual([...cache.texts.keys()], ['k'])
      await end(s, clock)
    },
  )

  inScope(
    kit,
    'memo in a cache: clearing forgets one key, or all of this scope, and stops a run from writing',
    {},
    async (_s, clock) => {
      const cache = jsonCache()
      const s = open(cache)
      cache.texts.set('foreign', '5')
      for (const key of ['a', 'b', 'c']) await s.task(() => 1, memo(key))
      s.clearMemo('a')
      await clock.settle()
      assert.deepEqual([...cache.texts.keys()], ['foreign', 'b', 'c'])
      s.clearMemo()
      await clock.settle()
      assert.deepEqual([...cache.texts.keys()], ['foreign'])
      const gate = deferred<string>()
      const stale = watch(s.task(() => gate.promise, memo('d')))
      await clock.settle()
      s.clearMemo('d')
      gate.resolve('stale')
      await clock.settle()
      assert.deepEqual(stale.value, [undefined, 'stale'])
      assert.deepEqual([...cache.texts.keys()], ['foreign'])
      await end(s, clock)
    },
  )

  inScope(kit, 'memo in a cache: a value that somebody else has put there is one', {}, async (_s, clock) => {
    const cache = jsonCache()
    cache.texts.set('k', '{"name":"Ada"}')
    const s = open(cache)
    assert.deepEqual(await s.task((): unknown => assert.fail('ran'), memo('k')), [undefined, { name: 'Ada' }])
    await end(s, clock)
  })

  const cause = new Error('offline')
  for (const [how, way] of [
    ['rejects', () => Promise.reject(cause)],
    [
      'throws',
      () => {
        throw cause
      },
    ],
    ['hangs', () => new Promise<never>(() => {})],
  ] as const) {
    inScope(kit, `memo in a cache: one that ${how} is reported, and the body runs`, {}, async (_s, clock, log) => {
      for (const method of ['get', 'set', 'delete'] as const) {
        const s = open({ ...jsonCache(), [method]: way }, { logger: log.logger })
        const result = watch(s.task(() => 'value', memo('k')))
        await clock.advance(2_000)
        assert.deepEqual(result.value, [undefined, 'value'])
        s.clearMemo('k')
        await clock.advance(1_000)
        await end(s, clock)
        const told = log.lines.splice(0)
        assert.lengthOf(told, 1, method)
        assert.instanceOf(told[0]?.args[0], lib.ProviderError)
        assert.match(String(told[0]?.args[0]), new RegExp(`cache provider's ${method} .*"k"`))
      }
    })
  }

  inScope(
    kit,
    'memo in a cache: while it hangs, a cancel settles at once and nothing is left',
    {},
    async (_s, clock) => {
      const s = open({ ...jsonCache(), get: () => new Promise<never>(() => {}) })
      const t = s.task((): unknown => assert.fail('ran'), memo('k'))
      await clock.advance(10)
      const reason = new Error('too slow')
      t.cancel(reason)
      assert.strictEqual((await t)[0], reason)
      assert.strictEqual(clock.pendingTimers, 0)
      await end(s, clock)
    },
  )

  inScope(kit, 'memo in a cache: a wrong one is told where it is given', {}, () => {
    for (const cache of [null, {}, { get: () => {} }]) {
      const options = { persistence: { cache: cache as never } }
      assert.match(String(thrown(() => lib.scope(options))?.error), /TypeError.*persistence\.cache/)
    }
  })

  inScope(
    kit,
    'memo in a cache: what cannot be kept is delivered and reported, what is damaged runs anew',
    {},
    async (_s, clock, log) => {
      const cache = jsonCache()
      const s = open(cache, { logger: log.logger })
      const value = { fn: () => 1 }
      assert.deepEqual(await s.task(() => value, memo('k')), [undefined, value])
      assert.lengthOf(log.lines, 1)
      assert.match(String(log.lines.splice(0)[0]?.args[0]), /TypeError.*value\.fn/)
      cache.texts.set('k', '{"done":true,"value":{"$go":"Nothing"}}')
      assert.deepEqual(await s.task(() => 'anew', memo('k')), [undefined, 'anew'])
      assert.lengthOf(log.lines, 1)
      assert.deepEqual(await s.task((): unknown => assert.fail('ran'), memo('k')), [undefined, 'anew'])
      await end(s, clock)
    },
  )

  kit.test('the cache in memory keeps what is used, for its time', async () => {
    const cache = lib.createCache({ maxSize: 3 })
    assert.instanceOf(cache, lib.InMemoryCache)
    for (const key of ['user:1', 'user:2', 'post:1']) await cache.set(key, key)
    await cache.get('user:1')
    await cache.set('post:2', 'post:2')
    assert.deepEqual(await cache.keys(), ['post:1', 'user:1', 'post:2'])
    assert.deepEqual(await cache.keys('user:*'), ['user:1'])
    assert.deepEqual(await cache.keys('*:2'), ['post:2'])
    assert.deepEqual(await cache.keys('p*t:*'), ['post:1', 'post:2'])
    assert.deepEqual(await cache.keys('post'), [])
    assert.deepEqual([await cache.has('post:1'), await cache.has('user:2')], [true, false])
    await cache.clear()
    assert.strictEqual(cache.size, 0)
  })
}
