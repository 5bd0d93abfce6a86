/** Exit waits for bodies no longer than the grace period, says whom it left behind, and leaves nobody behind silently. */

import { deferred, recorder, sleep, timed, watch } from './fixtures.js'
import type { Kit } from './kit.js'

export function grace(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  for (const [gracePeriod, ms] of [
    [undefined, 2000],
    [2000, 2000],
    [50, 50],
    [0, 0],
  ] as const) {
    timed(
      kit,
      `with a grace period of ${gracePeriod} a body that ignores its signal is left after ${ms} ms`,
      async (clock) => {
        const abandoned: unknown[] = []
        const s = lib.scope({
          name: 'job',
          onAbandoned: (info) => void abandoned.push(info),
          ...(gracePeriod === undefined ? {} : { gracePeriod }),
        })
        const cleanups: string[] = []
        s.onDispose(() => void cleanups.push('ran'))
        const gate = deferred()
        const t = s.task(() => gate.promise, { id: 'stubborn' })
        await clock.advance(100)
        const done = watch(s[Symbol.asyncDispose]())
        if (ms > 0) {
          await clock.advance(ms - 1)
          assert.isFalse(done.settled)
          assert.deepEqual(cleanups, [])
          await clock.advance(1)
        } else await clock.advance(0)
        assert.isTrue(done.settled && !done.rejected)
        assert.deepEqual(cleanups, ['ran'])
        assert.deepEqual(abandoned, [{ name: 'stubborn', index: 1, scopeName: 'job', age: 100 + ms }])
        assert.strictEqual(clock.pendingTimers, 0)
        gate.reject(new Error('late'))
        await clock.settle()
        assert.isTrue(lib.isCancelled((await t)[0]))
        assert.lengthOf(abandoned, 1)
      },
    )
  }

  timed(kit, 'with a grace period of Infinity exit waits for ever, without a timer', async (clock) => {
    let abandoned = 0
    const s = lib.scope({ gracePeriod: Number.POSITIVE_INFINITY, onAbandoned: () => void abandoned++ })
    const gate = deferred()
    s.task(() => gate.promise)
    const done = watch(s[Symbol.asyncDispose]())
    assert.strictEqual(clock.pendingTimers, 0)
    await clock.advance(1e7)
    assert.isFalse(done.settled)
    gate.resolve()
    await clock.settle()
    assert.isTrue(done.settled)
    assert.strictEqual(abandoned, 0)
  })

  timed(kit, 'without onAbandoned the logger is warned, once for each body, by name and age', async (clock) => {
    const log = recorder()
    const s = lib.scope({ name: 'job', gracePeriod: 10, logger: log.logger })
    const gate = deferred()
    s.task(() => gate.promise, { id: 'stubborn' })
    s.task(() => gate.promise, { id: 'deaf' })
    s.task(() => sleep(5), { id: 'polite' })
    const done = watch(s[Symbol.asyncDispose]())
    await clock.advance(10)
    assert.isTrue(done.settled)
    const warnings = log.at('warn')
    assert.lengthOf(warnings, 2)
    for (const name of ['stubborn', 'deaf']) {
      const [line] = warnings.filter(({ message, args }) => `${message} ${JSON.stringify(args)}`.includes(name))
      assert.isOk(line, name)
      assert.match(`${line?.message} ${JSON.stringify(line?.args)}`, /10/)
    }
    gate.resolve()
    await clock.settle()
    assert.lengthOf(log.lines, 2)
  })

  timed(kit, 'a throwing onAbandoned is reported once and holds nothing up', async (clock) => {
    const log = recorder()
    const error = new Error('callback')
    let calls = 0
    const s = lib.scope({
      gracePeriod: 10,
      logger: log.logger,
      onAbandoned: () => {
        calls++
        throw error
      },
    })
    const gate = deferred()
    s.task(() => gate.promise)
    const done = watch(s[Symbol.asyncDispose]())
    await clock.advance(10)
    assert.isTrue(done.settled && !done.rejected)
    assert.strictEqual(calls, 1)
    assert.lengthOf(log.lines, 1)
    gate.resolve()
  })

  timed(kit, 'bodies that end in time are not reported, and no timer is left', async (clock) => {
    const log = recorder()
    const s = lib.scope({ logger: log.logger })
    s.task(() => sleep(1000))
    const done = watch(s[Symbol.asyncDispose]())
    await clock.advance(1000)
    assert.isTrue(done.settled)
    assert.deepEqual(log.lines, [])
    assert.strictEqual(clock.pendingTimers, 0)
  })

  timed(kit, "a child's abandoned body is reported once, under its own scope's name", async (clock) => {
    const abandoned: { name: string; scopeName: string }[] = []
    const onAbandoned = ({ name, scopeName }: { name: string; scopeName: string }) =>
      void abandoned.push({ name, scopeName })
    const root = lib.scope({ name: 'root', gracePeriod: 10, onAbandoned })
    const child = root.createChild({ name: 'child', gracePeriod: 10, onAbandoned })
    const gate = deferred()
    child.task(() => gate.promise, { id: 'stubborn' })
    const done = watch(root[Symbol.asyncDispose]())
    await clock.advance(10_000)
    assert.isTrue(done.settled)
    assert.deepEqual(abandoned, [{ name: 'stubborn', scopeName: 'child' }])
    gate.resolve()
    await clock.settle()
    assert.lengthOf(abandoned, 1)
  })

  timed(kit, 'a tree waits for one grace period, not for one after another', async (clock) => {
    const root = lib.scope({ gracePeriod: 100, logger: new lib.NoOpLogger() })
    const gate = deferred()
    let owner = root
    for (let depth = 0; depth < 5; depth++) {
      owner.task(() => gate.promise)
      owner = owner.createChild({ gracePeriod: 100 })
    }
    const done = watch(root[Symbol.asyncDispose]())
    await clock.advance(100)
    assert.isTrue(done.settled)
    gate.resolve()
  })

  timed(kit, "an abandoned body's afterTask fires at abandonment, with the reason, never twice", async (clock) => {
    const calls: [string, unknown][] = []
    const s = lib.scope({
      gracePeriod: 10,
      onAbandoned: () => {},
      hooks: { afterTask: (name, _duration, error) => void calls.push([name, error]) },
    })
    const gate = deferred()
    s.task(() => gate.promise)
    const done = watch(s[Symbol.asyncDispose]())
    await clock.settle()
    assert.deepEqual(calls, [])
    await clock.advance(10)
    assert.isTrue(done.settled)
    assert.deepEqual(calls, [['task-1', s.reason]])
    gate.resolve()
    await clock.settle()
    assert.lengthOf(calls, 1)
  })

  timed(kit, 'a body that awaits the disposal of its own scope is left after the grace period', async (clock) => {
    const abandoned: string[] = []
    const s = lib.scope({ onAbandoned: ({ name }) => void abandoned.push(name) })
    const t = s.task(() => s[Symbol.asyncDispose]())
    await clock.advance(2000)
    const done = watch(s[Symbol.asyncDispose]())
    await clock.settle()
    assert.isTrue(done.settled)
    assert.deepEqual(abandoned, ['task-1'])
    assert.isTrue(lib.isCancelled((await t)[0]))
    await t.settled
  })

  timed(kit, 'a section entered after the abandonment, and a second disposal, hang nobody', async (clock) => {
    const s = lib.scope({ gracePeriod: 10, onAbandoned: () => {} })
    const gate = deferred()
    let late = 'pending'
    let calls = 0
    s.task(async ({ shield, task }) => {
      await gate.promise
      try {
        task(() => void calls++)
      } catch {}
      try {
        await shield(() => 'section')
        late = 'ran'
      } catch {
        late = 'refused'
      }
    })
    const done = watch(s[Symbol.asyncDispose]())
    await clock.advance(10)
    assert.isTrue(done.settled)
    gate.resolve()
    await clock.settle()
    assert.notStrictEqual(late, 'pending')
    assert.strictEqual(calls, 0)
    assert.strictEqual(clock.pendingTimers, 0)
  })

  timed(kit, 'a hundred thousand milliseconds of a jumping clock end the grace period once', async (clock) => {
    let abandoned = 0
    const s = lib.scope({ onAbandoned: () => void abandoned++ })
    const gate = deferred()
    for (let i = 0; i < 10; i++) s.task(() => gate.promise)
    const done = watch(s[Symbol.asyncDispose]())
    await clock.advance(100_000)
    assert.isTrue(done.settled)
    assert.strictEqual(abandoned, 10)
    gate.resolve()
    await clock.settle()
    assert.strictEqual(abandoned, 10)
  })

  timed(kit, 'settled of an abandoned task still waits for its body, or for the abandonment', async (clock) => {
    const s = lib.scope({ gracePeriod: 10, onAbandoned: () => {} })
    const gate = deferred()
    const t = s.task(() => gate.promise)
    const settled = watch(t.settled)
    const done = watch(s[Symbol.asyncDispose]())
    await clock.advance(10)
    assert.isTrue(done.settled)
    gate.resolve()
    await clock.settle()
    assert.isTrue(settled.settled && !settled.rejected)
  })
}
