/** Joining waits without cancelling; a shielded section is not reached by cancellation, and exit waits for it. */

import { aborted, deferred, sleep, timed, watch } from './fixtures.js'
import type { Kit } from './kit.js'

export function joinAndShield(kit: Kit): void {
  const { lib, test } = kit
  const assert: Chai.AssertStatic = kit.assert

  timed(
    kit,
    'join waits for all work, of children and of tasks started meanwhile too, and cancels nothing',
    async (clock) => {
      const s = lib.scope()
      const log: string[] = []
      s.task(async () => {
        await sleep(10)
        s.task(() => sleep(30).then(() => log.push('started meanwhile')))
      })
      s.createChild().task(() => sleep(20).then(() => log.push('child')))
      const joined = watch(s.join())
      await clock.advance(39)
      assert.isFalse(joined.settled)
      await clock.advance(1)
      assert.isTrue(joined.settled && !joined.rejected)
      assert.strictEqual(joined.value, undefined)
      assert.deepEqual(log, ['child', 'started meanwhile'])
      assert.isFalse(s.aborted || s.isDisposed)
      assert.deepEqual(await s.task(() => 'more'), [undefined, 'more'])
      await s[Symbol.asyncDispose]()
    },
  )

  timed(
    kit,
    'join of an idle scope resolves, failures do not reject it, and it may be called many times',
    async (clock) => {
      const s = lib.scope({ onUnhandled: () => {} })
      await s.join()
      s.task(() => Promise.reject(new Error('bad')))
      const [one, two] = [watch(s.join()), watch(s.join())]
      await clock.settle()
      assert.isTrue(one.settled && two.settled && !one.rejected && !two.rejected)
      await s[Symbol.asyncDispose]()
      await s.join()
    },
  )

  timed(kit, 'join waits for the bodies of cancelled tasks, and for queued ones', async (clock) => {
    const s = lib.scope({ concurrency: 1 })
    const gate = deferred()
    const cancelled = s.task(() => gate.promise)
    const queued = s.task(() => 'queued')
    cancelled.cancel()
    const joined = watch(s.join())
    await clock.settle()
    assert.isFalse(joined.settled)
    gate.resolve()
    await clock.settle()
    assert.isTrue(joined.settled && queued.isSettled)
    await s[Symbol.asyncDispose]()
  })

  timed(
    kit,
    'a join that is waiting when the scope is disposed settles, even if a body is abandoned',
    async (clock) => {
      const s = lib.scope({ gracePeriod: 10, onAbandoned: () => {} })
      const gate = deferred()
      s.task(() => gate.promise)
      const joined = watch(s.join())
      const done = watch(s[Symbol.asyncDispose]())
      await clock.advance(10)
      assert.isTrue(done.settled)
      assert.isTrue(joined.settled)
      gate.resolve()
    },
  )

  timed(
    kit,
    'cancellation does not reach a shielded section, and exit waits for it beyond the grace period',
    async (clock) => {
      let abandoned = 0
      const s = lib.scope({ gracePeriod: 10, onAbandoned: () => void abandoned++ })
      let section: AbortSignal | undefined
      let value: unknown
      const t = s.task(async ({ shield }) => {
        value = await shield(async ({ signal }) => {
          section = signal
          await sleep(5000)
          return 'committed'
        })
      })
      const reason = new Error('stop')
      t.cancel(reason)
      assert.strictEqual((await t)[0], reason)
      const done = watch(s[Symbol.asyncDispose]())
      await clock.advance(4999)
      assert.isFalse(section?.aborted)
      assert.isFalse(done.settled)
      await clock.advance(1)
      assert.strictEqual(value, 'committed')
      assert.isTrue(done.settled)
      assert.strictEqual(abandoned, 0)
      assert.strictEqual(clock.pendingTimers, 0)
    },
  )

  timed(kit, 'a section may be entered after the abort, to clean up', async (clock) => {
    let abandoned = 0
    const s = lib.scope({ gracePeriod: 100, onAbandoned: () => void abandoned++ })
    let cleaned = false
    s.task(async ({ signal, shield }) => {
      await aborted(signal)
      await shield(async (inner) => {
        assert.isFalse(inner.signal.aborted)
        await sleep(500)
        cleaned = true
      })
    })
    const done = watch(s[Symbol.asyncDispose]())
    await clock.advance(499)
    assert.isFalse(done.settled)
    await clock.advance(1)
    assert.isTrue(done.settled && cleaned)
    assert.strictEqual(abandoned, 0)
  })

  timed(kit, 'after the last section the rest of a body gets the grace period, not more', async (clock) => {
    const s = lib.scope({ gracePeriod: 100, onAbandoned: () => {} })
    const gate = deferred()
    s.task(async ({ shield }) => {
      await shield(() => sleep(1000))
      await gate.promise
    })
    const done = watch(s[Symbol.asyncDispose]())
    await clock.advance(1000)
    await clock.advance(100)
    assert.isTrue(done.settled)
    gate.resolve()
  })

  timed(kit, 'a section that ended within the grace period gives no other body more of it', async (clock) => {
    const abandoned: string[] = []
    const s = lib.scope({ gracePeriod: 100, onAbandoned: ({ name }) => void abandoned.push(name) })
    const gate = deferred()
    s.task(() => gate.promise, { id: 'stubborn' })
    s.task(({ shield }) => shield(() => sleep(50)), { id: 'careful' })
    const done = watch(s[Symbol.asyncDispose]())
    await clock.advance(99)
    assert.isFalse(done.settled)
    await clock.advance(1)
    assert.isTrue(done.settled)
    assert.deepEqual(abandoned, ['stubborn'])
    gate.resolve()
  })

  timed(kit, "a section's own timeout aborts its signal, rejects, and ends the waiting for it", async (clock) => {
    const s = lib.scope({ gracePeriod: 10, onAbandoned: () => {} })
    const gate = deferred()
    let section: AbortSignal | undefined
    let caught: unknown
    s.task(async ({ shield }) => {
      try {
        await shield(
          ({ signal }) => {
            section = signal
            return gate.promise
          },
          { timeout: 50 },
        )
      } catch (error) {
        caught = error
      }
    })
    const done = watch(s[Symbol.asyncDispose]())
    await clock.advance(49)
    assert.isFalse(section?.aborted || done.settled)
    await clock.advance(1)
    assert.instanceOf(caught, lib.TimeoutError)
    assert.strictEqual((caught as InstanceType<typeof lib.TimeoutError>).ms, 50)
    assert.isTrue(section?.aborted)
    assert.strictEqual(section?.reason, caught)
    await clock.advance(10)
    assert.isTrue(done.settled)
    gate.reject(new Error('late'))
    await clock.settle()
    assert.strictEqual(clock.pendingTimers, 0)
  })

  test('a section gives its value and its error by identity, also when it is synchronous', async () => {
    const s = lib.scope()
    const error = new Error('section')
    const [err, value] = await s.task(async ({ shield }) => {
      const seen = [await shield(() => 'sync'), await shield(async () => 'async')]
      for (const fail of [
        () => {
          throw error
        },
        () => Promise.reject(error),
      ]) {
        seen.push(String((await shield(fail).catch((thrown: unknown) => thrown)) === error))
      }
      return seen
    })
    assert.strictEqual(err, undefined)
    assert.deepEqual(value, ['sync', 'async', 'true', 'true'])
    await s[Symbol.asyncDispose]()
  })
}
