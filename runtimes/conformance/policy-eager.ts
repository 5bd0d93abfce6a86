/** The body starts synchronously inside `task()` whatever local policies surround it. */

import type { ScopeOptions, TaskOptions } from '../generic/index.js'
import { deferred, watch } from './fixtures.js'
import type { Kit } from './kit.js'
import { end, inScope, once, recordingProvider } from './policy-fixtures.js'

export function policyEager(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  const layers: readonly (readonly [string, TaskOptions])[] = [
    ['nothing', {}],
    ['memo', { memo: { key: 'm', ttl: 1_000 } }],
    ['dedupe', { dedupe: 'd' }],
    ['timeout', { timeout: 1_000 }],
    ['a preset of retry', { retry: 'exponential' }],
    ['retry with an attempt timeout', { retry: { max: 1, attemptTimeout: 100 } }],
    ['a breaker', { circuitBreaker: { failureThreshold: 1 }, id: 'named' }],
    ['errorClass', { errorClass: TypeError, systemErrorClass: TypeError }],
    ['priority', { priority: 5 }],
    ['otel', { otel: { name: 'span', attributes: { a: 1 } } }],
    [
      'all of them',
      {
        id: 'all',
        memo: { key: 'm', ttl: 1_000 },
        dedupe: 'd',
        timeout: 1_000,
        retry: { max: 1, attemptTimeout: 100 },
        circuitBreaker: {},
        errorClass: TypeError,
        priority: 1,
      },
    ],
  ]
  const scopes: readonly (readonly [string, () => ScopeOptions])[] = [
    ['a plain scope', () => ({})],
    ['a limited scope', () => ({ concurrency: 1 })],
    ['a scope with a breaker', () => ({ circuitBreaker: { failureThreshold: 3 } })],
    ['a scope with hooks', () => ({ hooks: { beforeTask: () => {}, afterTask: () => {} } })],
    ['a traced scope', () => ({ tracer: { startSpan: () => ({ end: () => {} }) } })],
    ['a correlated scope', () => ({ logCorrelation: true })],
    ['a pooling scope', () => ({ taskPooling: { enabled: true } })],
    ['a scope with a timeout', () => ({ timeout: 1_000 })],
  ]

  for (const [where, options] of scopes) {
    inScope(kit, `eager: in ${where}, under every local layer`, {}, async (_s, clock) => {
      for (const [what, layer] of layers) {
        const s = lib.scope(options())
        let started = false
        const t = s.task(async () => {
          started = true
          await undefined
          return what
        }, layer)
        assert.isTrue(started, what)
        assert.strictEqual(t.status, 'running', what)
        assert.isTrue(t.isStarted, what)
        assert.deepEqual(await t, [undefined, what])
        await end(s, clock)
      }
    })
  }

  inScope(kit, 'eager: the value of a synchronous body is there without a timer', {}, async (s, clock) => {
    for (const [what, layer] of layers) {
      assert.deepEqual(await s.task(() => what, { ...layer, memo: { key: what, ttl: 0 } }), [undefined, what])
      assert.strictEqual(clock.pendingTimers, 0, what)
    }
  })

  inScope(kit, 'eager: a synchronous throw is a Result, never an exception of task()', {}, async (s) => {
    for (const [what, layer] of layers) {
      if ('retry' in layer) continue
      const error = new TypeError(what)
      const t = s.task(() => {
        throw error
      }, layer)
      assert.strictEqual((await t)[0], error, what)
    }
  })

  inScope(kit, 'eager: the next in the queue starts when the permit is given back', {}, async (_s, clock) => {
    const s = lib.scope({ concurrency: 1 })
    const gate = deferred()
    const first = s.task(() => gate.promise)
    let started = false
    const second = s.task(() => void (started = true))
    assert.isFalse(started)
    assert.strictEqual(second.status, 'queued')
    gate.resolve()
    await first
    await second
    assert.isTrue(started)
    let again = false
    const third = s.task(() => void (again = true))
    assert.isTrue(again, 'with a free permit it is synchronous again')
    await third
    await end(s, clock)
  })

  inScope(kit, 'eager: a half-open probe starts synchronously', {}, async (s, clock) => {
    const circuitBreaker = lib.circuitBreaker({ failureThreshold: 1, resetTimeout: 10 })
    await s.task(() => Promise.reject(new Error('x')), { circuitBreaker })
    await clock.advance(10)
    let started = false
    const probe = s.task(() => void (started = true), { circuitBreaker })
    assert.isTrue(started)
    await probe
  })

  inScope(
    kit,
    'eager: a sharer that is left alone does not run the body, the next call does, synchronously',
    {},
    async (s) => {
      let runs = 0
      const gate = deferred()
      const body = () => {
        runs++
        return gate.promise
      }
      const tasks = [s.task(body, { dedupe: 'k' }), s.task(body, { dedupe: 'k' })]
      assert.strictEqual(runs, 1)
      for (const each of tasks) each.cancel()
      const next = s.task(body, { dedupe: 'k' })
      assert.strictEqual(runs, 2)
      gate.resolve()
      await next
    },
  )

  inScope(kit, 'eager: ctx.task starts synchronously, on a full scope too', {}, async (_s, clock) => {
    const s = lib.scope({ concurrency: 1 })
    const order: string[] = []
    const t = s.task(async (context) => {
      const inner = context.task(() => void order.push('inner'))
      order.push('outer')
      await inner
    })
    assert.deepEqual(order, ['inner', 'outer'])
    await t
    await end(s, clock)
  })

  inScope(kit, 'eager: a provider is I/O, so an idempotent body starts later', {}, async (_s, clock) => {
    const s = lib.scope({ persistence: { idempotency: recordingProvider() } })
    let started = false
    const result = watch(s.task(() => void (started = true), once('k')))
    assert.isFalse(started)
    await clock.settle()
    assert.isTrue(started)
    assert.isTrue(result.settled)
    await end(s, clock)
  })

  inScope(kit, 'eager: subscribers registered by bodies are there before the line after task()', {}, async (s) => {
    const heard: string[] = []
    const listeners = new Set<(message: string) => void>()
    for (const name of ['one', 'two']) {
      s.task(async () => void listeners.add((message) => heard.push(`${name}: ${message}`)), {
        timeout: 100,
        retry: 'fixed',
      })
    }
    for (const listener of listeners) listener('hello')
    assert.deepEqual(heard, ['one: hello', 'two: hello'])
    await s.join()
  })
}
