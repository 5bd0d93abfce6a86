/** `idempotency` runs a key once across executions: reserve, run, store; a failure frees the key. */

import { deferred, sleep, watch } from './fixtures.js'
import type { Kit } from './kit.js'
import { end, inScope, once, recordingProvider, reportsOf, reservingProvider, untilAborted } from './policy-fixtures.js'

export function policyIdempotency(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  for (const [kind, make] of [
    ['that only stores', recordingProvider],
    ['that reserves', reservingProvider],
  ] as const) {
    const on = ` (a provider ${kind})`

    inScope(kit, `idempotency: a key runs once, in this scope and in others${on}`, {}, async (_s, clock) => {
      const idempotency = make()
      const a = lib.scope({ persistence: { idempotency } })
      const b = lib.scope({ persistence: { idempotency } })
      let runs = 0
      const body = async () => ({ run: ++runs })
      assert.deepEqual(await a.task(body, once('k')), [undefined, { run: 1 }])
      assert.deepEqual(await a.task(body, once('k')), [undefined, { run: 1 }])
      assert.deepEqual(await b.task(body, once('k')), [undefined, { run: 1 }])
      assert.deepEqual(await b.task(body, once('other')), [undefined, { run: 2 }])
      await end(a, clock)
      await end(b, clock)
      const c = lib.scope({ persistence: { idempotency } })
      assert.deepEqual(await c.task(body, once('k')), [undefined, { run: 1 }])
      await end(c, clock)
    })

    for (const value of [undefined, null, 0, '', false]) {
      inScope(
        kit,
        `idempotency: ${value === '' ? "''" : String(value)} is stored as a value${on}`,
        {},
        async (_s, clock) => {
          const s = lib.scope({ persistence: { idempotency: make() } })
          let runs = 0
          const body = () => {
            runs++
            return value
          }
          await s.task(body, once('k'))
          assert.deepEqual(await s.task(body, once('k')), [undefined, value])
          assert.strictEqual(runs, 1)
          await end(s, clock)
        },
      )
    }

    inScope(kit, `idempotency: a failure is not stored and frees the key${on}`, {}, async (_s, clock) => {
      const idempotency = make()
      const s = lib.scope({ persistence: { idempotency } })
      const error = new Error('first')
      assert.strictEqual((await s.task(() => Promise.reject(error), once('k')))[0], error)
      await clock.settle()
      assert.strictEqual(idempotency.stored.size, 0)
      assert.strictEqual(idempotency.reserved.size, 0)
      assert.deepEqual(await s.task(() => 'second', once('k')), [undefined, 'second'])
      await end(s, clock)
    })

    inScope(kit, `idempotency: a cancel is not stored and frees the key${on}`, {}, async (_s, clock) => {
      const idempotency = make()
      const s = lib.scope({ persistence: { idempotency } })
      const t = s.task(untilAborted, once('k'))
      await clock.settle()
      assert.strictEqual(t.status, 'running')
      t.cancel()
      await t
      await clock.settle()
      assert.strictEqual(idempotency.stored.size, 0)
      assert.strictEqual(idempotency.reserved.size, 0)
      assert.deepEqual(await s.task(() => 'second', once('k')), [undefined, 'second'])
      await end(s, clock)
    })

    inScope(
      kit,
      `idempotency: a cancelled body that lives on keeps its key until it ends, and its value is not stored${on}`,
      {},
      async (_s, clock) => {
        const idempotency = make()
        const s = lib.scope({ persistence: { idempotency } })
        const gate = deferred<string>()
        const t = s.task(() => gate.promise, once('k'))
        await clock.settle()
        t.cancel()
        await t
        const [meanwhile] = await s.task((): unknown => assert.fail('a second body beside the first'), once('k'))
        assert.instanceOf(meanwhile, lib.IdempotencyInProgressError)
        gate.resolve('late')
        await clock.settle()
        assert.strictEqual(idempotency.stored.size, 0)
        assert.deepEqual(await s.task(() => 'after', once('k')), [undefined, 'after'])
        await end(s, clock)
      },
    )

    inScope(
      kit,
      `idempotency: a second caller meanwhile is told so at once, whichever scope it is in${on}`,
      {},
      async (_s, clock) => {
        const idempotency = make()
        const a = lib.scope({ persistence: { idempotency } })
        const b = lib.scope({ persistence: { idempotency } })
        const gate = deferred<string>()
        const first = watch(a.task(() => gate.promise, once('k')))
        await clock.settle()
        for (const s of [a, b]) {
          const second = s.task((): unknown => assert.fail('ran twice'), once('k'))
          const [error] = await second
          assert.instanceOf(error, lib.IdempotencyInProgressError)
          assert.strictEqual((error as InstanceType<typeof lib.IdempotencyInProgressError>).key, 'k')
          assert.strictEqual(second.status, 'failed')
        }
        assert.strictEqual(clock.pendingTimers, 0)
        gate.resolve('first')
        await clock.settle()
        assert.deepEqual(first.value, [undefined, 'first'])
        await clock.settle()
        assert.deepEqual(await b.task((): unknown => assert.fail('ran twice'), once('k')), [undefined, 'first'])
        await end(a, clock)
        await end(b, clock)
      },
    )

    inScope(kit, `idempotency: of many callers in one turn exactly one runs${on}`, {}, async (_s, clock) => {
      const idempotency = make()
      const s = lib.scope({ persistence: { idempotency } })
      let runs = 0
      const all = Array.from({ length: 20 }, () => watch(s.task(() => sleep(5).then(() => ++runs), once('k'))))
      await clock.advance(5)
      await clock.settle()
      assert.strictEqual(runs, 1)
      assert.lengthOf(
        all.filter((each) => each.value?.[1] === 1),
        1,
      )
      assert.lengthOf(
        all.filter((each) => each.value?.[0] instanceof lib.IdempotencyInProgressError),
        19,
      )
      await end(s, clock)
    })

    inScope(
      kit,
      `idempotency: with \`wait\` a second caller gets the first one's value${on}`,
      {},
      async (_s, clock) => {
        const idempotency = make()
        const s = lib.scope({ persistence: { idempotency } })
        const first = watch(s.task(() => sleep(100).then(() => 'value'), once('k')))
        await clock.settle()
        const second = watch(s.task((): unknown => assert.fail('ran twice'), once('k', { wait: true })))
        await clock.advance(99)
        assert.isFalse(second.settled)
        await clock.advance(5_000)
        assert.deepEqual(first.value, [undefined, 'value'])
        assert.deepEqual(second.value, [undefined, 'value'])
        await end(s, clock)
      },
    )

    inScope(
      kit,
      `idempotency: with \`wait\` a second caller runs itself when the first one fails${on}`,
      {},
      async (_s, clock) => {
        const idempotency = make()
        const s = lib.scope({ persistence: { idempotency } })
        const first = watch(s.task(() => sleep(100).then(() => Promise.reject(new Error('no'))), once('k')))
        await clock.settle()
        const others = ['a', 'b'].map((name) =>
          watch(s.task(() => sleep(10).then(() => name), once('k', { wait: true }))),
        )
        await clock.advance(10_000)
        assert.isTrue(first.settled)
        const values = others.map((each) => each.value?.[1])
        assert.strictEqual(values[0], values[1], 'one of them ran, the other got its value')
        assert.isTrue(values[0] === 'a' || values[0] === 'b')
        await end(s, clock)
      },
    )

    inScope(
      kit,
      `idempotency: one that waits can be cancelled at once and leaves nothing${on}`,
      {},
      async (_s, clock) => {
        const idempotency = make()
        const s = lib.scope({ persistence: { idempotency } })
        const gate = deferred<string>()
        const first = watch(s.task(() => gate.promise, once('k')))
        await clock.settle()
        const waiting = s.task((): unknown => assert.fail('ran'), once('k', { wait: true }))
        await clock.advance(10)
        const reason = new Error('impatient')
        waiting.cancel(reason)
        assert.strictEqual((await waiting)[0], reason)
        assert.strictEqual(clock.pendingTimers, 0)
        gate.resolve('x')
        await clock.advance(5_000)
        assert.deepEqual(first.value, [undefined, 'x'])
        await end(s, clock)
      },
    )

    inScope(kit, `idempotency: retries belong to one run of the key${on}`, {}, async (_s, clock) => {
      const idempotency = make()
      const s = lib.scope({ persistence: { idempotency } })
      const result = watch(
        s.task(({ attempt }) => (attempt < 3 ? Promise.reject(new Error('again')) : attempt), {
          ...once('k'),
          retry: { max: 5, delay: 1 },
        }),
      )
      await clock.advance(10)
      assert.deepEqual(result.value, [undefined, 3])
      assert.lengthOf(
        idempotency.calls.filter((call) => call === 'set k'),
        1,
      )
      await end(s, clock)
    })
  }

  inScope(kit, 'idempotency: a provider that says a key is reserved elsewhere is believed', {}, async (_s, clock) => {
    const idempotency = reservingProvider()
    idempotency.reserved.add('k')
    const s = lib.scope({ persistence: { idempotency } })
    assert.instanceOf((await s.task((): unknown => assert.fail('ran'), once('k')))[0], lib.IdempotencyInProgressError)
    assert.isTrue(idempotency.reserved.has('k'), 'who did not reserve it does not free it')
    const waiting = watch(s.task(() => 'mine at last', once('k', { wait: true })))
    await clock.advance(3_000)
    assert.isFalse(waiting.settled)
    idempotency.reserved.delete('k')
    await clock.advance(3_000)
    assert.deepEqual(waiting.value, [undefined, 'mine at last'])
    await end(s, clock)
  })

  inScope(kit, 'idempotency: a value that was stored between looking and reserving is used', {}, async (_s, clock) => {
    const idempotency = reservingProvider()
    const reserve = idempotency.reserve.bind(idempotency)
    idempotency.reserve = async (key) => {
      const other = lib.scope({
        persistence: { idempotency: Object.assign(recordingProvider(), { stored: idempotency.stored }) },
      })
      void other
      await seed()
      return reserve(key)
    }
    // Another process stores its value in the way this library stores one.
    const writer = reservingProvider()
    const seed = async () => {
      const s = lib.scope({ persistence: { idempotency: writer } })
      await s.task(() => 'theirs', once('k'))
      await s[Symbol.asyncDispose]()
      const value = writer.stored.get('k')
      idempotency.get = async () => ({ value })
    }
    const s = lib.scope({ persistence: { idempotency } })
    const result = watch(s.task((): unknown => assert.fail('ran a second time'), once('k')))
    await clock.advance(10)
    assert.deepEqual(result.value, [undefined, 'theirs'])
    await clock.settle()
    assert.strictEqual(idempotency.reserved.size, 0, 'the reservation was given back')
    await end(s, clock)
  })

  inScope(kit, 'idempotency: the key may be a function, called for each run', {}, async (_s, clock) => {
    const s = lib.scope({ persistence: { idempotency: recordingProvider() } })
    let n = 0
    const key = () => `k${n++ % 2}`
    let runs = 0
    const values: unknown[] = []
    for (let i = 0; i < 4; i++) values.push((await s.task(() => ++runs, once(key)))[1])
    assert.deepEqual(values, [1, 2, 1, 2])
    await end(s, clock)
  })

  inScope(
    kit,
    'idempotency: a key function that throws, or gives no key, fails the task and runs nothing',
    {},
    async (_s, clock) => {
      const idempotency = recordingProvider()
      const s = lib.scope({ persistence: { idempotency } })
      const error = new Error('no key')
      const result = s.task(
        (): unknown => assert.fail('ran'),
        once(() => {
          throw error
        }),
      )
      assert.strictEqual((await result)[0], error)
      for (const odd of [undefined, null, 5, '']) {
        const [failed] = await s.task((): unknown => assert.fail('ran'), once((() => odd) as () => string))
        assert.instanceOf(failed, Error)
      }
      assert.deepEqual(idempotency.calls, [])
      await end(s, clock)
    },
  )

  for (const method of ['get', 'reserve'] as const) {
    for (const [how, breakIt] of [
      ['rejects', (error: unknown) => () => Promise.reject(error)],
      [
        'throws',
        (error: unknown) => () => {
          throw error
        },
      ],
    ] as const) {
      inScope(
        kit,
        `idempotency: when the provider's ${method} ${how} the body does not run and the error arrives by identity`,
        {},
        async (_s, clock) => {
          const error = new Error('provider')
          const idempotency = Object.assign(reservingProvider(), { [method]: breakIt(error) })
          const s = lib.scope({ persistence: { idempotency } })
          const t = s.task((): unknown => assert.fail('ran'), once('k'))
          assert.strictEqual((await t)[0], error)
          assert.strictEqual(t.status, 'failed')
          await clock.settle()
          Object.assign(idempotency, { [method]: breakIt(undefined) })
          assert.instanceOf((await s.task((): unknown => assert.fail('ran'), once('k')))[0], lib.UnknownError)
          Object.assign(idempotency, reservingProvider())
          assert.deepEqual(await s.task(() => 'recovered', once('k')), [undefined, 'recovered'])
          await end(s, clock)
        },
      )
    }

    inScope(
      kit,
      `idempotency: while the provider's ${method} hangs, a cancel settles at once; its late answer starts nothing`,
      {},
      async (_s, clock) => {
        const answer = deferred<never>()
        const idempotency = Object.assign(reservingProvider(), { [method]: () => answer.promise })
        const s = lib.scope({ persistence: { idempotency } })
        const t = s.task((): unknown => assert.fail('ran'), once('k'))
        await clock.advance(10)
        assert.isFalse(t.isSettled)
        const reason = new Error('too slow')
        t.cancel(reason)
        assert.strictEqual((await t)[0], reason)
        answer.resolve((method === 'get' ? null : true) as never)
        await clock.settle()
        assert.strictEqual(clock.pendingTimers, 0)
        await end(s, clock)
      },
    )
  }

  inScope(kit, 'idempotency: a reservation that comes after the cancel is given back', {}, async (_s, clock) => {
    const answer = deferred<boolean>()
    const idempotency = reservingProvider()
    const { reserve } = idempotency
    idempotency.reserve = async (key) => {
      await answer.promise
      return reserve.call(idempotency, key)
    }
    const s = lib.scope({ persistence: { idempotency } })
    const t = s.task((): unknown => assert.fail('ran'), once('k'))
    await clock.settle()
    t.cancel()
    await t
    answer.resolve(true)
    await clock.advance(10)
    assert.strictEqual(idempotency.reserved.size, 0, 'nobody would ever free it')
    await end(s, clock)
  })

  inScope(
    kit,
    'idempotency: when storing fails the task still settles, the body has run once, and the key is free',
    {},
    async (_s, clock, log) => {
      const trouble = new Error('disk full')
      const idempotency = Object.assign(reservingProvider(), { set: () => Promise.reject(trouble) })
      const s = lib.scope({ persistence: { idempotency }, logger: log.logger })
      let runs = 0
      const [error, value] = await s.task(() => ++runs, once('k'))
      await clock.settle()
      assert.strictEqual(runs, 1)
      // The trouble is not swallowed: it is the result, or it is reported beside the value.
      if (error === undefined) {
        assert.strictEqual(value, 1)
        assert.lengthOf(reportsOf(log, trouble), 1)
      } else assert.strictEqual(error, trouble)
      assert.strictEqual(idempotency.reserved.size, 0)
      await end(s, clock)
    },
  )

  inScope(kit, 'idempotency: while storing hangs, a cancel settles at once', {}, async (_s, clock) => {
    const answer = deferred()
    const idempotency = Object.assign(reservingProvider(), { set: () => answer.promise })
    const s = lib.scope({ persistence: { idempotency } })
    const t = s.task(() => 'value', once('k'))
    const result = watch(t)
    await clock.advance(10)
    if (!result.settled) {
      const reason = new Error('too slow')
      t.cancel(reason)
      await clock.settle()
      assert.strictEqual(result.value?.[0], reason)
    }
    answer.resolve()
    await end(s, clock)
  })

  inScope(
    kit,
    'idempotency: when freeing fails that is reported, and is not the result',
    {},
    async (_s, clock, log) => {
      const trouble = new Error('release')
      const idempotency = Object.assign(reservingProvider(), { release: () => Promise.reject(trouble) })
      const s = lib.scope({ persistence: { idempotency }, logger: log.logger })
      const error = new Error('body')
      assert.strictEqual((await s.task(() => Promise.reject(error), once('k')))[0], error)
      await clock.settle()
      assert.lengthOf(reportsOf(log, trouble), 1)
      await end(s, clock)
    },
  )

  inScope(kit, 'idempotency: without a provider it is a TypeError at the call', {}, async (s) => {
    assert.throws(() => s.task((): unknown => assert.fail('ran'), once('k')), TypeError, /provider/)
  })

  inScope(kit, 'idempotency: misuse throws at the call', {}, async (_s, clock) => {
    const s = lib.scope({ persistence: { idempotency: recordingProvider() } })
    const body = (): unknown => assert.fail('ran')
    for (const key of [undefined, null, 5, {}]) assert.throws(() => s.task(body, once(key as never)), TypeError, /key/)
    for (const ttl of [-1, Number.NaN]) assert.throws(() => s.task(body, once('k', { ttl })), RangeError, /ttl/)
    assert.throws(() => s.task(body, once('k', { ttl: '5' as never })), TypeError, /ttl/)
    assert.throws(() => s.task(body, once('k', { wait: 'yes' as never })), TypeError, /wait/)
    for (const odd of ['k', '', null, true]) {
      assert.throws(() => s.task(body, { idempotency: odd as never }), TypeError, /idempotency/)
    }
    assert.throws(() => lib.scope({ idempotency: { defaultTTL: -1 } }), RangeError, /defaultTTL/)
    await end(s, clock)
  })

  inScope(kit, "idempotency: the ttl goes to the provider, the task's before the scope's", {}, async (_s, clock) => {
    const idempotency = recordingProvider()
    const s = lib.scope({ persistence: { idempotency }, idempotency: { defaultTTL: 500 } })
    await s.task(() => 1, once('a'))
    await s.task(() => 1, once('b', { ttl: 20 }))
    const child = s.createChild()
    await child.task(() => 1, once('c'))
    assert.deepEqual(idempotency.ttls, [500, 20, 500], 'children inherit both provider and default')
    await end(s, clock)
    const plain = recordingProvider()
    const other = lib.scope({ persistence: { idempotency: plain } })
    await other.task(() => 1, once('a'))
    assert.deepEqual(plain.ttls, [undefined])
    await end(other, clock)
  })

  inScope(
    kit,
    'idempotency: a stored value needs no permit and no hook, and one that waits for its key holds no permit',
    {},
    async (_s, clock) => {
      const told: string[] = []
      const s = lib.scope({
        concurrency: 1,
        persistence: { idempotency: recordingProvider() },
        hooks: { beforeTask: (name) => void told.push(name) },
      })
      await s.task(() => 'kept', { id: 'run', ...once('k') })
      const gate = deferred()
      const busy = s.task(() => gate.promise, { id: 'busy' })
      const hit = watch(s.task((): unknown => assert.fail('ran'), { id: 'hit', ...once('k') }))
      await clock.settle()
      assert.deepEqual(hit.value, [undefined, 'kept'])
      gate.resolve()
      await busy
      const slow = watch(s.task(() => sleep(50), { id: 'slow', ...once('j') }))
      await clock.settle()
      const waits = watch(s.task((): unknown => assert.fail('ran'), { id: 'waits', ...once('j', { wait: true }) }))
      const plain = watch(s.task(() => 'plain', { id: 'plain' }))
      await clock.advance(50)
      assert.isTrue(slow.settled)
      assert.deepEqual(plain.value, [undefined, 'plain'])
      await clock.advance(5_000)
      assert.isTrue(waits.settled)
      assert.deepEqual(told, ['run', 'busy', 'slow', 'plain'])
      await end(s, clock)
    },
  )

  inScope(
    kit,
    'idempotency: disposing of the scope frees the keys of what it cancelled, before it ends',
    {},
    async (_s, clock) => {
      const idempotency = reservingProvider()
      const s = lib.scope({ persistence: { idempotency } })
      const results = ['a', 'b'].map((key) => watch(s.task(untilAborted, once(key))))
      await clock.settle()
      assert.strictEqual(idempotency.reserved.size, 2)
      await end(s, clock)
      assert.isTrue(results.every((each) => lib.isCancelled(each.value?.[0])))
      assert.strictEqual(idempotency.reserved.size, 0)
    },
  )
}
