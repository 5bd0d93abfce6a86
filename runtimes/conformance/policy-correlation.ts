/** Log correlation: W3C ids, one trace for a tree of scopes, a span for each scope, on every line. */

import type { CorrelationContext } from '../generic/index.js'
import type { Line } from './fixtures.js'
import { recorder } from './fixtures.js'
import type { Kit } from './kit.js'
import { end, inScope } from './policy-fixtures.js'

const trace = /^[0-9a-f]{32}$/
const span = /^[0-9a-f]{16}$/
const given = '0af7651916cd43dd8448eb211c80319c'

export function policyCorrelation(kit: Kit): void {
  const { lib, test } = kit
  const assert: Chai.AssertStatic = kit.assert

  /** True for a valid id that is not all zero. */
  const isId = (shape: RegExp, id: unknown): boolean => typeof id === 'string' && shape.test(id) && /[1-9a-f]/.test(id)

  /** The object a correlated line carries. */
  const fieldsOf = (line: Line | undefined): Partial<CorrelationContext> => line?.args[0] as Partial<CorrelationContext>

  inScope(kit, 'correlation: off unless it is asked for', {}, async (s) => {
    assert.strictEqual(s.traceId, undefined)
    assert.strictEqual(s.spanId, undefined)
    assert.strictEqual(s.createChild().traceId, undefined)
  })

  inScope(kit, 'correlation: ids have the shape of W3C trace context', { logCorrelation: true }, async (s) => {
    assert.isTrue(isId(trace, s.traceId))
    assert.isTrue(isId(span, s.spanId))
    assert.strictEqual(s.traceId, s.traceId)
    assert.strictEqual(s.spanId, s.spanId)
  })

  inScope(
    kit,
    'correlation: the whole tree shares the trace, every scope has a span of its own',
    { logCorrelation: true },
    async (s) => {
      const child = s.createChild()
      const sibling = s.createChild({ logCorrelation: true })
      const grandchild = child.createChild()
      const byOption = lib.scope({ parent: s })
      const all = [s, child, sibling, grandchild, byOption]
      for (const each of all) {
        assert.strictEqual(each.traceId, s.traceId)
        assert.isTrue(isId(span, each.spanId))
      }
      assert.strictEqual(new Set(all.map((each) => each.spanId)).size, all.length)
    },
  )

  inScope(
    kit,
    'correlation: scopes that are no kin have traces of their own',
    { logCorrelation: true },
    async (s, clock) => {
      const other = lib.scope({ logCorrelation: true })
      assert.notStrictEqual(other.traceId, s.traceId)
      await end(other, clock)
    },
  )

  inScope(kit, 'correlation: a child of an uncorrelated parent may begin a trace', {}, async (s) => {
    const child = s.createChild({ logCorrelation: true })
    assert.isTrue(isId(trace, child.traceId))
    assert.strictEqual(child.createChild().traceId, child.traceId)
    assert.strictEqual(s.traceId, undefined)
  })

  inScope(
    kit,
    'correlation: traceId goes on with a trace from outside, and a child may go on with another',
    { logCorrelation: true, traceId: given },
    async (s) => {
      assert.strictEqual(s.traceId, given)
      assert.strictEqual(s.createChild().traceId, given)
      const other = 'b'.repeat(32)
      assert.strictEqual(s.createChild({ traceId: other }).traceId, other)
    },
  )

  inScope(kit, 'correlation: traceId needs logCorrelation', { traceId: given }, async (s) => {
    assert.strictEqual(s.traceId, undefined)
  })

  test('correlation: a traceId that is none is refused at the call', () => {
    const wrong = [
      '0'.repeat(32),
      given.toUpperCase(),
      given.slice(1),
      `${given}0`,
      `${given.slice(1)}g`,
      ` ${given.slice(1)}`,
      '',
      'abc',
    ]
    for (const traceId of wrong)
      assert.throws(() => lib.scope({ logCorrelation: true, traceId }), RangeError, /traceId/)
    for (const traceId of [5, null, {}]) {
      assert.throws(() => lib.scope({ logCorrelation: true, traceId: traceId as never }), TypeError, /traceId/)
    }
    assert.throws(() => lib.scope({ logCorrelation: 'yes' as never }), TypeError, /logCorrelation/)
  })

  inScope(
    kit,
    "correlation: every line of a task has the ids and the scope's and task's names",
    { name: 'root', logCorrelation: true },
    async (s, _clock, log) => {
      await s.task(({ logger }) => logger.warn('hello'), { id: 'greet' })
      await s.task(({ logger }) => logger.info('with', 'arguments', 5))
      const [first, second] = log.lines
      assert.strictEqual(log.lines.length, 2)
      for (const part of [`[traceId=${s.traceId}]`, `[spanId=${s.spanId}]`, 'root/greet#1', 'hello']) {
        assert.include(first?.message, part)
      }
      assert.strictEqual(first?.level, 'warn')
      assert.lengthOf(first?.args ?? [], 1)
      assert.strictEqual(fieldsOf(first).traceId, s.traceId)
      assert.strictEqual(fieldsOf(first).spanId, s.spanId)
      assert.strictEqual(fieldsOf(first).scopeName, 'root')
      assert.notProperty(fieldsOf(first), 'parentSpanId')
      assert.include(second?.message, s.traceId)
      assert.deepEqual([...(second?.args ?? [])], ['arguments', 5], 'arguments of the line are left alone')
    },
  )

  inScope(
    kit,
    "correlation: a child's lines have its own span and name the parent's",
    { name: 'root', logCorrelation: true },
    async (s, _clock, log) => {
      const child = s.createChild({ name: 'child' })
      await child.task(({ logger }) => logger.error('from the child'), { id: 't' })
      const line = log.lines.find((each) => each.message.includes('from the child'))
      assert.include(line?.message, `[spanId=${child.spanId}]`)
      assert.include(line?.message, 'child/t#1')
      assert.strictEqual(fieldsOf(line).parentSpanId, s.spanId)
      assert.strictEqual(fieldsOf(line).traceId, s.traceId)
      assert.strictEqual(fieldsOf(line).scopeName, 'child')
    },
  )

  inScope(
    kit,
    "correlation: the library's own reports are correlated too",
    { logCorrelation: true },
    async (s, clock, log) => {
      const error = new Error('nobody looks')
      s.task(() => Promise.reject(error))
      await clock.settle()
      await end(s, clock)
      const line = log.lines.find((each) => each.args.includes(error) || each.message.includes(error.message))
      assert.include(line?.message, `[traceId=${s.traceId}]`)
    },
  )

  inScope(
    kit,
    'correlation: a logger tells its context, others have none',
    { name: 'root', logCorrelation: true },
    async (s) => {
      await s
        .task(({ logger }) => {
          assert.isTrue(lib.isCorrelatedLogger(logger))
          assert.strictEqual(lib.getCorrelationContext(logger)?.traceId, s.traceId)
          assert.strictEqual(lib.getCorrelationContext(logger)?.spanId, s.spanId)
        })
        .then(([error]) => assert.strictEqual(error, undefined))
      for (const other of [recorder().logger, undefined, null, {}, 'logger', new lib.NoOpLogger()]) {
        assert.isFalse(lib.isCorrelatedLogger(other))
        assert.strictEqual(lib.getCorrelationContext(other), undefined)
      }
    },
  )

  test('correlation: a correlated logger can be made by hand', () => {
    const log = recorder()
    const context = { traceId: given, spanId: 'c'.repeat(16), scopeName: 'by hand', parentSpanId: 'd'.repeat(16) }
    const logger = lib.createCorrelatedLogger(log.logger, context)
    assert.isTrue(lib.isCorrelatedLogger(logger))
    for (const level of ['debug', 'info', 'warn', 'error'] as const) {
      logger[level](level)
      const line = log.lines.at(-1)
      assert.strictEqual(line?.level, level)
      assert.strictEqual(line?.message, `[traceId=${given}] [spanId=${context.spanId}] ${level}`)
      assert.deepEqual(fieldsOf(line), context)
    }
    assert.deepEqual(lib.getCorrelationContext(logger), context)
  })

  test('correlation: generated ids are valid and do not repeat', () => {
    const traces = new Set<string>()
    const spans = new Set<string>()
    for (let n = 0; n < 1_000; n++) {
      const [traceId, spanId] = [lib.generateTraceId(), lib.generateSpanId()]
      assert.isTrue(isId(trace, traceId) && isId(span, spanId))
      traces.add(traceId)
      spans.add(spanId)
    }
    assert.strictEqual(traces.size, 1_000)
    assert.strictEqual(spans.size, 1_000)
  })

  test('correlation: chance that gives only zeros at first does not make an id of zeros', () => {
    // Not every host lets its randomness be replaced; there is nothing to test where it does not.
    const { crypto } = globalThis
    const real = crypto.getRandomValues
    let zeros = 0
    const fake = <T extends ArrayBufferView | null>(bytes: T): T => {
      if (zeros++ >= 3) return real.call(crypto, bytes as never) as T
      return bytes
    }
    if (!Reflect.defineProperty(crypto, 'getRandomValues', { configurable: true, writable: true, value: fake })) return
    try {
      const id = lib.generateTraceId()
      assert.isTrue(isId(trace, id))
      assert.isAtLeast(zeros, 1)
    } finally {
      Reflect.deleteProperty(crypto, 'getRandomValues')
    }
  })
}
