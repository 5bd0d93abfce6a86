/** `errorClass` wraps everything once, for its own caller; `systemErrorClass` only what has no class of its own. */

import { deferred, watch } from './fixtures.js'
import type { Kit } from './kit.js'
import { inScope, oddities, once, recordingProvider, reportsOf, untilAborted } from './policy-fixtures.js'

class DatabaseError extends Error {
  override readonly name: string = 'DatabaseError'
}

class DeadlockError extends DatabaseError {}

class SystemError extends Error {}

export function policyErrorClass(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  inScope(
    kit,
    'errorClass: wraps an error, which stays its cause by identity, and takes its message',
    {},
    async (s) => {
      for (const original of [
        new Error('plain'),
        new TypeError('typed'),
        Object.assign(new Error('tagged'), { _tag: 'Tagged' }),
      ]) {
        const [error, value] = await s.task(() => Promise.reject(original), { errorClass: DatabaseError })
        assert.instanceOf(error, DatabaseError)
        assert.strictEqual(error?.cause, original)
        assert.strictEqual(error?.message, original.message)
        assert.strictEqual(value, undefined)
      }
    },
  )

  inScope(kit, 'errorClass: the type of the error is the class', {}, async (s) => {
    const [error] = await s.task(() => Promise.reject(new Error('x')), { errorClass: DeadlockError })
    const typed: DeadlockError | undefined = error
    assert.instanceOf(typed, DeadlockError)
  })

  inScope(kit, 'errorClass: what is of the class already, or of a subclass, is not wrapped again', {}, async (s) => {
    for (const original of [new DatabaseError('own'), new DeadlockError('sub')]) {
      const [error] = await s.task(() => Promise.reject(original), { errorClass: DatabaseError })
      assert.strictEqual(error, original)
    }
    const [same] = await s.task(() => Promise.reject(new DatabaseError('x')), { errorClass: Error as never })
    assert.instanceOf(same, DatabaseError)
  })

  for (const odd of oddities) {
    inScope(
      kit,
      `errorClass: a thrown ${odd === '' ? "''" : String(odd)} is the cause itself, wrapped once`,
      {},
      async (s) => {
        const body = () => {
          throw odd
        }
        const [error] = await s.task(body, { errorClass: DatabaseError })
        assert.instanceOf(error, DatabaseError)
        assert.isTrue(error !== undefined && 'cause' in error)
        assert.isTrue(Object.is(error?.cause, odd))
        const [system] = await s.task(body, { systemErrorClass: SystemError })
        assert.instanceOf(system, SystemError)
        assert.isTrue(Object.is(system?.cause, odd))
      },
    )
  }

  inScope(kit, 'errorClass: wraps a cancellation, which is still told as one', {}, async (s) => {
    const reason = new Error('stop')
    const t = s.task(untilAborted, { errorClass: DatabaseError })
    t.cancel(reason)
    const [error] = await t
    assert.instanceOf(error, DatabaseError)
    assert.strictEqual(error?.cause, reason)
    assert.isTrue(lib.isCancelled(error))
    assert.strictEqual(t.status, 'cancelled')
    assert.strictEqual(t.signal.reason, reason, 'the signal carries the reason itself')
  })

  inScope(kit, 'errorClass: wraps the cancellation of a whole scope, for each task anew', {}, async (s, clock) => {
    const tasks = [1, 2].map(() => s.task(untilAborted, { errorClass: DatabaseError }))
    s.cancel('because')
    await clock.settle()
    const errors = (await Promise.all(tasks)).map(([error]) => error)
    for (const error of errors) {
      assert.instanceOf(error, DatabaseError)
      assert.isTrue(lib.isCancelled(error))
      assert.strictEqual(error?.cause, 'because', 'the reason itself, wrapped once')
    }
    const [late] = await s.task(() => 1, { errorClass: DatabaseError })
    assert.instanceOf(late, DatabaseError)
    assert.isTrue(lib.isCancelled(late))
  })

  inScope(kit, "errorClass: wraps the library's own failures, which are no cancellations", {}, async (s, clock) => {
    const timedOut = watch(s.task(untilAborted, { timeout: 5, errorClass: DatabaseError }))
    await clock.advance(5)
    assert.instanceOf(timedOut.value?.[0], DatabaseError)
    assert.instanceOf(timedOut.value?.[0]?.cause, lib.TimeoutError)
    assert.isFalse(lib.isCancelled(timedOut.value?.[0]))
    const circuitBreaker = lib.circuitBreaker({ failureThreshold: 1 })
    await s.task(() => Promise.reject(new Error('x')), { circuitBreaker })
    const [open] = await s.task(() => 1, { circuitBreaker, errorClass: DatabaseError })
    assert.instanceOf(open?.cause, lib.CircuitOpenError)
  })

  inScope(
    kit,
    'systemErrorClass: wraps plain errors, and leaves alone what has a class or a tag of its own',
    {},
    async (s) => {
      const plain = new Error('plain')
      const [wrapped] = await s.task(() => Promise.reject(plain), { systemErrorClass: SystemError })
      assert.instanceOf(wrapped, SystemError)
      assert.strictEqual(wrapped?.cause, plain)
      assert.strictEqual(wrapped?.message, 'plain')
      for (const own of [
        new TypeError('typed'),
        new DeadlockError('own'),
        Object.assign(new Error('tagged'), { _tag: 'Tagged' }),
        new SystemError('it'),
      ]) {
        const [error] = await s.task(() => Promise.reject(own), { systemErrorClass: SystemError })
        assert.strictEqual(error, own)
      }
    },
  )

  inScope(
    kit,
    "systemErrorClass: leaves the library's errors and cancellations alone, plain reasons too",
    {},
    async (_s, clock) => {
      const s = lib.scope({ persistence: { idempotency: recordingProvider() } })
      const options = { systemErrorClass: SystemError }
      const timedOut = watch(s.task(untilAborted, { ...options, timeout: 5 }))
      await clock.advance(5)
      assert.instanceOf(timedOut.value?.[0], lib.TimeoutError)
      const circuitBreaker = lib.circuitBreaker({ failureThreshold: 1 })
      await s.task(() => Promise.reject(new Error('x')), { circuitBreaker })
      assert.instanceOf((await s.task(() => 1, { ...options, circuitBreaker }))[0], lib.CircuitOpenError)
      const gate = deferred()
      const first = s.task(() => gate.promise, once('k'))
      await clock.settle()
      assert.instanceOf((await s.task(() => 1, { ...options, ...once('k') }))[0], lib.IdempotencyInProgressError)
      gate.resolve()
      await first
      for (const reason of [new Error('plain reason'), undefined]) {
        const t = s.task(untilAborted, options)
        t.cancel(reason)
        const [error] = await t
        assert.notInstanceOf(error, SystemError)
        if (reason !== undefined) assert.strictEqual(error, reason)
        assert.isTrue(lib.isCancelled(error))
      }
      s.cancel('text')
      const [cancelled] = await s.task(() => 1, options)
      assert.notInstanceOf(cancelled, SystemError)
      await s[Symbol.asyncDispose]()
    },
  )

  inScope(kit, 'errorClass: wins over systemErrorClass', {}, async (s) => {
    const both = { errorClass: DatabaseError, systemErrorClass: SystemError }
    assert.instanceOf((await s.task(() => Promise.reject(new Error('x')), both))[0], DatabaseError)
    assert.instanceOf((await s.task(() => Promise.reject(new TypeError('x')), both))[0], DatabaseError)
  })

  inScope(kit, 'errorClass: policies inside see the original error', {}, async (s, clock) => {
    const original = new Error('original')
    const seen: unknown[] = []
    const note = (error: unknown) => {
      seen.push(error)
      return true
    }
    const result = watch(
      s.task(() => Promise.reject(original), {
        errorClass: DatabaseError,
        retry: { max: 1, delay: 1, if: note, onRetry: note },
      }),
    )
    await clock.advance(10)
    assert.instanceOf(result.value?.[0], DatabaseError)
    assert.strictEqual(result.value?.[0]?.cause, original)
    assert.isAtLeast(seen.length, 2)
    for (const each of seen) assert.strictEqual(each, original)
  })

  for (const option of ['errorClass', 'systemErrorClass'] as const) {
    inScope(
      kit,
      `${option}: a class that throws is reported and the original error arrives`,
      {},
      async (s, _clock, log) => {
        const trouble = new Error('constructor')
        class Broken extends Error {
          constructor() {
            super()
            throw trouble
          }
        }
        const original = new Error('original')
        const [error] = await s.task(() => Promise.reject(original), { [option]: Broken })
        assert.strictEqual(error, original)
        assert.lengthOf(reportsOf(log, trouble), 1)
      },
    )

    inScope(kit, `${option}: what is no class is refused at the call`, {}, async (s) => {
      for (const odd of ['Error', {}, null, 5]) {
        assert.throws(
          () => s.task(() => assert.fail('started'), { [option]: odd as never }),
          TypeError,
          new RegExp(option),
        )
      }
    })
  }

  inScope(kit, 'errorClass: success is left alone', {}, async (s) => {
    const value = new Error('a value')
    const result = await s.task(() => value, { errorClass: DatabaseError })
    assert.strictEqual(result[0], undefined)
    assert.strictEqual(result[1], value)
  })

  inScope(kit, 'errorClass: awaiting again gives the same object', {}, async (s) => {
    const t = s.task(() => Promise.reject(new Error('x')), { errorClass: DatabaseError })
    assert.strictEqual((await t)[0], (await t)[0])
  })

  inScope(
    kit,
    'errorClass: parents get the wrapped failure as the reason with failFast',
    { failFast: true },
    async (s) => {
      const [error] = await s.task(() => Promise.reject(new Error('x')), { errorClass: DatabaseError })
      assert.instanceOf(error, DatabaseError)
      assert.strictEqual(s.reason, error)
    },
  )
}
