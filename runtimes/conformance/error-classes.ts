/** `errorClass` and `systemErrorClass` wrap an error once and lose nothing of it. */

import { deferred, timed } from './fixtures.js'
import type { Kit } from './kit.js'

/** What people throw and abort with that is no error. */
const oddities: readonly unknown[] = [
  undefined,
  null,
  0,
  '',
  false,
  Number.NaN,
  'text',
  42,
  Symbol('s'),
  {},
  [],
  () => {},
]

class CustomError extends Error {}

class WrapperError extends Error {}

function tagged(message: string): Error {
  return Object.assign(new Error(message), { _tag: 'Tagged' })
}

export function errorClasses(kit: Kit): void {
  const { lib, test } = kit
  const assert: Chai.AssertStatic = kit.assert

  test('errorClass wraps everything once, with the original as cause', async () => {
    const s = lib.scope()
    for (const error of [new Error('plain'), new CustomError('custom'), tagged('tagged')]) {
      const [err] = await s.task(() => Promise.reject(error), { errorClass: WrapperError })
      assert.instanceOf(err, WrapperError)
      assert.strictEqual(err.cause, error)
      assert.strictEqual(err.message, error.message)
    }
    const already = new WrapperError('already')
    const [same] = await s.task(() => Promise.reject(already), { errorClass: WrapperError })
    assert.strictEqual(same, already)
    await s[Symbol.asyncDispose]()
  })

  test('errorClass wraps a value that is no error so that the value is found again', async () => {
    const s = lib.scope()
    for (const value of oddities) {
      const [err] = await s.task(() => Promise.reject(value), { errorClass: WrapperError })
      assert.instanceOf(err, WrapperError)
      const cause = err.cause instanceof lib.UnknownError ? err.cause.cause : err.cause
      assert.isTrue(Object.is(cause, value))
    }
    await s[Symbol.asyncDispose]()
  })

  test('errorClass wraps a cancellation, which stays one', async () => {
    const s = lib.scope()
    const reason = new Error('stop')
    const gate = deferred()
    const t = s.task(() => gate.promise, { errorClass: WrapperError })
    t.cancel(reason)
    const [err] = await t
    assert.instanceOf(err, WrapperError)
    assert.strictEqual(err.cause, reason)
    assert.isTrue(lib.isCancelled(err))
    assert.strictEqual(t.status, 'cancelled')
    gate.resolve()
    await s[Symbol.asyncDispose]()
  })

  test('systemErrorClass wraps plain errors and values, and leaves classes, tags and cancellation alone', async () => {
    const s = lib.scope()
    const run = async (error: unknown) =>
      (await s.task(() => Promise.reject(error), { systemErrorClass: WrapperError }))[0]
    const plain = new Error('plain')
    const wrapped = await run(plain)
    assert.instanceOf(wrapped, WrapperError)
    assert.strictEqual(wrapped.cause, plain)
    assert.instanceOf(await run('text'), WrapperError)
    for (const kept of [new CustomError('custom'), new TypeError('type'), tagged('tagged')])
      assert.strictEqual(await run(kept), kept)
    assert.instanceOf(await run(Object.assign(new Error('untagged'), { _tag: undefined })), WrapperError)
    const reason = new Error('stop')
    const gate = deferred()
    const t = s.task(() => gate.promise, { systemErrorClass: WrapperError })
    t.cancel(reason)
    assert.strictEqual((await t)[0], reason)
    gate.resolve()
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'an errorClass that throws while it is made loses no error and holds nothing up', async (clock) => {
    class Broken extends Error {
      constructor() {
        super()
        throw new Error('broken class')
      }
    }
    const s = lib.scope({ logger: new lib.NoOpLogger() })
    const [err] = await s.task(() => Promise.reject(new Error('original')), { errorClass: Broken })
    assert.instanceOf(err, Error)
    await s[Symbol.asyncDispose]()
    assert.strictEqual(clock.pendingTimers, 0)
  })

  timed(kit, 'what cannot be looked at is no reason to hold a task up', async (clock) => {
    class Secretive extends Error {
      static override [Symbol.hasInstance](): never {
        throw new Error('not for you')
      }
    }
    const shy = new Error('shy')
    Object.defineProperty(shy, '_tag', {
      get() {
        throw new Error('not for you')
      },
    })
    const s = lib.scope({ logger: new lib.NoOpLogger() })
    const error = new Error('original')
    assert.strictEqual((await s.task(() => Promise.reject(error), { errorClass: Secretive }))[0], error)
    assert.strictEqual((await s.task(() => Promise.reject(shy), { systemErrorClass: WrapperError }))[0], shy)
    await s[Symbol.asyncDispose]()
    assert.strictEqual(clock.pendingTimers, 0)
  })
}
