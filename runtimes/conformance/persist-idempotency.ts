/** Reservations that expire: renewed while their run lives, free when its process has died, and a run that lost its own ends. */

import type { IdempotencyProvider } from '../generic/index.js'
import { deferred, sleep, watch } from './fixtures.js'
import type { Kit } from './kit.js'
import { end, inScope, once, reportsOf, untilAborted } from './policy-fixtures.js'

/** One store, as several processes see it: each has a provider of its own, which knows what it has reserved. */
function storeOf(): {
  readonly values: Map<string, string>
  readonly held: Map<string, { by: object; until: number }>
  open(): Required<IdempotencyProvider>
} {
  const values = new Map<string, string>()
  const held = new Map<string, { by: object; until: number }>()
  const isTaken = (key: string): boolean => (held.get(key)?.until ?? 0) > Date.now()
  const open = (): Required<IdempotencyProvider> => {
    const by = {}
    const isMine = (key: string): boolean => isTaken(key) && held.get(key)?.by === by
    return {
      get: async (key) => (values.has(key) ? { value: JSON.parse(values.get(key) ?? '') } : null),
      set: async (key, value) => void values.set(key, JSON.stringify(value)),
      delete: async (key) => void values.delete(key),
      async reserve(key, ttl = Number.POSITIVE_INFINITY) {
        if (isTaken(key)) return false
        held.set(key, { by, until: Date.now() + ttl })
        return true
      },
      async extend(key, ttl) {
        if (!isMine(key)) return false
        held.set(key, { by, until: Date.now() + ttl })
        return true
      },
      release: async (key) => void (isMine(key) && held.delete(key)),
    }
  }
  return { values, held, open }
}

export function persistIdempotency(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  inScope(kit, 'reservation: two processes with one key make one run, however long it takes', {}, async (_s, clock) => {
    const store = storeOf()
    const [a, b] = [store.open(), store.open()].map((idempotency) => lib.scope({ persistence: { idempotency } }))
    assert.isDefined(a)
    assert.isDefined(b)
    let runs = 0
    const body = () => sleep(200_000).then(() => ++runs)
    const first = watch(a.task(body, once('k')))
    await clock.settle()
    const second = watch(b.task(body, once('k', { wait: true })))
    await clock.advance(100_000)
    assert.instanceOf((await b.task(body, once('k')))[0], lib.IdempotencyInProgressError)
    await clock.advance(110_000)
    assert.deepEqual(first.value, [undefined, 1])
    assert.deepEqual(second.value, [undefined, 1])
    assert.strictEqual(store.held.size, 0)
    assert.strictEqual(clock.pendingTimers, 0)
    await end(a, clock)
    await end(b, clock)
  })

  inScope(kit, 'reservation: one of a process that died is free after half a minute', {}, async (_s, clock) => {
    const store = storeOf()
    assert.isTrue(await store.open().reserve('k', 30_000))
    const s = lib.scope({ persistence: { idempotency: store.open() } })
    const waits = watch(s.task(() => 'mine', once('k', { wait: true })))
    await clock.advance(29_000)
    assert.isFalse(waits.settled)
    await clock.advance(3_000)
    assert.deepEqual(waits.value, [undefined, 'mine'])
    await end(s, clock)
  })

  inScope(
    kit,
    'reservation: a run that lost its own is aborted, stores nothing and frees nothing',
    {},
    async (_s, clock) => {
      const store = storeOf()
      const s = lib.scope({ persistence: { idempotency: store.open() } })
      const t = s.task(untilAborted, once('k'))
      await clock.settle()
      const thief = { by: {}, until: Number.POSITIVE_INFINITY }
      store.held.set('k', thief)
      await clock.advance(10_000)
      const [error] = await t
      assert.instanceOf(error, lib.IdempotencyLostError)
      assert.isFalse(lib.isCancelled(error))
      assert.strictEqual(t.status, 'failed')
      await clock.settle()
      assert.strictEqual(store.held.get('k'), thief)
      assert.strictEqual(store.values.size, 0)
      await end(s, clock)
    },
  )

  for (const [how, extend] of [
    ['rejects', () => Promise.reject(new Error('offline'))],
    ['hangs', () => new Promise<never>(() => {})],
  ] as const) {
    inScope(
      kit,
      `reservation: when its renewal ${how} the run ends when its time is over`,
      {},
      async (_s, clock, log) => {
        const store = storeOf()
        const idempotency = { ...store.open(), extend }
        const s = lib.scope({ persistence: { idempotency }, logger: log.logger })
        const t = watch(s.task(untilAborted, once('k')))
        await clock.advance(29_999)
        assert.isFalse(t.settled)
        await clock.advance(1)
        assert.instanceOf(t.value?.[0], lib.IdempotencyLostError)
        assert.lengthOf(log.at('error'), how === 'hangs' ? 0 : 2)
        assert.strictEqual(clock.pendingTimers, 0)
        await end(s, clock)
      },
    )
  }

  inScope(kit, 'reservation: it is renewed until a body that ignores its abort has ended', {}, async (_s, clock) => {
    const store = storeOf()
    const s = lib.scope({ persistence: { idempotency: store.open() }, gracePeriod: Number.POSITIVE_INFINITY })
    const gate = deferred()
    const t = s.task(() => gate.promise, once('k'))
    await clock.settle()
    t.cancel()
    await t
    await clock.advance(100_000)
    assert.isFalse(await store.open().reserve('k'), 'its body is still at work')
    gate.resolve()
    await clock.settle()
    assert.isTrue(await store.open().reserve('k'))
    await end(s, clock)
  })

  inScope(
    kit,
    'idempotency: values are kept as every provider can keep them, and come back as they were',
    {},
    async (_s, clock) => {
      const store = storeOf()
      const s = lib.scope({ persistence: { idempotency: store.open() } })
      const value = { at: new Date(5), ids: new Set([1n]), none: undefined, odd: [Number.NaN, -0] }
      await s.task(() => value, once('k'))
      const [, again] = await s.task((): unknown => assert.fail('ran'), once('k'))
      assert.deepEqual(again, value)
      assert.notStrictEqual(again, value)
      assert.deepEqual(await s.task(() => ({ plain: true }), once('plain')), [undefined, { plain: true }])
      assert.include(store.values.get('plain') ?? '', '{"plain":true}')
      await end(s, clock)
    },
  )

  inScope(
    kit,
    'idempotency: a value that cannot be kept is delivered, and that is reported',
    {},
    async (_s, clock, log) => {
      for (const idempotency of [storeOf().open(), new lib.InMemoryIdempotencyProvider()]) {
        const s = lib.scope({ persistence: { idempotency }, logger: log.logger })
        const value = { fn: () => 1 }
        assert.deepEqual(await s.task(() => value, once('k')), [undefined, value])
        const told = log.lines.splice(0)
        assert.lengthOf(told, 1)
        assert.instanceOf(told[0]?.args[0], TypeError)
        assert.match(String(told[0]?.args[0]), /value\.fn/)
        await end(s, clock)
      }
    },
  )

  inScope(kit, 'idempotency: a damaged value fails the call, and the body does not run', {}, async (_s, clock, log) => {
    const store = storeOf()
    store.values.set('k', '{"done":true,"value":{"$go":"Nothing"}}')
    const s = lib.scope({ persistence: { idempotency: store.open() }, logger: log.logger })
    const [error] = await s.task((): unknown => assert.fail('ran'), once('k'))
    assert.instanceOf(error, lib.ProviderError)
    assert.match(String(error), /idempotency provider's get answered a damaged value.*"k"/)
    assert.lengthOf(reportsOf(log, error), 0)
    await end(s, clock)
  })
}
