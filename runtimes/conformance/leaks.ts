/** After a task, and after a scope, nothing of it is left: no timer, listener, controller, entry or memory. */

import { aborted, deferred, sleep, timed, watch } from './fixtures.js'
import type { Kit } from './kit.js'

type Globals = Record<string, unknown>

export function leaks(kit: Kit): void {
  const { lib, test, env } = kit
  const assert: Chai.AssertStatic = kit.assert

  test('one listener on a foreign signal, however many scopes and tasks hang on it, and none afterwards', async () => {
    const tracked = kit.testing.trackSignal()
    const scopes = Array.from({ length: 100 }, () => lib.scope({ signal: tracked.signal }))
    for (const s of scopes) for (let i = 0; i < 10; i++) s.task(({ signal }) => aborted(signal))
    assert.isAtMost(tracked.listenerCount, 1)
    for (const s of scopes.slice(1)) await s[Symbol.asyncDispose]()
    assert.strictEqual(tracked.listenerCount, 1)
    const reason = new Error('still heard')
    tracked.abort(reason)
    assert.strictEqual(scopes[0]?.reason, reason)
    await scopes[0]?.[Symbol.asyncDispose]()
    assert.strictEqual(tracked.listenerCount, 0)
  })

  for (const cause of ['dispose', 'cancel', 'timeout', 'signal'] as const) {
    timed(kit, `no listener and no timer is left when a scope ends by ${cause}`, async (clock) => {
      const tracked = kit.testing.trackSignal()
      const root = lib.scope()
      const s = lib.scope({ signal: tracked.signal, timeout: 100, parent: root, concurrency: 2 })
      for (let i = 0; i < 4; i++) s.task(({ signal }) => aborted(signal), { timeout: 1000 })
      const options = { timeout: 1000, retry: { max: 3, delay: 1000 } }
      const child = s.createChild({ signal: tracked.signal, timeout: 50_000 })
      child.task(() => Promise.reject(new Error('again')), options).then(() => {})
      await clock.advance(10)
      if (cause === 'cancel') s.cancel()
      if (cause === 'timeout') await clock.advance(100)
      if (cause === 'signal') tracked.abort(new Error('stop'))
      const done = watch(s[Symbol.asyncDispose]())
      await clock.settle()
      assert.isTrue(done.settled)
      assert.strictEqual(tracked.listenerCount, 0)
      assert.strictEqual(clock.pendingTimers, 0)
      assert.lengthOf(root.debugTree({ tasks: true }).split('\n'), 1)
      await root[Symbol.asyncDispose]()
    })
  }

  timed(kit, 'a cancelled scope has let go of its timer before it is disposed', async (clock) => {
    const s = lib.scope({ timeout: 1000 })
    assert.strictEqual(clock.pendingTimers, 1)
    s.cancel()
    assert.strictEqual(clock.pendingTimers, 0)
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'a scope and a plain task arm no timer and make no controller', async (clock) => {
    const globals = globalThis as unknown as Globals
    const original = AbortController
    let made = 0
    const counting = class extends original {
      constructor() {
        super()
        made++
      }
    }
    // WebKit goes on using the old value of a host's global that was merely assigned to.
    const replace = (value: unknown) => {
      delete globals.AbortController
      Object.defineProperty(globals, 'AbortController', { configurable: true, writable: true, value })
    }
    replace(counting)
    try {
      const s = lib.scope({ name: 'plain', context: { a: 1 } }).provide('db', 1)
      const child = s.createChild()
      for (const owner of [s, child]) {
        const t = owner.task(async ({ services, context, attempt }) => [services, context, attempt])
        await t
        await t.settled
        const cancelled = owner.task(() => sleep(5))
        cancelled.cancel()
        await cancelled
      }
      assert.strictEqual(made, 0)
      await clock.advance(5)
      assert.strictEqual(clock.pendingTimers, 0)
      await s[Symbol.asyncDispose]()
      assert.strictEqual(made, 0)
      const other = lib.scope()
      await other.task(({ signal }) => signal)
      assert.strictEqual(made, 1)
      await other[Symbol.asyncDispose]()
    } finally {
      replace(original)
    }
  })

  timed(kit, 'the statics of AbortSignal, which leak, are never used', async (clock) => {
    const statics = AbortSignal as unknown as Globals
    const originals = { any: statics.any, timeout: statics.timeout }
    for (const name of ['any', 'timeout']) {
      statics[name] = () => {
        throw new Error(`AbortSignal.${name} was used`)
      }
    }
    try {
      const s = lib.scope({ signal: new AbortController().signal, timeout: 1000 })
      const child = s.createChild({ signal: new AbortController().signal, timeout: 500 })
      const t = child.task(({ signal, shield }) => shield(() => aborted(signal), { timeout: 100 }), {
        timeout: 50,
        retry: { max: 1, delay: 5, attemptTimeout: 10 },
      })
      await clock.advance(2000)
      assert.instanceOf((await t)[0], lib.TimeoutError)
      const done = watch(s[Symbol.asyncDispose]())
      await clock.advance(2000)
      assert.isTrue(done.settled)
      assert.strictEqual(clock.pendingTimers, 0)
    } finally {
      for (const name of ['any', 'timeout'] as const) {
        if (originals[name] === undefined) delete statics[name]
        else statics[name] = originals[name]
      }
    }
  })

  timed(kit, '100 000 tasks, one after another, leave no entry', async (clock) => {
    const s = lib.scope()
    let sum = 0
    for (let i = 0; i < 100_000; i++) {
      const [, value] = await s.task(() => i)
      sum += value ?? 0
    }
    assert.strictEqual(sum, (100_000 * 99_999) / 2)
    await clock.settle()
    assert.lengthOf(s.debugTree({ tasks: true }).split('\n'), 1)
    assert.notInclude(s.debugTree(), 'tasks:')
    assert.strictEqual(clock.pendingTimers, 0)
    await s[Symbol.asyncDispose]()
  })

  const { heapUsed } = env
  if (heapUsed !== undefined) {
    test('100 000 tasks, one after another, leave the heap flat', async () => {
      const s = lib.scope()
      const run = async (count: number): Promise<number> => {
        for (let i = 0; i < count; i++) {
          await s.task(async ({ signal }) => signal.aborted, i % 10 === 0 ? { timeout: 10_000 } : {})
        }
        let least = Infinity
        for (let look = 0; look < 5; look++) {
          await new Promise<void>((resolve) => setTimeout(resolve, 0)) // V8 frees some things only between turns
          least = Math.min(least, heapUsed())
        }
        return least
      }
      const before = await run(10_000)
      const after = await run(100_000)
      assert.isBelow(after - before, 1_000_000) // 10 bytes for each task
      await s[Symbol.asyncDispose]()
    })
  }

  timed(kit, 'undone registrations and disposed children are not kept until the end', async () => {
    const s = lib.scope()
    let calls = 0
    for (let i = 0; i < 10_000; i++) {
      s.onDispose(() => void calls++)()
      s.onAbort(() => void calls++)()
      s.onBeforeTask(() => void calls++)()
      s.onAfterTask(() => void calls++)()
    }
    await s.task(() => 1)
    await s[Symbol.asyncDispose]()
    assert.strictEqual(calls, 0)
  })

  timed(kit, 'every promise handed out settles when the scope is disposed', async (clock) => {
    const s = lib.scope({ concurrency: 1, gracePeriod: 10, onAbandoned: () => {} })
    const gate = deferred()
    const child = s.createChild({ onAbandoned: () => {} })
    const tasks = [
      s.task(() => gate.promise),
      s.task(() => 1),
      child.task(() => gate.promise),
      child.task(() => sleep(5)),
    ]
    const all = [
      ...tasks.map((t) => watch<unknown>(t)),
      ...tasks.map((t) => watch(t.settled)),
      watch(s.join()),
      watch(child.join()),
      watch(s[Symbol.asyncDispose]()),
      watch(child[Symbol.asyncDispose]()),
    ]
    await clock.advance(10)
    assert.deepEqual(
      all.map(({ settled }) => settled),
      all.map(() => true),
    )
    gate.resolve()
  })
}
