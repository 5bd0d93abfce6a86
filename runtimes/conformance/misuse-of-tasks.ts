/** Bad input of a task is refused at the call, in one grammar, and nothing started is lost by it. */

import { deferred, thrownBy, timed } from './fixtures.js'
import type { Kit } from './kit.js'

type Kind = 'type' | 'range' | 'either'

/** Options of `task()` that are wrong: the option as the message names it, and what is given. */
const wrong: readonly (readonly [option: string, kind: Kind, given: object])[] = [
  ...[-1, Number.NaN, Number.NEGATIVE_INFINITY].map((timeout) => ['timeout', 'range', { timeout }] as const),
  ...['5', null, {}].map((timeout) => ['timeout', 'type', { timeout }] as const),
  ...[5, null, {}].map((id) => ['id', 'type', { id }] as const),
  ['retry', 'range', { retry: 'cubic' }],
  ...[5, null, true].map((retry) => ['retry', 'type', { retry }] as const),
  ...[-1, 1.5, Number.NaN].map((max) => ['max', 'range', { retry: { max } }] as const),
  ['max', 'type', { retry: { max: '3' } }],
  ['delay', 'range', { retry: { delay: -1 } }],
  ['delay', 'type', { retry: { delay: 'long' } }],
  ['if', 'type', { retry: { if: 5 } }],
  ['onRetry', 'type', { retry: { onRetry: 5 } }],
  ['maxElapsed', 'range', { retry: { maxElapsed: -1 } }],
  ['attemptTimeout', 'range', { retry: { attemptTimeout: Number.NaN } }],
  ...[5, 'Error', null].map((errorClass) => ['errorClass', 'type', { errorClass }] as const),
  ['systemErrorClass', 'type', { systemErrorClass: 5 }],
  ...[5, null, {}].map((dedupe) => ['dedupe', 'type', { dedupe }] as const),
  ...[5, 'key', null].map((memo) => ['memo', 'type', { memo }] as const),
  ['ttl', 'range', { memo: { key: 'k', ttl: -1 } }],
  ['ttl', 'type', { memo: { key: 'k' } }],
  ['key', 'type', { memo: { ttl: 5 } }],
  ['priority', 'range', { priority: Number.NaN }],
  ['priority', 'type', { priority: 'high' }],
  ['options', 'type', { circuitBreaker: 5 }], // of the breaker
  ['failureThreshold', 'range', { circuitBreaker: { failureThreshold: 0 } }],
]

const show = (given: object): string =>
  JSON.stringify(given, (_key, value) =>
    typeof value === 'object' || typeof value === 'boolean' ? value : String(value),
  )

export function misuseOfTasks(kit: Kit): void {
  const { lib, test } = kit
  const assert: Chai.AssertStatic = kit.assert

  for (const [option, kind, given] of wrong) {
    timed(kit, `task(fn, ${show(given)}) is refused, naming ${option}`, async (clock) => {
      let called = false
      const s = lib.scope({ concurrency: 1, hooks: { beforeTask: () => void (called = true) } })
      const thrown = thrownBy(() => s.task(() => void (called = true), given as never))
      const classes = { type: [TypeError], range: [RangeError], either: [TypeError, RangeError] }[kind]
      assert.isTrue(
        classes.some((each) => thrown instanceof each),
        String(thrown),
      )
      const { message } = thrown as Error
      assert.match(message, new RegExp(`^Cannot [^:]+: (\\w+\\.)?${option}(\\.\\w+)? must be .+, got .+`))
      await clock.settle()
      assert.isFalse(called)
      assert.strictEqual(s.debugTree({ tasks: true }).split('\n').length, 1)
      assert.strictEqual(clock.pendingTimers, 0)
      await s.join()
      await s[Symbol.asyncDispose]()
    })
  }

  for (const fn of [undefined, null, 5, 'fn', {}, Promise.resolve(1)]) {
    test(`task(${Object.prototype.toString.call(fn)}) is refused`, async () => {
      const s = lib.scope()
      const thrown = thrownBy(() => s.task(fn as never))
      assert.instanceOf(thrown, TypeError)
      assert.match((thrown as Error).message, /^Cannot [^:]+: .+ must be .+, got .+/)
      await s[Symbol.asyncDispose]()
    })
  }

  for (const options of [null, 5, 'id', true]) {
    test(`task(fn, ${options}) is refused`, async () => {
      const s = lib.scope()
      const thrown = thrownBy(() => s.task(() => assert.fail('never called'), options as never))
      assert.instanceOf(thrown, TypeError)
      assert.match((thrown as Error).message, /^Cannot [^:]+: options must be .+, got .+/)
      await s[Symbol.asyncDispose]()
    })
  }

  test('idempotency without a provider is a TypeError at the call', async () => {
    const s = lib.scope()
    assert.instanceOf(
      thrownBy(() => s.task(() => assert.fail('never called'), { idempotency: { key: 'k' } })),
      TypeError,
    )
    await s[Symbol.asyncDispose]()
  })

  test('a refused call costs no permit, no queued task and no running one', async () => {
    const s = lib.scope({ concurrency: 1 })
    const gate = deferred()
    const running = s.task(() => gate.promise)
    const queued = s.task(() => 'queued')
    for (const options of [{ timeout: -1 }, { retry: 'cubic' }, { priority: 'x' }, 5]) {
      thrownBy(() => s.task(() => assert.fail('never called'), options as never))
    }
    thrownBy(() => s.task(undefined as never))
    gate.resolve()
    assert.deepEqual(await running, [undefined, undefined])
    assert.deepEqual(await queued, [undefined, 'queued'])
    assert.deepEqual(await s.task(() => 'after'), [undefined, 'after'])
    assert.isFalse(s.aborted)
    await s[Symbol.asyncDispose]()
  })

  test('misuse is refused on a cancelled scope as well', async () => {
    const s = lib.scope()
    s.cancel()
    assert.instanceOf(
      thrownBy(() => s.task(5 as never)),
      TypeError,
    )
    assert.instanceOf(
      thrownBy(() => s.task(() => 1, { timeout: -1 })),
      RangeError,
    )
    await s[Symbol.asyncDispose]()
  })

  test('bad options of a shielded section are refused', async () => {
    const s = lib.scope()
    const [err, refusals] = await s.task(async ({ shield }) => {
      const caught: unknown[] = []
      for (const [fn, options] of [
        [5, {}],
        [() => 1, { timeout: -1 }],
        [() => 1, { timeout: '5' }],
        [() => 1, 5],
      ]) {
        try {
          await shield(fn as never, options as never)
        } catch (error) {
          caught.push(error)
        }
      }
      return caught
    })
    assert.strictEqual(err, undefined)
    assert.lengthOf(refusals ?? [], 4)
    for (const refusal of refusals ?? []) {
      assert.isTrue(refusal instanceof TypeError || refusal instanceof RangeError)
      assert.match(String(refusal), /Cannot [^:]+: .+ must be .+, got .+/)
    }
    await s[Symbol.asyncDispose]()
  })
}
