/** The order of one call's journey, told apart by what each neighbour can see of the other. */

import type { ScopeOptions, TaskOptions } from '../generic/index.js'
import { deferred, sleep, watch } from './fixtures.js'
import type { Kit } from './kit.js'
import { end, inScope, once, recordingProvider, reservingProvider, untilAborted } from './policy-fixtures.js'

export function policyOrder(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  /** A scope that notes its hooks and spans. */
  function noting(log: string[], options: ScopeOptions = {}) {
    return lib.scope({
      hooks: {
        beforeTask: (name) => void log.push(`before ${name}`),
        afterTask: (name) => void log.push(`after ${name}`),
      },
      ...options,
    })
  }

  /** A tracer that notes the start and the end of task spans. */
  function noter(log: string[]) {
    return {
      startSpan(name: string) {
        log.push(`span ${name}`)
        return { end: () => void log.push(`end ${name}`) }
      },
    }
  }

  inScope(kit, 'order: span before memo: a call that is answered from memory has its span', {}, async (_s, clock) => {
    const log: string[] = []
    const s = lib.scope({ name: 'root', tracer: noter(log) })
    const memo = { key: 'k', ttl: 1_000 }
    await s.task(() => 1, { id: 'run', memo })
    await s.task(() => 1, { id: 'hit', memo })
    assert.deepEqual(log, ['span root', 'span run', 'end run', 'span hit', 'end hit'])
    await end(s, clock)
  })

  inScope(kit, 'order: memo before dedupe: what is kept is given while a run is in flight', {}, async (s) => {
    await s.task(() => 'kept', { memo: { key: 'm', ttl: 1_000 } })
    const gate = deferred()
    const flight = s.task(() => gate.promise, { dedupe: 'd' })
    const hit = await s.task(() => 'not run', { memo: { key: 'm', ttl: 1_000 }, dedupe: 'd' })
    assert.deepEqual(hit, [undefined, 'kept'])
    gate.resolve()
    await flight
  })

  inScope(kit, 'order: memo before dedupe: the value of a shared run is kept', {}, async (s, clock) => {
    const memo = { key: 'm', ttl: 1_000 }
    const gate = deferred<string>()
    const flight = watch(s.task(() => gate.promise, { dedupe: 'd' }))
    const joins = watch(s.task((): unknown => assert.fail('ran'), { dedupe: 'd', memo }))
    gate.resolve('shared')
    await clock.settle()
    assert.isTrue(flight.settled)
    assert.deepEqual(joins.value, [undefined, 'shared'])
    assert.deepEqual(await s.task((): unknown => assert.fail('ran'), { memo }), [undefined, 'shared'])
  })

  inScope(
    kit,
    'order: dedupe before idempotency: sharers ask the provider once, and none is told "in progress"',
    {},
    async (_s, clock) => {
      const idempotency = reservingProvider()
      const s = lib.scope({ persistence: { idempotency } })
      const options = { dedupe: 'd', ...once('k') }
      const all = [1, 2, 3].map(() => watch(s.task(() => sleep(5).then(() => 'value'), options)))
      await clock.advance(5)
      for (const each of all) assert.deepEqual(each.value, [undefined, 'value'])
      assert.lengthOf(
        idempotency.calls.filter((call) => call === 'reserve k'),
        1,
      )
      await end(s, clock)
    },
  )

  inScope(kit, 'order: idempotency before the permit: a stored value needs none', {}, async (_s, clock) => {
    const s = lib.scope({ concurrency: 1, persistence: { idempotency: recordingProvider() } })
    await s.task(() => 'stored', once('k'))
    const gate = deferred()
    const busy = s.task(() => gate.promise)
    assert.deepEqual(await s.task((): unknown => assert.fail('ran'), once('k')), [undefined, 'stored'])
    gate.resolve()
    await busy
    await end(s, clock)
  })

  inScope(
    kit,
    'order: the permit before hooks: what is cancelled in the queue fires neither',
    {},
    async (_s, clock) => {
      const log: string[] = []
      const s = noting(log, { concurrency: 1 })
      const gate = deferred()
      const busy = s.task(() => gate.promise, { id: 'busy' })
      const queued = s.task(() => 1, { id: 'queued' })
      const dropped = s.task(() => 1, { id: 'dropped' })
      assert.deepEqual(log, ['before busy'])
      dropped.cancel()
      gate.resolve()
      await Promise.all([busy, queued, dropped])
      await clock.settle()
      assert.deepEqual(log, ['before busy', 'after busy', 'before queued', 'after queued'])
      await end(s, clock)
    },
  )

  inScope(
    kit,
    'order: hooks before the timeout: afterTask comes with the real end of the body, and its error',
    {},
    async (_s, clock) => {
      const ended: [number, unknown][] = []
      const s = lib.scope({ hooks: { afterTask: (_name, duration, error) => void ended.push([duration, error]) } })
      const t = s.task(() => sleep(50), { timeout: 5 })
      const result = watch(t)
      await clock.advance(49)
      assert.isTrue(result.settled)
      assert.deepEqual(ended, [])
      await clock.advance(1)
      assert.lengthOf(ended, 1)
      assert.strictEqual(ended[0]?.[0], 50)
      assert.strictEqual(ended[0]?.[1], result.value?.[0])
      await end(s, clock)
    },
  )

  inScope(kit, 'order: the permit before the timeout: waiting for a permit is free', {}, async (_s, clock) => {
    const s = lib.scope({ concurrency: 1 })
    const busy = watch(s.task(() => sleep(100)))
    const t = watch(s.task(() => sleep(4).then(() => 'in time'), { timeout: 5 }))
    await clock.advance(104)
    assert.isTrue(busy.settled)
    assert.deepEqual(t.value, [undefined, 'in time'])
    await end(s, clock)
  })

  inScope(kit, 'order: hooks before retry: one pair of hooks for all attempts', {}, async (_s, clock) => {
    const log: string[] = []
    const s = noting(log)
    const t = watch(
      s.task(
        ({ attempt }) => {
          log.push(`attempt ${attempt}`)
          if (attempt < 3) throw new Error('again')
        },
        { id: 't', retry: { max: 5, delay: 1 } },
      ),
    )
    await clock.advance(10)
    assert.isTrue(t.settled)
    assert.deepEqual(log, ['before t', 'attempt 1', 'attempt 2', 'attempt 3', 'after t'])
    await end(s, clock)
  })

  inScope(kit, 'order: the timeout before retry: it ends them', {}, async (s, clock) => {
    let runs = 0
    const t = watch(
      s.task(
        () => {
          runs++
          throw new Error('again')
        },
        { timeout: 25, retry: { max: 100, delay: 10 } },
      ),
    )
    await clock.advance(1_000)
    assert.instanceOf(t.value?.[0], lib.TimeoutError)
    assert.strictEqual(runs, 3)
  })

  inScope(
    kit,
    'order: retry before the breaker: it counts attempts, and one attempt can open it for the next',
    {},
    async (s, clock) => {
      const circuitBreaker = lib.circuitBreaker({ failureThreshold: 2 })
      let runs = 0
      const t = watch(
        s.task(
          () => {
            runs++
            throw new Error('again')
          },
          { circuitBreaker, retry: { max: 9, delay: 1 } },
        ),
      )
      await clock.advance(100)
      assert.instanceOf(t.value?.[0], lib.CircuitOpenError)
      assert.strictEqual(runs, 2)
    },
  )

  inScope(kit, 'order: the breaker before the attempt timeout: it sees each expiry', {}, async (s, clock) => {
    const circuitBreaker = lib.circuitBreaker({ failureThreshold: 10 })
    const t = watch(s.task(untilAborted, { circuitBreaker, retry: { max: 1, delay: 1, attemptTimeout: 5 } }))
    await clock.advance(100)
    assert.isTrue(t.settled)
    assert.strictEqual(circuitBreaker.failureCount, 2)
  })

  inScope(
    kit,
    'order: memo and dedupe before the breaker: an open one does not stand before what is known',
    {},
    async (s, clock) => {
      const circuitBreaker = lib.circuitBreaker({ failureThreshold: 1 })
      const memo = { key: 'm', ttl: 1_000 }
      await s.task(() => 'kept', { memo })
      const gate = deferred<string>()
      const flight = watch(s.task(() => gate.promise, { dedupe: 'd' }))
      await s.task(() => Promise.reject(new Error('x')), { circuitBreaker })
      assert.strictEqual(circuitBreaker.state, 'open')
      assert.deepEqual(await s.task(() => 'x', { memo, circuitBreaker }), [undefined, 'kept'])
      const joins = watch(s.task(() => 'x', { dedupe: 'd', circuitBreaker }))
      gate.resolve('shared')
      await clock.settle()
      assert.isTrue(flight.settled)
      assert.deepEqual(joins.value, [undefined, 'shared'])
      assert.instanceOf((await s.task(() => 'x', { circuitBreaker }))[0], lib.CircuitOpenError)
    },
  )

  inScope(kit, 'order: everything at once, in the order of the contract', {}, async (_s, clock) => {
    const log: string[] = []
    const idempotency = reservingProvider()
    const push = idempotency.calls.push.bind(idempotency.calls)
    idempotency.calls.push = (...calls: string[]) => {
      log.push(...calls)
      return push(...calls)
    }
    const circuitBreaker = lib.circuitBreaker({
      failureThreshold: 1,
      resetTimeout: 5,
      onStateChange: (_from, to) => void log.push(to),
    })
    const s = noting(log, { name: 'root', concurrency: 1, persistence: { idempotency }, tracer: noter(log) })
    const gate = deferred()
    const busy = s.task(() => gate.promise, { id: 'busy' })
    const options: TaskOptions = {
      id: 't',
      memo: { key: 'm', ttl: 1_000 },
      dedupe: 'd',
      timeout: 1_000,
      circuitBreaker,
      ...once('k'),
      retry: { max: 3, delay: 10, attemptTimeout: 5, onRetry: () => void log.push('retry') },
    }
    const body = async (context: { attempt: number; signal: AbortSignal }) => {
      log.push(`attempt ${context.attempt}`)
      if (context.attempt === 1) await untilAborted(context)
      return 'value'
    }
    const results = [watch(s.task(body, options)), watch(s.task(body, { ...options, id: 'sharer' }))]
    await clock.advance(2_000) // longer than its timeout, which has not begun
    log.push('gate')
    gate.resolve()
    await busy
    await clock.advance(100)
    for (const each of results) assert.deepEqual(each.value, [undefined, 'value'])
    assert.deepEqual(await s.task(body, { ...options, id: 'hit' }), [undefined, 'value'])
    const at = (line: string, from = 0) => {
      const found = log.indexOf(line, from)
      assert.isAtLeast(found, 0, `${line} in ${log.join(', ')}`)
      return found
    }
    const order = [
      at('span t'),
      at('get k'),
      at('reserve k'),
      at('gate'),
      at('before t'),
      at('attempt 1'),
      at('open'),
      at('retry'),
      at('half-open'),
      at('attempt 2'),
      at('closed'),
      at('after t'),
      at('set k'),
      at('end t'),
      at('span hit'),
      at('end hit'),
    ]
    assert.deepEqual(
      order,
      [...order].sort((a, b) => a - b),
      log.join(', '),
    )
    for (const never of ['before sharer', 'before hit', 'attempt 3']) assert.notInclude(log, never)
    for (const single of ['reserve k', 'set k', 'before t', 'after t', 'end t', 'span sharer', 'end sharer']) {
      assert.lengthOf(
        log.filter((line) => line === single),
        1,
        single,
      )
    }
    await end(s, clock)
  })

  /** Every combination of these is tried. */
  const parts: readonly (readonly [string, TaskOptions])[] = [
    ['memo', { memo: { key: 'm', ttl: 1_000 } }],
    ['dedupe', { dedupe: 'd' }],
    ['idempotency', once('k')],
    ['timeout', { timeout: 10_000 }],
    ['retry', { retry: { max: 2, delay: 0, attemptTimeout: 5_000 } }],
    ['breaker', { circuitBreaker: {}, id: 'named' }],
    ['errorClass', { errorClass: TypeError }],
  ]
  const combinations = Array.from({ length: 2 ** parts.length }, (_, bits) =>
    parts.filter((_, at) => (bits >> at) % 2 === 1),
  )

  inScope(
    kit,
    'order: all 128 combinations of options give the same value, and the same error',
    {},
    async (_s, clock) => {
      for (const combination of combinations) {
        const options: TaskOptions = Object.assign({}, ...combination.map(([, part]) => part))
        const what = combination.map(([name]) => name).join('+')
        const s = lib.scope({ concurrency: 1, persistence: { idempotency: recordingProvider() } })
        const good = watch(s.task(() => sleep(1).then(() => 'value'), options))
        await clock.advance(1)
        assert.deepEqual(good.value, [undefined, 'value'], what)
        s.clearMemo()
        const error = new Error('mine')
        const unkeyed = options.idempotency ? { ...options, ...once('other') } : options
        const bad = watch(s.task(() => sleep(1).then(() => Promise.reject(error)), unkeyed))
        await clock.advance(10)
        const [found] = bad.value ?? []
        assert.strictEqual(options.errorClass ? (found as Error | undefined)?.cause : found, error, what)
        await s[Symbol.asyncDispose]()
        assert.strictEqual(clock.pendingTimers, 0, what)
      }
    },
  )

  inScope(
    kit,
    'order: cancelled after any number of turns, every combination settles with the reason, frees its permit and leaves no timer',
    {},
    async (_s, clock) => {
      for (const combination of combinations) {
        const options: TaskOptions = Object.assign({}, ...combination.map(([, part]) => part))
        for (const turns of [0, 1, 2, 3, 5, 8, 13, 21]) {
          const what = `${combination.map(([name]) => name).join('+')} after ${turns}`
          const idempotency = reservingProvider()
          const s = lib.scope({ concurrency: 1, persistence: { idempotency } })
          let running = 0
          const t = s.task(async ({ signal, attempt }) => {
            running++
            try {
              for (let n = 0; n < 4; n++) {
                await undefined
                if (signal.aborted) throw signal.reason
              }
              if (attempt === 1 && options.retry) throw new Error('again')
              return 'value'
            } finally {
              running--
            }
          }, options)
          for (let n = 0; n < turns; n++) await undefined
          const reason = new Error('stop')
          const before = t.isSettled
          t.cancel(reason)
          assert.isTrue(t.isSettled, `${what}: in the same turn`)
          const [error] = await t
          if (!before) {
            assert.strictEqual(options.errorClass ? error?.cause : error, reason, what)
            assert.isTrue(lib.isCancelled(error), what)
          }
          await t.settled
          await clock.settle()
          assert.strictEqual(running, 0, what)
          assert.strictEqual(clock.pendingTimers, 0, what)
          assert.strictEqual(idempotency.reserved.size, 0, what)
          assert.deepEqual(await s.task(() => 'next'), [undefined, 'next'], what)
          await s[Symbol.asyncDispose]()
        }
      }
    },
  )
}
