/** Bad options of a scope are refused at the call, in one grammar, and leave nothing behind. */

import { thrownBy } from './fixtures.js'
import type { Kit } from './kit.js'

type Kind = 'type' | 'range' | 'either'

/** Options of `scope()` that are wrong: the option as the message names it, and what is given. */
const wrong: readonly (readonly [option: string, kind: Kind, given: object])[] = [
  ...(['timeout', 'gracePeriod'] as const).flatMap((option) => [
    ...[-1, Number.NaN, Number.NEGATIVE_INFINITY, -0.5].map((value) => [option, 'range', { [option]: value }] as const),
    ...['5', null, {}, true, 5n, () => 5].map((value) => [option, 'type', { [option]: value }] as const),
  ]),
  ...[-1, 1.5, Number.NaN, Number.NEGATIVE_INFINITY, 2 ** 53].map(
    (concurrency) => ['concurrency', 'range', { concurrency }] as const,
  ),
  ...['3', null, {}, true].map((concurrency) => ['concurrency', 'type', { concurrency }] as const),
  ...[5, null, {}].map((name) => ['name', 'type', { name }] as const),
  ...[{}, 5, null, 'signal', new Date(0)].map((signal) => ['signal', 'type', { signal }] as const),
  ...[{}, 5, null, 'parent'].map((parent) => ['parent', 'type', { parent }] as const),
  ...[5, 'hooks', null, () => {}].map((hooks) => ['hooks', 'type', { hooks }] as const),
  ...['beforeTask', 'afterTask', 'onCancel', 'onDispose', 'beforeDispose', 'afterDispose'].map(
    (hook) => [hook, 'type', { hooks: { [hook]: 'no function' } }] as const,
  ),
  ...[{}, 5, null, { info() {} }].map((logger) => ['logger', 'type', { logger }] as const),
  ['logLevel', 'range', { logLevel: 'loud' }],
  ['logLevel', 'type', { logLevel: 5 }],
  ...['yes', 1, null].map((failFast) => ['failFast', 'type', { failFast }] as const),
  ['logCorrelation', 'type', { logCorrelation: 'yes' }],
  ['timeline', 'type', { timeline: 1 }],
  ['traceId', 'type', { logCorrelation: true, traceId: 5 }],
  ['onUnhandled', 'either', { onUnhandled: 'explode' }],
  ['onUnhandled', 'type', { onUnhandled: 5 }],
  ['onAbandoned', 'type', { onAbandoned: 'warn' }],
  ...[5, 'context', null].map((context) => ['context', 'type', { context }] as const),
  ['options', 'type', { circuitBreaker: 5 }], // of the breaker
  ...[0, -1, 1.5, Number.NaN].map(
    (value) => ['failureThreshold', 'range', { circuitBreaker: { failureThreshold: value } }] as const,
  ),
  ['failureThreshold', 'type', { circuitBreaker: { failureThreshold: '5' } }],
  ['resetTimeout', 'range', { circuitBreaker: { resetTimeout: -1 } }],
  ['onOpen', 'type', { circuitBreaker: { onOpen: 5 } }],
  ['maxSize', 'range', { taskPooling: { enabled: true, maxSize: -1 } }],
  ['taskPooling', 'type', { taskPooling: true }],
  ['defaultTTL', 'range', { idempotency: { defaultTTL: -1 } }],
  ['tracer', 'type', { tracer: {} }],
]

const show = (given: object): string =>
  JSON.stringify(given, (_key, value) =>
    typeof value === 'object' || typeof value === 'boolean' ? value : String(value),
  )

export function durationsAndMisuse(kit: Kit): void {
  const { lib, test } = kit
  const assert: Chai.AssertStatic = kit.assert

  /** `Cannot <action>: <option> must be <rule>, got <value>` */
  const assertRefusal = (thrown: unknown, option: string, kind: Kind, about: string): void => {
    const classes = { type: [TypeError], range: [RangeError], either: [TypeError, RangeError] }[kind]
    assert.isTrue(
      classes.some((each) => thrown instanceof each),
      `${about}: ${String(thrown)}`,
    )
    const { message } = thrown as Error
    assert.match(message, new RegExp(`^Cannot [^:]+: (\\w+\\.)?${option}(\\.\\w+)? must be .+, got .+`), about)
  }

  for (const [option, kind, given] of wrong) {
    test(`scope(${show(given)}) is refused, naming ${option}`, async () => {
      const thrown = thrownBy(() => lib.scope(given as never))
      assertRefusal(thrown, option, kind, show(given))
      if ('parent' in given) return
      const root = lib.scope()
      assertRefusal(
        thrownBy(() => root.createChild(given as never)),
        option,
        kind,
        `child ${show(given)}`,
      )
      assert.lengthOf(root.debugTree().split('\n'), 1)
      await root[Symbol.asyncDispose]()
    })
  }

  for (const given of [null, 5, 'name', true, [], () => {}]) {
    test(`scope(${String(given) || 'an array'}) is refused`, () => {
      const thrown = thrownBy(() => lib.scope(given as never))
      assert.instanceOf(thrown, TypeError)
      assert.match((thrown as Error).message, /^Cannot create scope: options must be /)
    })
  }

  test('options that are undefined are as good as missing', async () => {
    const s = lib.scope({
      name: undefined,
      timeout: undefined,
      concurrency: undefined,
      signal: undefined,
      hooks: undefined,
      logger: undefined,
      parent: undefined,
      gracePeriod: undefined,
      onUnhandled: undefined,
      context: undefined,
    } as never)
    assert.deepEqual(await s.task(() => 1, { timeout: undefined, retry: undefined, id: undefined } as never), [
      undefined,
      1,
    ])
    await s[Symbol.asyncDispose]()
    await lib.scope(undefined)[Symbol.asyncDispose]()
  })

  test('a refused scope leaves no listener on its signal and no entry in its parent', async () => {
    const tracked = kit.testing.trackSignal()
    const root = lib.scope()
    for (const given of [
      { gracePeriod: -1 },
      { concurrency: -1 },
      { timeout: -1 },
      { onAbandoned: 5 },
      { logLevel: 'loud' },
      { context: 5 },
    ]) {
      thrownBy(() => lib.scope({ signal: tracked.signal, parent: root, ...given } as never))
    }
    assert.strictEqual(tracked.listenerCount, 0)
    assert.lengthOf(root.debugTree().split('\n'), 1)
    await root[Symbol.asyncDispose]()
  })

  test('new Scope() is refused and names scope()', () => {
    for (const args of [[], [{}], [{ name: 'x' }], [null], [5]]) {
      const thrown = thrownBy(() => Reflect.construct(lib.Scope, args))
      assert.instanceOf(thrown, TypeError)
      assert.include((thrown as Error).message, 'scope(')
    }
  })

  test('a message shows long and odd values without running away', () => {
    const circular: Record<string, unknown> = {}
    circular.self = circular
    for (const value of ['x'.repeat(10_000), circular, Symbol('s'), Object.create(null), [1, 2]]) {
      const thrown = thrownBy(() => lib.scope({ timeout: value as never }))
      assert.instanceOf(thrown, TypeError)
      assert.isBelow((thrown as Error).message.length, 200)
    }
  })

  test('a ScopeDisposedError tells the action and the scope', async () => {
    const s = lib.scope({ name: 'gone' })
    await s[Symbol.asyncDispose]()
    const attempts: (() => unknown)[] = [
      () => s.task(() => 1),
      () => s.createChild(),
      () => s.provide('a', 1),
      () => s.onDispose(() => {}),
      () => lib.scope({ parent: s }),
    ]
    for (const attempt of attempts) {
      const thrown = thrownBy(attempt)
      assert.instanceOf(thrown, lib.ScopeDisposedError)
      assert.match((thrown as Error).message, /^Cannot [^:]+: scope gone is disposed; /)
      assert.strictEqual((thrown as InstanceType<typeof lib.ScopeDisposedError>).scopeName, 'gone')
      assert.isFalse(lib.isCancelled(thrown))
    }
  })

  test('what is registered on a scope must be callable', async () => {
    const s = lib.scope()
    for (const odd of [undefined, null, 5, 'fn', {}]) {
      for (const register of [s.onDispose, s.onBeforeTask, s.onAfterTask, s.onAbort]) {
        const thrown = thrownBy(() => Reflect.apply(register, s, [odd]))
        assert.instanceOf(thrown, TypeError, `${register.name} of ${String(odd)}`)
        assert.match((thrown as Error).message, /^Cannot [^:]+: .+ must be a function, got .+/)
      }
    }
    await s[Symbol.asyncDispose]()
  })

  test('services need a name and a cleanup that can be called', async () => {
    const s = lib.scope()
    for (const name of [undefined, null, 5, {}]) {
      assertRefusal(
        thrownBy(() => s.provide(name as never, 1)),
        'name',
        'type',
        String(name),
      )
    }
    for (const cleanup of [null, 5, 'fn', { dispose: 5 }]) {
      assert.instanceOf(
        thrownBy(() => s.provide('a', 1, cleanup as never)),
        TypeError,
        String(cleanup),
      )
      assert.isFalse(s.has('a'))
    }
    await s[Symbol.asyncDispose]()
  })

  test('options are checked wherever an object has them: its own, hidden ones, a class', async () => {
    class Config {
      get timeout(): number {
        return -1
      }
    }
    const inherited: object = Object.create({ timeout: -1 })
    const hidden = Object.defineProperty({}, 'timeout', { value: -1 })
    for (const options of [{ timeout: -1 }, new Config(), inherited, hidden])
      assert.throws(() => lib.scope(options), RangeError, /timeout must be zero or more milliseconds, got -1/)
    await using s = lib.scope(Object.assign(Object.create(null), { timeout: 1_000 }))
    assert.isFalse(s.aborted)
  })
}
