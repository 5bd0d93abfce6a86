/** A circuit breaker refuses calls after too many failures, lets a probe through after a while, and holds no timer. */

import type { CircuitBreakerOptions, CircuitState, Scope } from '../generic/index.js'
import { deferred, sleep, watch } from './fixtures.js'
import type { Kit } from './kit.js'
import { end, inScope, oddities, reportsOf, untilAborted } from './policy-fixtures.js'

export function policyBreaker(kit: Kit): void {
  const { lib, test } = kit
  const assert: Chai.AssertStatic = kit.assert
  const broken = new Error('broken')

  /** Lets so many calls fail. */
  async function fail(s: Scope, times: number): Promise<void> {
    for (let n = 0; n < times; n++) await s.task(() => Promise.reject(broken))
  }

  /** A scope around a breaker, in virtual time. */
  function guarded(
    name: string,
    options: CircuitBreakerOptions,
    fn: Parameters<typeof inScope>[3] extends (s: Scope, clock: infer C, log: infer L) => unknown
      ? (s: Scope, breaker: ReturnType<typeof lib.circuitBreaker>, clock: C, log: L) => Promise<void>
      : never,
  ): void {
    const shared: { breaker?: ReturnType<typeof lib.circuitBreaker> } = {}
    inScope(kit, name, {}, async (_s, clock, log) => {
      const breaker = (shared.breaker = lib.circuitBreaker(options))
      const s = lib.scope({ circuitBreaker: breaker, logger: log.logger })
      await fn(s, breaker, clock, log)
      await end(s, clock)
    })
  }

  test('breaker: its defaults are 5 failures and 30 seconds, closed', () => {
    const breaker = lib.circuitBreaker()
    assert.strictEqual(breaker.failureThreshold, 5)
    assert.strictEqual(breaker.resetTimeout, 30_000)
    assert.strictEqual(breaker.failureCount, 0)
    assert.strictEqual(breaker.state, 'closed')
  })

  guarded(
    'breaker: opens at the fifth failure in a row and then refuses at once, without calling the body',
    {},
    async (s, breaker, clock) => {
      await fail(s, 4)
      assert.strictEqual(breaker.state, 'closed')
      assert.strictEqual(breaker.failureCount, 4)
      await fail(s, 1)
      assert.strictEqual(breaker.state, 'open')
      await clock.advance(10_000)
      const [error] = await s.task(() => assert.fail('called'))
      assert.instanceOf(error, lib.CircuitOpenError)
      assert.strictEqual((error as InstanceType<typeof lib.CircuitOpenError>).retryAfter, 20_000)
      assert.isFalse(lib.isCancelled(error))
      assert.strictEqual(clock.pendingTimers, 0, 'a breaker has no timer')
    },
  )

  guarded('breaker: a success in between starts the count anew', { failureThreshold: 3 }, async (s, breaker) => {
    await fail(s, 2)
    await s.task(() => 1)
    assert.strictEqual(breaker.failureCount, 0)
    await fail(s, 2)
    assert.strictEqual(breaker.state, 'closed')
    await fail(s, 1)
    assert.strictEqual(breaker.state, 'open')
  })

  guarded(
    'breaker: synchronous throws and throws of anything count',
    { failureThreshold: oddities.length + 1 },
    async (s, breaker) => {
      for (const odd of oddities) {
        await s.task(() => {
          throw odd
        })
      }
      assert.strictEqual(breaker.failureCount, oddities.length)
      await fail(s, 1)
      assert.strictEqual(breaker.state, 'open')
    },
  )

  guarded(
    'breaker: refused calls do not prolong or feed it',
    { failureThreshold: 1, resetTimeout: 100 },
    async (s, breaker, clock) => {
      await fail(s, 1)
      for (let n = 0; n < 9; n++) {
        await clock.advance(10)
        assert.instanceOf((await s.task(() => assert.fail('called')))[0], lib.CircuitOpenError)
      }
      assert.strictEqual(breaker.failureCount, 1)
      await clock.advance(10)
      assert.deepEqual(await s.task(() => 'probe'), [undefined, 'probe'])
    },
  )

  guarded(
    'breaker: after resetTimeout exactly one probe passes, the others are refused at once',
    { failureThreshold: 1, resetTimeout: 100 },
    async (s, breaker, clock) => {
      await fail(s, 1)
      await clock.advance(99)
      assert.instanceOf((await s.task(() => assert.fail('called')))[0], lib.CircuitOpenError)
      await clock.advance(1)
      const gate = deferred<string>()
      const probe = s.task(() => gate.promise)
      assert.strictEqual(probe.status, 'running')
      assert.strictEqual(breaker.state, 'half-open')
      for (let n = 0; n < 3; n++) {
        const [error] = await s.task(() => assert.fail('called'))
        assert.instanceOf(error, lib.CircuitOpenError)
        assert.isAtLeast((error as InstanceType<typeof lib.CircuitOpenError>).retryAfter, 0)
      }
      gate.resolve('well again')
      assert.deepEqual(await probe, [undefined, 'well again'])
      assert.strictEqual(breaker.state, 'closed')
      assert.strictEqual(breaker.failureCount, 0)
      assert.deepEqual(await s.task(() => 'all pass'), [undefined, 'all pass'])
    },
  )

  guarded(
    'breaker: a probe that fails opens it for another resetTimeout',
    { failureThreshold: 3, resetTimeout: 100 },
    async (s, breaker, clock) => {
      await fail(s, 3)
      await clock.advance(100)
      await fail(s, 1)
      assert.strictEqual(breaker.state, 'open')
      await clock.advance(99)
      assert.instanceOf((await s.task(() => assert.fail('called')))[0], lib.CircuitOpenError)
      await clock.advance(1)
      assert.deepEqual(await s.task(() => 1), [undefined, 1])
      assert.strictEqual(breaker.state, 'closed')
    },
  )

  guarded(
    'breaker: once closed it takes the full number of failures again',
    { failureThreshold: 3, resetTimeout: 100 },
    async (s, breaker, clock) => {
      await fail(s, 3)
      await clock.advance(100)
      await s.task(() => 1)
      await fail(s, 2)
      assert.strictEqual(breaker.state, 'closed')
      await fail(s, 1)
      assert.strictEqual(breaker.state, 'open')
    },
  )

  guarded('breaker: a cancelled call counts neither way', { failureThreshold: 2 }, async (s, breaker, clock) => {
    await fail(s, 1)
    for (let n = 0; n < 5; n++) {
      const t = s.task(untilAborted)
      t.cancel(n === 0 ? undefined : new Error('not wanted'))
      await t
      await clock.settle()
    }
    assert.strictEqual(breaker.state, 'closed')
    assert.strictEqual(breaker.failureCount, 1, 'neither reset nor raised')
    await fail(s, 1)
    assert.strictEqual(breaker.state, 'open')
  })

  guarded(
    'breaker: a body that ignores a cancel and fails late does not count',
    { failureThreshold: 1 },
    async (s, breaker, clock) => {
      const gate = deferred<never>()
      const t = s.task(() => gate.promise)
      t.cancel()
      gate.reject(broken)
      await t.settled
      await clock.settle()
      assert.strictEqual(breaker.failureCount, 0)
      assert.strictEqual(breaker.state, 'closed')
    },
  )

  guarded(
    'breaker: a cancelled probe decides nothing and frees its slot',
    { failureThreshold: 1, resetTimeout: 100 },
    async (s, breaker, clock) => {
      await fail(s, 1)
      await clock.advance(100)
      const probe = s.task(untilAborted)
      probe.cancel()
      await clock.settle()
      assert.notStrictEqual(breaker.state, 'closed')
      assert.deepEqual(await s.task(() => 'next probe'), [undefined, 'next probe'])
      assert.strictEqual(breaker.state, 'closed')
    },
  )

  guarded(
    'breaker: a cancelled probe whose body lives on frees its slot at once, and its late result changes nothing',
    { failureThreshold: 1, resetTimeout: 100 },
    async (s, breaker, clock) => {
      await fail(s, 1)
      await clock.advance(100)
      const gate = deferred<never>()
      const probe = s.task(() => gate.promise)
      probe.cancel()
      await clock.settle()
      assert.deepEqual(await s.task(() => 'next probe'), [undefined, 'next probe'])
      gate.reject(broken)
      await clock.settle()
      assert.strictEqual(breaker.state, 'closed')
      assert.strictEqual(breaker.failureCount, 0)
    },
  )

  guarded(
    'breaker: a hung probe frees its slot after resetTimeout',
    { failureThreshold: 1, resetTimeout: 100 },
    async (s, breaker, clock) => {
      await fail(s, 1)
      await clock.advance(100)
      const gate = deferred<never>()
      const hung = watch(s.task(() => gate.promise))
      await clock.advance(99)
      assert.instanceOf((await s.task(() => assert.fail('called')))[0], lib.CircuitOpenError)
      await clock.advance(1)
      assert.deepEqual(await s.task(() => 'second probe'), [undefined, 'second probe'])
      assert.strictEqual(breaker.state, 'closed')
      gate.reject(broken)
      await clock.settle()
      assert.strictEqual(hung.value?.[0], broken)
      assert.strictEqual(breaker.state, 'closed', 'the late failure belongs to an older generation')
      assert.strictEqual(breaker.failureCount, 0)
    },
  )

  guarded(
    'breaker: what started before it opened says nothing about it afterwards',
    { failureThreshold: 2, resetTimeout: 100 },
    async (s, breaker, clock) => {
      const failure = deferred<never>()
      const success = deferred<string>()
      const old = [watch(s.task(() => failure.promise)), watch(s.task(() => success.promise))]
      await fail(s, 2)
      await clock.advance(100)
      const gate = deferred<string>()
      const probe = s.task(() => gate.promise)
      success.resolve('old')
      await clock.settle()
      assert.strictEqual(breaker.state, 'half-open', 'an old success does not close it')
      failure.reject(broken)
      await clock.settle()
      assert.strictEqual(breaker.state, 'half-open', 'an old failure does not open it')
      gate.resolve('probe')
      await probe
      assert.strictEqual(breaker.state, 'closed')
      assert.strictEqual(breaker.failureCount, 0)
      assert.isTrue(old.every((each) => each.settled))
    },
  )

  guarded(
    'breaker: a failure from before the last opening does not count once it is closed again',
    { failureThreshold: 1, resetTimeout: 10 },
    async (s, breaker, clock) => {
      const gate = deferred<never>()
      const old = watch(s.task(() => gate.promise))
      await fail(s, 1)
      await clock.advance(10)
      await s.task(() => 1)
      assert.strictEqual(breaker.state, 'closed')
      gate.reject(broken)
      await clock.settle()
      assert.isTrue(old.settled)
      assert.strictEqual(breaker.state, 'closed')
      assert.strictEqual(breaker.failureCount, 0)
    },
  )

  guarded(
    'breaker: late failures while it is open do not prolong it',
    { failureThreshold: 1, resetTimeout: 100 },
    async (s, _breaker, clock) => {
      const gate = deferred<never>()
      const old = watch(s.task(() => gate.promise))
      await fail(s, 1)
      await clock.advance(99)
      gate.reject(broken)
      await clock.settle()
      assert.isTrue(old.settled)
      await clock.advance(1)
      assert.deepEqual(await s.task(() => 'probe'), [undefined, 'probe'])
    },
  )

  guarded(
    'breaker: halfOpenMax probes pass; the first failure opens it, and the late success of another changes nothing',
    { failureThreshold: 1, resetTimeout: 100, halfOpenMax: 2 },
    async (s, breaker, clock) => {
      await fail(s, 1)
      await clock.advance(100)
      const gates = [deferred<string>(), deferred<string>()]
      const probes = gates.map((gate) => watch(s.task(() => gate.promise)))
      assert.instanceOf((await s.task(() => assert.fail('called')))[0], lib.CircuitOpenError)
      gates[0]?.reject(broken)
      await clock.settle()
      assert.strictEqual(breaker.state, 'open')
      gates[1]?.resolve('late')
      await clock.settle()
      assert.deepEqual(probes[1]?.value, [undefined, 'late'])
      assert.strictEqual(breaker.state, 'open')
    },
  )

  guarded(
    'breaker: successThreshold probes must succeed before it closes',
    { failureThreshold: 1, resetTimeout: 100, successThreshold: 2 },
    async (s, breaker, clock) => {
      await fail(s, 1)
      await clock.advance(100)
      await s.task(() => 1)
      assert.strictEqual(breaker.state, 'half-open')
      await s.task(() => 2)
      assert.strictEqual(breaker.state, 'closed')
      await fail(s, 1)
      await clock.advance(100)
      await s.task(() => 1)
      await fail(s, 1)
      assert.strictEqual(breaker.state, 'open', 'one failure among the probes is enough')
    },
  )

  inScope(kit, 'breaker: each transition is told once, with the failures', {}, async (_s, clock) => {
    const told: string[] = []
    const breaker = lib.circuitBreaker({
      failureThreshold: 2,
      resetTimeout: 100,
      onOpen: (failures) => void told.push(`open ${failures}`),
      onClose: () => void told.push('close'),
      onHalfOpen: () => void told.push('half-open'),
    })
    const s = lib.scope({ circuitBreaker: breaker })
    await fail(s, 2)
    for (let n = 0; n < 3; n++) await s.task(() => assert.fail('called'))
    assert.deepEqual(told, ['open 2'])
    await clock.advance(100)
    const gate = deferred()
    const probe = s.task(() => gate.promise)
    for (let n = 0; n < 3; n++) await s.task(() => assert.fail('called'))
    gate.resolve()
    await probe
    assert.deepEqual(told, ['open 2', 'half-open', 'close'])
    await fail(s, 2)
    await clock.advance(100)
    await fail(s, 1)
    assert.deepEqual(
      told.map((line) => line.split(' ')[0]),
      ['open', 'half-open', 'close', 'open', 'half-open', 'open'],
    )
    await end(s, clock)
  })

  inScope(kit, 'breaker: onStateChange tells from where to where', {}, async (_s, clock) => {
    const told: [CircuitState, CircuitState, number][] = []
    const s = lib.scope({
      circuitBreaker: {
        failureThreshold: 2,
        resetTimeout: 100,
        onStateChange: (from, to, failures) => void told.push([from, to, failures]),
      },
    })
    await fail(s, 2)
    await clock.advance(100)
    await s.task(() => 1)
    assert.deepEqual(
      told.map(([from, to]) => `${from} > ${to}`),
      ['closed > open', 'open > half-open', 'half-open > closed'],
    )
    assert.strictEqual(told[0]?.[2], 2)
    await end(s, clock)
  })

  for (const name of ['onOpen', 'onClose', 'onHalfOpen', 'onStateChange'] as const) {
    inScope(kit, `breaker: a throwing ${name} changes nothing and is reported`, {}, async (_s, clock, log) => {
      const trouble = new Error(name)
      const others: string[] = []
      const breaker = lib.circuitBreaker({
        failureThreshold: 1,
        resetTimeout: 100,
        onOpen: () => void others.push('open'),
        onClose: () => void others.push('close'),
        onHalfOpen: () => void others.push('half-open'),
        [name]: () => {
          throw trouble
        },
      })
      const s = lib.scope({ circuitBreaker: breaker, logger: log.logger })
      assert.strictEqual((await s.task(() => Promise.reject(broken)))[0], broken)
      assert.strictEqual(breaker.state, 'open')
      await clock.advance(100)
      assert.deepEqual(await s.task(() => 'probe'), [undefined, 'probe'])
      assert.strictEqual(breaker.state, 'closed')
      assert.lengthOf(others, name === 'onStateChange' ? 3 : 2)
      assert.lengthOf(reportsOf(log, trouble), name === 'onStateChange' ? 3 : 1)
      await end(s, clock)
    })
  }

  guarded(
    'breaker: the timeout of a task counts once, also when its body fails later',
    { failureThreshold: 3 },
    async (s, breaker, clock) => {
      for (const count of [1, 2]) {
        const result = watch(
          s.task(
            async () => {
              await sleep(20)
              throw new Error('late')
            },
            { timeout: 5 },
          ),
        )
        await clock.advance(50)
        assert.instanceOf(result.value?.[0], lib.TimeoutError)
        assert.strictEqual(breaker.failureCount, count)
      }
      const prompt = watch(s.task(untilAborted, { timeout: 5 }))
      await clock.advance(5)
      assert.isTrue(prompt.settled)
      assert.strictEqual(breaker.state, 'open')
    },
  )

  guarded('breaker: a timeout of 0 is an expiry like any other', { failureThreshold: 2 }, async (s, breaker) => {
    const expired = await s.task(() => assert.fail('started'), { timeout: 0 })
    assert.instanceOf(expired[0], lib.TimeoutError)
    assert.strictEqual(breaker.failureCount, 1)
    await s.task(() => assert.fail('started'), { retry: { max: 0, attemptTimeout: 0 } })
    assert.strictEqual(breaker.state, 'open')
  })

  guarded('breaker: each expiry of an attempt counts once', { failureThreshold: 10 }, async (s, breaker, clock) => {
    const result = watch(s.task(untilAborted, { retry: { max: 2, delay: 1, attemptTimeout: 5 } }))
    await clock.advance(100)
    assert.isTrue(result.settled)
    assert.strictEqual(breaker.failureCount, 3)
  })

  guarded('breaker: it sees each attempt, not the task', { failureThreshold: 10 }, async (s, breaker, clock) => {
    const result = watch(s.task(() => Promise.reject(broken), { retry: { max: 3, delay: 1 } }))
    await clock.advance(100)
    assert.strictEqual(result.value?.[0], broken)
    assert.strictEqual(breaker.failureCount, 4)
    const last = watch(
      s.task(({ attempt }) => (attempt === 2 ? 'well' : Promise.reject(broken)), { retry: { max: 3, delay: 1 } }),
    )
    await clock.advance(100)
    assert.deepEqual(last.value, [undefined, 'well'])
    assert.strictEqual(breaker.failureCount, 0)
  })

  guarded('breaker: disposing of a scope is no failure', { failureThreshold: 1 }, async (s, breaker, clock) => {
    for (let n = 0; n < 3; n++) s.task(untilAborted)
    await end(s, clock)
    assert.strictEqual(breaker.state, 'closed')
    assert.strictEqual(breaker.failureCount, 0)
  })

  inScope(kit, 'breaker: the timeout of a scope is no failure of its tasks', {}, async (_s, clock) => {
    const breaker = lib.circuitBreaker({ failureThreshold: 1 })
    const s = lib.scope({ circuitBreaker: breaker, timeout: 5 })
    const result = watch(s.task(untilAborted))
    await clock.advance(5)
    assert.isTrue(result.settled)
    assert.strictEqual(breaker.state, 'closed')
    await end(s, clock)
  })

  guarded(
    'breaker: reset closes it, and calls from before the reset count no more',
    { failureThreshold: 2 },
    async (s, breaker, clock) => {
      const gate = deferred<never>()
      const old = watch(s.task(() => gate.promise))
      await fail(s, 1)
      breaker.reset()
      assert.strictEqual(breaker.failureCount, 0)
      gate.reject(broken)
      await clock.settle()
      assert.isTrue(old.settled)
      assert.strictEqual(breaker.failureCount, 0)
      await fail(s, 2)
      assert.strictEqual(breaker.state, 'open')
      breaker.reset()
      assert.strictEqual(breaker.state, 'closed')
      assert.deepEqual(await s.task(() => 1), [undefined, 1])
    },
  )

  inScope(
    kit,
    'breaker: one made by circuitBreaker() is shared by scopes and tasks, and outlives them',
    {},
    async (s, clock) => {
      const breaker = lib.circuitBreaker({ failureThreshold: 3, resetTimeout: 1_000 })
      const first = lib.scope({ circuitBreaker: breaker })
      await fail(first, 1)
      await end(first, clock)
      const second = lib.scope({ circuitBreaker: breaker })
      await fail(second, 1)
      await s.task(() => Promise.reject(broken), { circuitBreaker: breaker })
      assert.strictEqual(breaker.state, 'open')
      assert.instanceOf((await second.task(() => assert.fail('called')))[0], lib.CircuitOpenError)
      assert.instanceOf(
        (await s.task(() => assert.fail('called'), { circuitBreaker: breaker }))[0],
        lib.CircuitOpenError,
      )
      assert.deepEqual(await s.task(() => 'not guarded'), [undefined, 'not guarded'])
      await end(second, clock)
    },
  )

  inScope(kit, 'breaker: on a task, one options object is one breaker, in every scope', {}, async (s, clock) => {
    const options = { failureThreshold: 2 }
    const other = lib.scope()
    await s.task(() => Promise.reject(broken), { circuitBreaker: options })
    await other.task(() => Promise.reject(broken), { circuitBreaker: options })
    assert.instanceOf((await s.task(() => assert.fail('called'), { circuitBreaker: options }))[0], lib.CircuitOpenError)
    await end(other, clock)
  })

  inScope(kit, 'breaker: on a task, a literal is keyed by the id', {}, async (s, _clock, log) => {
    const call = (id: string) => s.task(() => Promise.reject(broken), { id, circuitBreaker: { failureThreshold: 2 } })
    await call('a')
    await call('b')
    await call('a')
    assert.instanceOf((await call('a'))[0], lib.CircuitOpenError)
    assert.strictEqual((await call('b'))[0], broken, 'another id is another breaker')
    assert.lengthOf(log.at('warn'), 0)
  })

  inScope(
    kit,
    'breaker: on a task, a literal without an id cannot trip, which is warned of once',
    {},
    async (s, _clock, log) => {
      for (let n = 0; n < 20; n++) {
        assert.strictEqual(
          (await s.task(() => Promise.reject(broken), { circuitBreaker: { failureThreshold: 1 } }))[0],
          broken,
        )
      }
      assert.lengthOf(log.at('warn'), 1)
      assert.match(log.at('warn')[0]?.message ?? '', /circuit ?breaker/i)
    },
  )

  inScope(kit, "breaker: a task's own breaker is asked instead of the scope's", {}, async (_s, clock) => {
    const scopes = lib.circuitBreaker({ failureThreshold: 1 })
    const tasks = lib.circuitBreaker({ failureThreshold: 10 })
    const s = lib.scope({ circuitBreaker: scopes })
    await s.task(() => Promise.reject(broken), { circuitBreaker: tasks })
    assert.strictEqual(scopes.failureCount, 0)
    assert.strictEqual(tasks.failureCount, 1)
    await fail(s, 1)
    assert.strictEqual(scopes.state, 'open')
    assert.deepEqual(await s.task(() => 'own', { circuitBreaker: tasks }), [undefined, 'own'])
    await end(s, clock)
  })

  inScope(kit, 'breaker: children do not inherit it', {}, async (_s, clock) => {
    const s = lib.scope({ circuitBreaker: { failureThreshold: 1 } })
    const child = s.createChild()
    assert.strictEqual(child.circuitBreaker, undefined)
    await fail(s, 1)
    assert.deepEqual(await child.task(() => 'free'), [undefined, 'free'])
    assert.strictEqual(s.circuitBreaker?.failureThreshold, 1)
    assert.strictEqual(s.circuitBreaker?.resetTimeout, 30_000)
    await end(s, clock)
  })

  inScope(kit, 'breaker: two scopes with equal options have a breaker each', {}, async (s, clock) => {
    const options = { failureThreshold: 1 }
    const [a, b] = [lib.scope({ circuitBreaker: options }), lib.scope({ circuitBreaker: options })]
    await fail(a, 1)
    assert.instanceOf((await a.task(() => assert.fail('called')))[0], lib.CircuitOpenError)
    assert.deepEqual(await b.task(() => 'b'), [undefined, 'b'])
    await Promise.all([s.join()])
    await end(a, clock)
    await end(b, clock)
  })

  guarded(
    'breaker: resetTimeout 0 has passed, so the next call is a probe',
    { failureThreshold: 1, resetTimeout: 0 },
    async (s, breaker) => {
      await fail(s, 1)
      assert.deepEqual(await s.task(() => 'probe'), [undefined, 'probe'])
      assert.strictEqual(breaker.state, 'closed')
    },
  )

  guarded(
    'breaker: resetTimeout Infinity never passes',
    { failureThreshold: 1, resetTimeout: Number.POSITIVE_INFINITY },
    async (s, breaker, clock) => {
      await fail(s, 1)
      await clock.advance(2 ** 40)
      const [error] = await s.task(() => assert.fail('called'))
      assert.instanceOf(error, lib.CircuitOpenError)
      assert.strictEqual((error as InstanceType<typeof lib.CircuitOpenError>).retryAfter, Number.POSITIVE_INFINITY)
      breaker.reset()
      assert.deepEqual(await s.task(() => 1), [undefined, 1])
    },
  )

  guarded(
    'breaker: a window of calls opens it by the share of failures',
    { window: { size: 4, failureRate: 0.5, minimum: 4 } },
    async (s, breaker) => {
      await fail(s, 1)
      await s.task(() => 1)
      await s.task(() => 1)
      assert.strictEqual(breaker.state, 'closed', 'too few calls')
      await s.task(() => 1)
      assert.strictEqual(breaker.state, 'closed', 'one in four')
      await fail(s, 1)
      assert.strictEqual(breaker.state, 'closed', 'the first failure has left the window')
      await fail(s, 1)
      assert.strictEqual(breaker.state, 'open', 'two in four')
    },
  )

  guarded(
    'breaker: failures in a row alone do not open one with a window',
    { failureThreshold: 1, window: { size: 10, failureRate: 1, minimum: 10 } },
    async (s, breaker) => {
      await fail(s, 9)
      assert.strictEqual(breaker.state, 'closed')
      await fail(s, 1)
      assert.strictEqual(breaker.state, 'open')
    },
  )

  guarded(
    'breaker: a window of time forgets what is older',
    { window: { ms: 1_000, failureRate: 0.5, minimum: 3 } },
    async (s, breaker, clock) => {
      await fail(s, 2)
      await clock.advance(2_500)
      await fail(s, 1)
      assert.strictEqual(breaker.state, 'closed', 'the two before are out of the window')
      await s.task(() => 1)
      await fail(s, 1)
      assert.strictEqual(breaker.state, 'open', 'two of three')
    },
  )

  guarded(
    'breaker: a window starts empty after the breaker has closed',
    { resetTimeout: 10, window: { size: 3, failureRate: 0.6, minimum: 3 } },
    async (s, breaker, clock) => {
      await fail(s, 3)
      assert.strictEqual(breaker.state, 'open')
      await clock.advance(10)
      await s.task(() => 1)
      assert.strictEqual(breaker.state, 'closed')
      await fail(s, 2)
      assert.strictEqual(breaker.state, 'closed')
      await fail(s, 1)
      assert.strictEqual(breaker.state, 'open')
    },
  )

  guarded(
    'breaker: cancelled calls stay out of the window',
    { window: { size: 4, failureRate: 0.5, minimum: 2 } },
    async (s, breaker, clock) => {
      await fail(s, 1)
      for (let n = 0; n < 5; n++) {
        const t = s.task(untilAborted)
        t.cancel()
        await t
      }
      await clock.settle()
      assert.strictEqual(breaker.state, 'closed')
      await s.task(() => 1)
      assert.strictEqual(breaker.state, 'open', 'one of two, at last')
    },
  )

  inScope(kit, 'breaker: misuse throws at the call, on a scope, a task and alone', {}, async (s) => {
    const wrong: readonly (readonly [RegExp, CircuitBreakerOptions])[] = [
      [/failureThreshold/, { failureThreshold: 0 }],
      [/failureThreshold/, { failureThreshold: -1 }],
      [/failureThreshold/, { failureThreshold: 1.5 }],
      [/failureThreshold/, { failureThreshold: Number.NaN }],
      [/failureThreshold/, { failureThreshold: '5' as never }],
      [/resetTimeout/, { resetTimeout: -1 }],
      [/resetTimeout/, { resetTimeout: Number.NaN }],
      [/halfOpenMax/, { halfOpenMax: 0 }],
      [/successThreshold/, { successThreshold: 0.5 }],
      [/onOpen/, { onOpen: 'x' as never }],
      [/onClose/, { onClose: 1 as never }],
      [/window/, { window: {} as never }],
      [/window/, { window: { size: 0 } }],
      [/window/, { window: { ms: -1 } }],
      [/failureRate/, { window: { size: 5, failureRate: 1.5 } }],
      [/minimum/, { window: { size: 5, minimum: -1 } }],
    ]
    for (const [names, options] of wrong) {
      for (const use of [
        () => lib.circuitBreaker(options),
        () => lib.scope({ circuitBreaker: options }),
        () => s.task(() => assert.fail('started'), { circuitBreaker: options }),
      ]) {
        let error: unknown
        try {
          use()
        } catch (thrown) {
          error = thrown
        }
        assert.isTrue(
          error instanceof RangeError || error instanceof TypeError,
          `${JSON.stringify(options)}: ${String(error)}`,
        )
        assert.match((error as Error).message, names)
      }
    }
    assert.throws(() => lib.scope({ circuitBreaker: true as never }), TypeError)
    assert.throws(() => lib.circuitBreaker(null as never), TypeError)
    for (const odd of [null, '', false, 5]) {
      assert.throws(
        () => s.task(() => assert.fail('started'), { circuitBreaker: odd as never }),
        TypeError,
        /circuit ?breaker/i,
      )
    }
  })

  inScope(kit, 'breaker: two thousand calls in flight when it opens leave it in order', {}, async (_s, clock) => {
    const opened: number[] = []
    const breaker = lib.circuitBreaker({
      failureThreshold: 5,
      resetTimeout: 100,
      onOpen: (failures) => void opened.push(failures),
    })
    const s = lib.scope({ circuitBreaker: breaker })
    const gate = deferred<never>()
    const results = Array.from({ length: 2_000 }, () => watch(s.task(() => gate.promise)))
    gate.reject(broken)
    await clock.settle()
    assert.isTrue(results.every((each) => each.value?.[0] === broken))
    assert.deepEqual(opened, [5])
    await end(s, clock)
  })
}
