/** With `persistence.circuitBreaker` processes share a breaker; a store that fails changes no task. Scopes stand for processes. */

import type { CircuitBreakerOptions, CircuitBreakerStateProvider, Scope, ScopeOptions } from '../generic/index.js'
import { deferred, sleep, watch } from './fixtures.js'
import type { Kit } from './kit.js'
import { end, inScope, thrown } from './policy-fixtures.js'

const trouble = new Error('trouble')
const fails = (): Promise<never> => Promise.reject(trouble)

/** A scope of another process: nothing in common but the store. */
function processOf(
  kit: Kit,
  store: CircuitBreakerStateProvider,
  circuitBreaker: CircuitBreakerOptions = {},
  options: ScopeOptions = {},
): Scope {
  const defaults = { failureThreshold: 3, resetTimeout: 1_000 }
  return kit.lib.scope({
    name: 'api',
    persistence: { circuitBreaker: store },
    circuitBreaker: { ...defaults, ...circuitBreaker },
    ...options,
  })
}

export function persistBreaker(kit: Kit): void {
  sharing(kit)
  probing(kit)
  naming(kit)
  hostile(kit)
}

function sharing(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  inScope(kit, 'shared breaker: failures of all processes count together and open it in all', {}, async (_s, clock) => {
    const store = new lib.InMemoryCircuitBreakerStateProvider()
    const told: string[] = []
    const on = (name: string): CircuitBreakerOptions => ({
      onOpen: (failures) => void told.push(`${name} open ${failures}`),
      onClose: () => void told.push(`${name} closed`),
      onHalfOpen: () => void told.push(`${name} half-open`),
    })
    const a = processOf(kit, store, on('a'))
    const b = processOf(kit, store, on('b'))
    await a.task(fails)
    await b.task(fails)
    assert.deepEqual(await a.task(() => 'passes'), [undefined, 'passes'])
    for (const s of [a, b, a]) await s.task(fails)
    for (const s of [b, a]) {
      const [error] = await s.task((): unknown => assert.fail('ran'))
      assert.instanceOf(error, lib.CircuitOpenError)
      assert.isAtMost((error as InstanceType<typeof lib.CircuitOpenError>).retryAfter, 1_000)
    }
    assert.deepEqual(told.sort(), ['a open 3', 'b open 3'])
    await clock.advance(1_000)
    assert.deepEqual(await b.task(() => 'probe'), [undefined, 'probe'])
    assert.deepEqual(await a.task(() => 'again'), [undefined, 'again'])
    assert.deepEqual(told.sort(), ['a closed', 'a open 3', 'b closed', 'b half-open', 'b open 3'])
    await end(a, clock)
    await end(b, clock)
  })

  inScope(kit, 'shared breaker: one that starts later finds it open', {}, async (_s, clock) => {
    const store = new lib.InMemoryCircuitBreakerStateProvider()
    const a = processOf(kit, store)
    for (let i = 0; i < 3; i++) await a.task(fails)
    await clock.advance(400)
    const b = processOf(kit, store)
    const [error] = await b.task((): unknown => assert.fail('ran'))
    assert.instanceOf(error, lib.CircuitOpenError)
    assert.strictEqual((error as InstanceType<typeof lib.CircuitOpenError>).retryAfter, 600)
    await end(a, clock)
    await end(b, clock)
  })

  inScope(
    kit,
    'shared breaker: a call belongs to the generation it began in, in whichever process',
    {},
    async (_s, clock) => {
      const store = new lib.InMemoryCircuitBreakerStateProvider()
      const a = processOf(kit, store)
      const b = processOf(kit, store)
      const late = watch(a.task(() => sleep(1_500).then(fails)))
      await clock.settle()
      for (let i = 0; i < 3; i++) await b.task(fails)
      await clock.advance(1_000)
      assert.deepEqual(await b.task(() => 'probe'), [undefined, 'probe'])
      assert.deepEqual(await a.task(() => 'fine'), [undefined, 'fine'])
      await clock.advance(500)
      assert.strictEqual(late.value?.[0], trouble)
      await clock.settle()
      assert.strictEqual((await store.getState('api'))?.failureCount, 0)
      await end(a, clock)
      await end(b, clock)
    },
  )

  inScope(
    kit,
    'shared breaker: a cancelled call counts nowhere, a healthy one writes nothing',
    {},
    async (_s, clock) => {
      const inner = new lib.InMemoryCircuitBreakerStateProvider()
      const calls: string[] = []
      const spied = new Proxy(inner, {
        get(target, name) {
          const method: unknown = Reflect.get(target, name)
          if (typeof method !== 'function') return method
          return (...args: unknown[]) => {
            calls.push(String(name))
            return Reflect.apply(method, target, args)
          }
        },
      })
      const s = processOf(kit, spied)
      await s.task(() => 1)
      const t = s.task(() => new Promise(() => {}))
      await clock.settle()
      t.cancel()
      await t
      assert.deepEqual(
        calls.filter((call) => !/getState|subscribe/.test(call)),
        [],
      )
      await s.task(fails)
      await s.task(() => 1)
      await s.task(() => 1)
      assert.deepEqual(
        calls.filter((call) => !/getState|subscribe/.test(call)),
        ['recordFailure', 'recordSuccess'],
      )
      await end(s, clock)
      assert.isNull(await inner.getState('other'))
    },
  )

  inScope(kit, 'shared breaker: concurrent failures each count, and exactly once', {}, async (_s, clock) => {
    const store = new lib.InMemoryCircuitBreakerStateProvider()
    const processes = [1, 2, 3].map(() => processOf(kit, store, { failureThreshold: 100 }))
    for (let round = 0; round < 4; round++) {
      await Promise.all(processes.flatMap((s) => [s.task(fails), s.task(fails)]))
    }
    await clock.settle()
    assert.strictEqual((await store.getState('api'))?.failureCount, 24)
    for (const s of processes) await end(s, clock)
  })

  inScope(kit, 'shared breaker: without a store the body still starts within the call', {}, async (_s, clock) => {
    const s = lib.scope({ circuitBreaker: {}, persistence: {} })
    let ran = false
    s.task(() => {
      ran = true
    })
    assert.isTrue(ran)
    await end(s, clock)
  })

  inScope(kit, 'shared breaker: a window of one process opens it in all', {}, async (_s, clock) => {
    const store = new lib.InMemoryCircuitBreakerStateProvider()
    const options = { window: { size: 4, minimum: 4 } }
    const a = processOf(kit, store, options)
    const b = processOf(kit, store, options)
    for (const fn of [() => 1, fails, () => 1, fails]) await a.task<unknown>(fn)
    assert.instanceOf((await b.task(() => 1))[0], lib.CircuitOpenError)
    await end(a, clock)
    await end(b, clock)
  })

  inScope(kit, 'shared breaker: failures at one time in several processes open it in all', {}, async (_s, clock) => {
    const store = new lib.InMemoryCircuitBreakerStateProvider()
    const { recordFailure } = store
    // A store that leaves the opening to those who count.
    const counting = Object.assign(store, { recordFailure: (key: string) => recordFailure.call(store, key, 1_000) })
    const [a, b] = [processOf(kit, counting), processOf(kit, counting)]
    const all = [a, a, b, b].map((s) => watch(s.task(() => sleep(10).then(fails))))
    await clock.advance(10)
    assert.isTrue(all.every((each) => each.value?.[0] === trouble))
    await clock.settle()
    assert.strictEqual((await store.getState('api'))?.state, 'open')
    for (const s of [a, b]) assert.instanceOf((await s.task(() => 1))[0], lib.CircuitOpenError)
    await end(a, clock)
    await end(b, clock)
  })
}

function probing(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  inScope(kit, 'shared breaker: of all processes exactly one probes', {}, async (_s, clock) => {
    const store = new lib.InMemoryCircuitBreakerStateProvider()
    const processes = [1, 2, 3, 4].map(() => processOf(kit, store))
    for (let i = 0; i < 3; i++) await processes[0]?.task(fails)
    await clock.advance(1_000)
    const gate = deferred()
    let running = 0
    const results = processes.flatMap((s) =>
      [1, 2].map(() =>
        watch(
          s.task(async () => {
            running++
            await gate.promise
          }),
        ),
      ),
    )
    await clock.settle()
    assert.strictEqual(running, 1)
    assert.lengthOf(
      results.filter((each) => each.value?.[0] instanceof lib.CircuitOpenError),
      7,
    )
    gate.resolve()
    await clock.settle()
    for (const s of processes) assert.deepEqual(await s.task(() => 'closed'), [undefined, 'closed'])
    for (const s of processes) await end(s, clock)
  })

  inScope(kit, 'shared breaker: a probe that fails opens it again in all', {}, async (_s, clock) => {
    const store = new lib.InMemoryCircuitBreakerStateProvider()
    const a = processOf(kit, store)
    const b = processOf(kit, store)
    for (let i = 0; i < 3; i++) await a.task(fails)
    await clock.advance(1_000)
    assert.strictEqual((await b.task(fails))[0], trouble)
    await clock.advance(999)
    for (const s of [a, b]) assert.instanceOf((await s.task(() => 1))[0], lib.CircuitOpenError)
    await clock.advance(1)
    assert.deepEqual(await a.task(() => 1), [undefined, 1])
    await end(a, clock)
    await end(b, clock)
  })

  inScope(kit, 'shared breaker: a probe whose process died is replaced after resetTimeout', {}, async (_s, clock) => {
    const store = new lib.InMemoryCircuitBreakerStateProvider()
    const a = processOf(kit, store)
    const b = processOf(kit, store)
    for (let i = 0; i < 3; i++) await a.task(fails)
    await clock.advance(1_000)
    const hung = watch(a.task(() => new Promise(() => {})))
    await clock.settle()
    await clock.advance(999)
    assert.instanceOf((await b.task(() => 1))[0], lib.CircuitOpenError)
    await clock.advance(1)
    assert.deepEqual(await b.task(() => 'theirs'), [undefined, 'theirs'])
    assert.isFalse(hung.settled)
    await end(a, clock)
    await end(b, clock)
  })

  inScope(kit, 'shared breaker: a hung probe is replaced by one of its own process, once', {}, async (_s, clock) => {
    const store = new lib.InMemoryCircuitBreakerStateProvider()
    const [a, b] = [processOf(kit, store), processOf(kit, store)]
    for (let i = 0; i < 3; i++) await a.task(fails)
    await clock.advance(1_000)
    a.task(() => new Promise(() => {}))
    await clock.advance(1_000)
    const gate = deferred()
    const probes = [a, b].map((s) => watch(s.task(() => gate.promise)))
    await clock.settle()
    assert.lengthOf(
      probes.filter((each) => each.value?.[0] instanceof lib.CircuitOpenError),
      1,
    )
    gate.resolve()
    await clock.settle()
    for (const s of [a, b]) assert.deepEqual(await s.task(() => 'closed'), [undefined, 'closed'])
    await end(a, clock)
    await end(b, clock)
  })

  inScope(
    kit,
    'shared breaker: a store that cannot swap, or drops times, still lets a probe close it',
    {},
    async (_s, clock) => {
      const inner = new lib.InMemoryCircuitBreakerStateProvider()
      const store: CircuitBreakerStateProvider = {
        getState: async (key) => {
          const state = await inner.getState(key)
          return state && { state: state.state, failureCount: state.failureCount }
        },
        setState: (key, state) => inner.setState(key, state),
        recordFailure: (key, max) => inner.recordFailure(key, max),
        recordSuccess: (key) => inner.recordSuccess(key),
      }
      const a = processOf(kit, store)
      const b = processOf(kit, store)
      for (let i = 0; i < 3; i++) await a.task(fails)
      assert.instanceOf((await b.task(() => 1))[0], lib.CircuitOpenError)
      await clock.advance(1_000)
      assert.deepEqual(await a.task(() => 'probe'), [undefined, 'probe'])
      assert.deepEqual(await b.task(() => 'closed'), [undefined, 'closed'])
      await end(a, clock)
      await end(b, clock)
    },
  )
}

function naming(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  inScope(kit, "shared breaker: its name is its key, the task's id, or the scope's name", {}, async (_s, clock) => {
    const store = new lib.InMemoryCircuitBreakerStateProvider()
    const s = processOf(kit, store)
    await s.task(fails)
    await s.task(fails, { id: 'by-id', circuitBreaker: { failureThreshold: 9 } })
    await s.task(fails, { id: 'other', circuitBreaker: { key: 'by-key' } })
    await s.task(fails, { circuitBreaker: lib.circuitBreaker({ key: 'made' }) })
    await clock.settle()
    for (const key of ['api', 'by-id', 'by-key', 'made'])
      assert.strictEqual((await store.getState(key))?.failureCount, 1, key)
    await end(s, clock)
    assert.throws(() => lib.circuitBreaker({ key: '' }), RangeError, /key/)
    assert.throws(() => lib.circuitBreaker({ key: 5 as never }), TypeError, /key/)
  })

  inScope(
    kit,
    'shared breaker: one without a name stays in the process, and that is warned of once',
    {},
    async (_s, clock, log) => {
      const store = new lib.InMemoryCircuitBreakerStateProvider()
      const s = lib.scope({
        persistence: { circuitBreaker: store },
        circuitBreaker: { failureThreshold: 2 },
        logger: log.logger,
      })
      for (let i = 0; i < 2; i++) await s.task(fails)
      assert.instanceOf((await s.task(() => 1))[0], lib.CircuitOpenError)
      await s.task(() => 1, { id: 'named', circuitBreaker: lib.circuitBreaker() })
      assert.lengthOf(log.at('warn'), 1)
      assert.match(log.at('warn')[0]?.message ?? '', /circuitBreaker.*key/)
      await end(s, clock)
    },
  )

  inScope(kit, 'shared breaker: children inherit the store, not the breaker', {}, async (_s, clock) => {
    const store = new lib.InMemoryCircuitBreakerStateProvider()
    const s = processOf(kit, store)
    const child = s.createChild({ name: 'child', circuitBreaker: { failureThreshold: 2 } })
    await child.task(fails)
    await clock.settle()
    assert.strictEqual((await store.getState('child'))?.failureCount, 1)
    assert.isNull(await store.getState('api'))
    await end(s, clock)
  })

  inScope(kit, 'shared breaker: the end of the scope ends its subscriptions', {}, async (_s, clock) => {
    const inner = new lib.InMemoryCircuitBreakerStateProvider()
    let listeners = 0
    const { subscribe } = inner
    const store = Object.assign(inner, {
      subscribe: (...args: Parameters<typeof subscribe>) => {
        listeners++
        const undo = subscribe.apply(inner, args)
        return () => {
          listeners--
          undo()
        }
      },
    })
    const s = processOf(kit, store)
    for (let i = 0; i < 5; i++) await s.task(() => 1)
    await s.task(() => 1, { id: 'own', circuitBreaker: {} })
    assert.strictEqual(listeners, 2)
    await end(s, clock)
    assert.strictEqual(listeners, 0)
  })

  inScope(kit, 'shared breaker: a wrong store is told where it is given', {}, () => {
    for (const circuitBreaker of [null, {}, { getState: () => {} }]) {
      const options = { persistence: { circuitBreaker: circuitBreaker as never } }
      assert.match(String(thrown(() => lib.scope(options))?.error), /TypeError.*persistence\.circuitBreaker/)
    }
  })
}

function hostile(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  const ways = [
    ['rejects', () => fails()],
    [
      'throws',
      () => {
        throw trouble
      },
    ],
    ['hangs', () => new Promise<never>(() => {})],
    ['answers nonsense', async () => ({ state: 'ajar' }) as never],
  ] as const

  for (const [how, way] of ways) {
    inScope(
      kit,
      `shared breaker: when the store ${how} the breaker of the process goes on alone`,
      {},
      async (_s, clock, log) => {
        const names = ['getState', 'setState', 'recordFailure', 'recordSuccess', 'replaceState'] as const
        const store = Object.fromEntries(names.map((name) => [name, way])) as unknown as CircuitBreakerStateProvider
        const s = processOf(kit, store, { resetTimeout: 5_000 }, { logger: log.logger })
        const run = async (fn: () => unknown): Promise<Error | undefined> => {
          const result = watch(s.task(fn))
          await clock.advance(1_000)
          assert.isTrue(result.settled, 'no call waits longer than the store is given')
          return result.value?.[0]
        }
        for (let i = 0; i < 3; i++) assert.strictEqual(await run(fails), trouble)
        const refused = watch(s.task((): unknown => assert.fail('ran'), { id: 'refused' }))
        await clock.settle()
        assert.instanceOf(refused.value?.[0], lib.CircuitOpenError, 'at once: the store is left alone for a while')
        await clock.advance(10_000)
        assert.isUndefined(await run(() => 'probe'))
        assert.isUndefined(await run(() => 'closed'))
        const told = log.at('error')
        assert.lengthOf(told, 1, 'until it works again')
        assert.instanceOf(told[0]?.args[0], lib.ProviderError)
        assert.match(String(told[0]?.args[0]), /circuitBreaker provider's .*"api"/)
        await end(s, clock)
      },
    )
  }

  inScope(
    kit,
    'shared breaker: what could not be written is written when the store works again',
    {},
    async (_s, clock, log) => {
      const store = new lib.InMemoryCircuitBreakerStateProvider()
      let offline = false
      const gone = <A extends readonly unknown[], R>(fn: (...args: A) => Promise<R>) => {
        return (...args: A): Promise<R> => (offline ? fails() : fn.apply(store, args as never))
      }
      const flaky: CircuitBreakerStateProvider = {
        getState: gone(store.getState),
        setState: gone(store.setState),
        recordFailure: gone(store.recordFailure),
        recordSuccess: gone(store.recordSuccess),
        replaceState: gone(store.replaceState),
      }
      const a = processOf(kit, flaky, { resetTimeout: 60_000 }, { logger: log.logger })
      const b = processOf(kit, store, { resetTimeout: 60_000 })
      await a.task(() => 1)
      offline = true
      for (let i = 0; i < 3; i++) await a.task(fails)
      assert.instanceOf((await a.task(() => 1))[0], lib.CircuitOpenError)
      assert.deepEqual(await b.task(() => 'not told'), [undefined, 'not told'])
      offline = false
      await clock.advance(1_000)
      assert.instanceOf((await a.task(() => 1))[0], lib.CircuitOpenError, 'the store is not believed before it is told')
      assert.instanceOf((await b.task(() => 1))[0], lib.CircuitOpenError)
      await end(a, clock)
      await end(b, clock)
    },
  )

  inScope(
    kit,
    'shared breaker: while the store hangs, a cancel settles at once and nothing is left',
    {},
    async (_s, clock) => {
      const store = new lib.InMemoryCircuitBreakerStateProvider()
      const s = processOf(kit, Object.assign(store, { getState: () => new Promise<never>(() => {}) }))
      const t = s.task((): unknown => assert.fail('ran'))
      await clock.advance(10)
      const reason = new Error('too slow')
      t.cancel(reason)
      assert.strictEqual((await t)[0], reason)
      assert.strictEqual(clock.pendingTimers, 0)
      await end(s, clock)
    },
  )

  inScope(
    kit,
    'shared breaker: a subscription that throws, or tells nonsense, changes nothing',
    {},
    async (_s, clock, log) => {
      for (const subscribe of [
        () => {
          throw trouble
        },
        (_key: string, fn: (state: never) => void) => {
          for (const odd of [undefined, null, 5, {}, { state: 'open' }]) fn(odd as never)
          return () => {}
        },
      ]) {
        const store = Object.assign(new lib.InMemoryCircuitBreakerStateProvider(), { subscribe })
        const s = processOf(kit, store, {}, { logger: log.logger })
        assert.deepEqual(await s.task(() => 1), [undefined, 1])
        await end(s, clock)
      }
      assert.lengthOf(log.at('error'), 1)
    },
  )
}
