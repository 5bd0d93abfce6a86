/** Every task ends in a Result whose error is true: the thrown error itself, or an error that names the thrown value. */

import { deferred, sleep, timed } from './fixtures.js'
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

function tagged(message: string): Error {
  return Object.assign(new Error(message), { _tag: 'Tagged' })
}

export function resultsAndErrors(kit: Kit): void {
  const { lib, test } = kit
  const assert: Chai.AssertStatic = kit.assert

  for (const value of ['value', undefined, null, 0, '', false, Number.NaN]) {
    test(`a body that returns ${String(value) || 'an empty string'} is a success with that value`, async () => {
      const s = lib.scope()
      for (const body of [() => value, async () => value, () => Promise.resolve(value)]) {
        const result = await s.task(body)
        assert.isArray(result)
        assert.lengthOf(result, 2)
        assert.strictEqual(result[0], undefined)
        assert.isTrue(Object.is(result[1], value))
      }
      await s[Symbol.asyncDispose]()
    })
  }

  test('a thrown Error arrives by identity, whether the body throws, rejects or returns a rejected thenable', async () => {
    const s = lib.scope()
    const errors = [
      new Error('plain'),
      new CustomError('custom'),
      tagged('tagged'),
      Object.freeze(new TypeError('frozen')),
    ]
    for (const error of errors) {
      const bodies: (() => unknown)[] = [
        () => {
          throw error
        },
        async () => {
          await undefined
          throw error
        },
        () => Promise.reject(error),
        // biome-ignore lint/suspicious/noThenProperty: a thenable is the point
        () => ({ then: (_: unknown, reject: (error: Error) => void) => reject(error) }),
        () => ({
          // biome-ignore lint/suspicious/noThenProperty: a thenable is the point
          then() {
            throw error
          },
        }),
      ]
      for (const body of bodies) {
        const result = await s.task(body)
        assert.strictEqual(result[0], error)
        assert.strictEqual(result[1], undefined)
        assert.lengthOf(result, 2)
      }
    }
    await s[Symbol.asyncDispose]()
  })

  for (const value of oddities) {
    test(`a thrown ${typeof value} (${JSON.stringify(value) ?? String(value)}) arrives as the cause of an UnknownError`, async () => {
      const s = lib.scope()
      const bodies = [
        () => {
          throw value
        },
        async () => {
          await undefined
          throw value
        },
        () => Promise.reject(value),
      ]
      for (const body of bodies) {
        const t = s.task(body)
        const [err, nothing] = await t
        assert.instanceOf(err, lib.UnknownError)
        assert.isTrue('cause' in err)
        assert.isTrue(Object.is(err.cause, value))
        assert.isString(err.message)
        assert.strictEqual(nothing, undefined)
        assert.strictEqual(t.status, 'failed')
        assert.isFalse(lib.isCancelled(err))
      }
      await s[Symbol.asyncDispose]()
    })

    if (value === undefined) continue // the host makes a reason of its own
    test(`aborting with a ${typeof value} (${JSON.stringify(value) ?? String(value)}) gives an error whose cause it is`, async () => {
      const controller = new AbortController()
      const s = lib.scope({ signal: controller.signal })
      const gate = deferred()
      const t = s.task(() => gate.promise)
      controller.abort(value)
      const [err] = await t
      assert.instanceOf(err, lib.UnknownError)
      assert.isTrue(Object.is(err.cause, value))
      assert.isTrue(lib.isCancelled(err))
      assert.isTrue(Object.is(s.reason, value))
      assert.isTrue(Object.is(s.signal.reason, value))
      assert.isTrue(s.aborted)
      assert.strictEqual(t.status, 'cancelled')
      gate.resolve()
      await s[Symbol.asyncDispose]()
    })
  }

  test('aborting without a reason surfaces the reason that the host made', async () => {
    const controller = new AbortController()
    const s = lib.scope({ signal: controller.signal })
    const t = s.task(() => new Promise<void>((resolve) => s.onAbort(() => resolve())))
    controller.abort()
    const [err] = await t
    assert.strictEqual(err, controller.signal.reason)
    assert.isTrue(lib.isCancelled(err))
    await s[Symbol.asyncDispose]()
  })

  test('values that cannot be shown do not stop a Result', async () => {
    const s = lib.scope()
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('hostile')
        },
        getPrototypeOf: () => {
          throw new Error('hostile')
        },
      },
    )
    for (const value of [
      Object.create(null),
      {
        toString: () => {
          throw new Error('no')
        },
      },
      hostile,
    ]) {
      const [err] = await s.task(() => {
        throw value
      })
      assert.instanceOf(err, lib.UnknownError)
      assert.isTrue(err.cause === value)
    }
    await s[Symbol.asyncDispose]()
  })

  test('what a body throws after its abort does not replace the reason', async () => {
    const s = lib.scope()
    const gate = deferred()
    const reason = new Error('enough')
    const t = s.task(async () => {
      await gate.promise
      throw new Error('late')
    })
    t.cancel(reason)
    gate.resolve()
    assert.strictEqual((await t)[0], reason)
    await t.settled
    assert.strictEqual((await t)[0], reason)
    await s[Symbol.asyncDispose]()
  })

  test('isCancelled is false for failures and for what is no error', () => {
    for (const value of [...oddities, new Error('e'), new lib.TimeoutError('Task', 5), new lib.UnknownError('u')]) {
      assert.isFalse(lib.isCancelled(value))
    }
    assert.isTrue(lib.isCancelled(new lib.AbortError('gone')))
  })

  test('an error that was once a reason of cancellation is by identity the reason of every task', async () => {
    const s = lib.scope()
    const reason = new CustomError('stop')
    const tasks = [1, 2, 3].map(() =>
      s.task(({ signal }) => new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))),
    )
    s.cancel(reason)
    for (const [err] of await Promise.all(tasks)) assert.strictEqual(err, reason)
    assert.strictEqual(s.signal.reason, reason)
    assert.isTrue(lib.isCancelled(reason))
    await s[Symbol.asyncDispose]()
  })

  for (const options of [{}, { timeout: 1_000 }]) {
    const layers = Object.keys(options).join() || 'no layer'
    timed(kit, `a promise with a then of its own can settle its task once only, with ${layers}`, async (clock) => {
      const s = lib.scope({ concurrency: 1 })
      const odd = (then: (done: (value: string) => void) => void) => Object.assign(Promise.resolve(''), { then })
      const ends: string[] = []
      const twice = s.task(({ task }) => {
        void task(() => sleep(10).then(() => ends.push('nested')))
        return odd((done) => {
          done('first')
          done('second')
        })
      }, options)
      void twice.settled.then(() => ends.push('task'))
      const error = new Error('then')
      const throwing = s.task(
        () =>
          odd(() => {
            throw error
          }),
        options,
      )
      await clock.advance(20)
      assert.deepEqual(await twice, [undefined, 'first'])
      assert.strictEqual((await throwing)[0], error)
      assert.deepEqual(ends, ['nested', 'task'], 'the permit was held until the nested one had ended')
      await s[Symbol.asyncDispose]()
    })
  }
}
