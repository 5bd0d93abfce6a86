/** What a scope logs is seen, says where it comes from, and never breaks anything. */

import { recorder, timed } from './fixtures.js'
import type { Kit } from './kit.js'

type Level = 'debug' | 'info' | 'warn' | 'error'
const levels: readonly Level[] = ['debug', 'info', 'warn', 'error']

/** Collects what reaches the console while `fn` runs. */
async function captured(fn: () => Promise<void>): Promise<[Level, string][]> {
  const lines: [Level, string][] = []
  const originals = levels.map((level) => console[level])
  for (const level of levels)
    console[level] = (...args: unknown[]) => void lines.push([level, args.map(String).join(' ')])
  try {
    await fn()
  } finally {
    for (const [at, level] of levels.entries()) Object.assign(console, { [level]: originals[at] })
  }
  return lines
}

export function logging(kit: Kit): void {
  const { lib, test } = kit
  const assert: Chai.AssertStatic = kit.assert

  const logAll = async (options: Parameters<typeof lib.scope>[0]): Promise<void> => {
    const s = lib.scope(options)
    await s.task(({ logger }) => {
      for (const level of levels) logger[level](`a ${level} line`)
    })
    await s[Symbol.asyncDispose]()
  }

  for (const [logLevel, shown] of [
    [undefined, ['warn', 'error']],
    ['debug', levels],
    ['info', ['info', 'warn', 'error']],
    ['error', ['error']],
  ] as const) {
    test(`with logLevel ${logLevel} the console shows ${shown.join(', ')}`, async () => {
      const lines = await captured(() => logAll(logLevel === undefined ? {} : { logLevel }))
      assert.deepEqual(
        lines.map(([level]) => level),
        [...shown],
      )
    })
  }

  test('a change to the options of a scope that is there changes neither its name nor its level', async () => {
    const options: { name: string; logLevel: Level } = { name: 'first', logLevel: 'error' }
    const lines = await captured(async () => {
      await using s = lib.scope(options)
      Object.assign(options, { name: 'second', logLevel: 'debug' })
      assert.strictEqual(s.scopeName, 'first')
      await s.task(({ logger }) => {
        for (const level of levels) logger[level](`a ${level} line`)
      })
    })
    assert.lengthOf(lines, 1)
    assert.match(lines[0]?.[1] ?? '', /\[first\/task-1#1\] a error line/)
  })

  test('lines of a task carry the scope, the name and the index', async () => {
    const log = recorder()
    const s = lib.scope({ name: 'job', logger: log.logger })
    await s.task(() => 1)
    await s.task(({ logger }) => logger.info('hello', { id: 7 }), { id: 'greet' })
    const [line] = log.lines
    for (const part of ['job', 'greet', '2', 'hello']) assert.include(line?.message, part)
    assert.deepEqual(line?.args, [{ id: 7 }])
    await s[Symbol.asyncDispose]()
  })

  test('lines of a task name the scope that runs it, under an inherited logger too', async () => {
    const log = recorder()
    const root = lib.scope({ name: 'root', logger: log.logger })
    await root.createChild({ name: 'child' }).task(({ logger }) => logger.warn('hello'))
    assert.include(log.lines[0]?.message, 'child')
    await root[Symbol.asyncDispose]()
  })

  timed(kit, 'a throwing logger breaks nothing, whatever is logged', async (clock) => {
    const fail = () => {
      throw new Error('logger')
    }
    const lines = await captured(async () => {
      const s = lib.scope({
        logger: { debug: fail, info: fail, warn: fail, error: fail },
        gracePeriod: 5,
        hooks: { beforeTask: fail, afterTask: fail, onCancel: fail, beforeDispose: fail, afterDispose: fail },
      })
      const [err, value] = await s.task(({ logger }) => {
        logger.info('to a broken logger')
        return 'value'
      })
      assert.strictEqual(err, undefined)
      assert.strictEqual(value, 'value')
      s.task(() => Promise.reject(new Error('nobody looked')))
      s.task(() => new Promise<void>(() => {}))
      const done = s[Symbol.asyncDispose]()
      await clock.advance(5)
      await done
    })
    assert.isAtMost(lines.length, 3)
  })

  test('a scope without logCorrelation has no ids', async () => {
    const s = lib.scope()
    assert.strictEqual(s.traceId, undefined)
    assert.strictEqual(s.spanId, undefined)
    await s[Symbol.asyncDispose]()
  })

  test('correlated scopes share the trace, have spans of their own, and say so in every line', async () => {
    const log = recorder()
    const root = lib.scope({ name: 'root', logCorrelation: true, logger: log.logger })
    const child = root.createChild({ name: 'child' })
    assert.match(root.traceId ?? '', /^[0-9a-f]{32}$/)
    assert.match(root.spanId ?? '', /^[0-9a-f]{16}$/)
    assert.notMatch(`${root.traceId} ${root.spanId}`, /\b0+\b/)
    assert.strictEqual(child.traceId, root.traceId)
    assert.match(child.spanId ?? '', /^[0-9a-f]{16}$/)
    assert.notStrictEqual(child.spanId, root.spanId)
    await child.task(({ logger }) => logger.info('hello'))
    const text = log.lines[0]?.message
    for (const part of [child.traceId, child.spanId, 'hello']) assert.include(text, part)
    await root[Symbol.asyncDispose]()
  })

  test('a trace id from outside is gone on with, a malformed one is refused', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
    const s = lib.scope({ logCorrelation: true, traceId })
    assert.strictEqual(s.traceId, traceId)
    await s[Symbol.asyncDispose]()
    for (const bad of ['', 'abc', '0'.repeat(32), traceId.toUpperCase(), `${traceId}00`, 'g'.repeat(32)]) {
      assert.throws(() => lib.scope({ logCorrelation: true, traceId: bad }), RangeError, /traceId/)
    }
  })

  test('ids are random', async () => {
    const traces = new Set(Array.from({ length: 100 }, () => lib.generateTraceId()))
    const spans = new Set(Array.from({ length: 100 }, () => lib.generateSpanId()))
    assert.strictEqual(traces.size, 100)
    assert.strictEqual(spans.size, 100)
    for (const id of traces) assert.match(id, /^(?!0+$)[0-9a-f]{32}$/)
    for (const id of spans) assert.match(id, /^(?!0+$)[0-9a-f]{16}$/)
  })

  test('ConsoleLogger writes its level and above, with its name', async () => {
    const lines = await captured(async () => {
      for (const logger of [new lib.ConsoleLogger('jobs'), new lib.ConsoleLogger('jobs', 'error')]) {
        for (const level of levels) logger[level](`a ${level} line`)
      }
    })
    assert.deepEqual(lines, [
      ['info', '[jobs] a info line'],
      ['warn', '[jobs] a warn line'],
      ['error', '[jobs] a error line'],
      ['error', '[jobs] a error line'],
    ])
  })

  test('NoOpLogger writes nothing, createLogger keeps the logger it is given', async () => {
    const { logger } = recorder()
    const lines = await captured(async () => {
      for (const level of levels) new lib.NoOpLogger()[level]('nothing')
      assert.strictEqual(lib.createLogger('jobs', logger), logger)
      lib.createLogger('jobs', undefined, 'warn').info('below the level')
    })
    assert.deepEqual(lines, [])
  })

  test('a correlated logger puts its ids before the message, and its context behind a bare one', () => {
    const log = recorder()
    const context = { traceId: lib.generateTraceId(), spanId: lib.generateSpanId(), scopeName: 'job' }
    const logger = lib.createCorrelatedLogger(log.logger, context)
    assert.instanceOf(logger, lib.CorrelatedLogger)
    assert.isTrue(lib.isCorrelatedLogger(logger))
    assert.isFalse(lib.isCorrelatedLogger(log.logger) || lib.isCorrelatedLogger(undefined))
    assert.deepEqual(lib.getCorrelationContext(logger), context)
    assert.strictEqual(lib.getCorrelationContext(log.logger), undefined)
    logger.info('bare')
    logger.warn('with', 1)
    const prefix = `[traceId=${context.traceId}] [spanId=${context.spanId}]`
    assert.deepEqual(log.lines, [
      { level: 'info', message: `${prefix} bare`, args: [context] },
      { level: 'warn', message: `${prefix} with`, args: [1] },
    ])
  })
}
