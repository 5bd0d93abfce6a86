/** `parallel`, `race`, `any` and `poll` work without a scope, and owners without tasks do too. */

import { deferred, sleep, thrownBy, timed, watch } from './fixtures.js'
import type { Kit } from './kit.js'
import { untilAborted } from './policy-fixtures.js'

export function standalone(kit: Kit): void {
  results(kit)
  endings(kit)
  polls(kit)
  lifetimes(kit)
}

function results(kit: Kit): void {
  const { lib } = kit
  const { trackSignal, assertNothingLeft } = kit.testing
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'standalone: parallel, race and any give what they give in a scope', async (clock) => {
    const error = new Error('thrown')
    assert.deepEqual(await lib.parallel([]), [])
    assert.deepEqual(await lib.parallel([() => 1, async () => 'two'] as const), [
      [undefined, 1],
      [undefined, 'two'],
    ])
    const [first, second] = await lib.parallel([() => Promise.reject(error), untilAborted])
    assert.strictEqual(first[0], error)
    assert.strictEqual(second[0]?.cause, error)
    assert.deepEqual(await lib.race([() => 'a', untilAborted]), [undefined, 'a'])
    assert.deepEqual(await lib.any([() => Promise.reject(error), () => 'b']), [undefined, 'b'])
    const s = lib.scope()
    assert.deepEqual(await lib.any(s, [() => Promise.reject(error), () => 'b']), [undefined, 'b'])
    assert.deepEqual(await lib.parallel(s, [() => 1]), [[undefined, 1]])
    await s[Symbol.asyncDispose]()
    assertNothingLeft({ clock })
  })

  timed(
    kit,
    'standalone: a factory is given a signal, synchronously, and nothing that it has no right to',
    async () => {
      let keys: string[] = []
      await lib.parallel([
        (context) => {
          keys = Object.keys(context)
          assert.isFalse(context.signal.aborted)
        },
      ])
      assert.deepEqual(keys, [])
    },
  )

  timed(kit, 'standalone: signal cancels everything with its reason, and is left alone afterwards', async (clock) => {
    const tracked = trackSignal()
    const { signal } = tracked
    const done = await lib.parallel([() => 1], { signal })
    assert.deepEqual(done, [[undefined, 1]])
    const runs = [
      watch(lib.parallel([untilAborted, untilAborted], { signal })),
      watch(lib.race([untilAborted], { signal }).then((result) => [result])),
      watch(lib.any([untilAborted], { signal }).then((result) => [result])),
    ]
    const reason = new Error('gone')
    tracked.abort(reason)
    await clock.settle()
    for (const { value } of runs) for (const [error] of value ?? [[undefined]]) assert.strictEqual(error, reason)
    const late = await lib.race([() => assert.fail('never')], { signal })
    assert.strictEqual(late[0], reason)
    const [lateToo] = await lib.parallel([() => assert.fail('never')], { signal })
    assert.strictEqual(lateToo[0], reason)
    assertNothingLeft({ clock, signals: [tracked] })
  })

  timed(kit, 'standalone: arguments that make no sense are refused at the call, and leave nothing', (clock) => {
    const tracked = trackSignal()
    const { signal } = tracked
    assert.instanceOf(
      thrownBy(() => void lib.parallel([1 as never], { signal })),
      TypeError,
    )
    assert.instanceOf(
      thrownBy(() => void lib.race([() => 1], { signal, timeout: -1 })),
      RangeError,
    )
    assert.instanceOf(
      thrownBy(() => void lib.any([() => 1], { signal: 5 as never })),
      TypeError,
    )
    assert.instanceOf(
      thrownBy(() => void lib.parallel([() => 1], { gracePeriod: -1 })),
      RangeError,
    )
    assert.instanceOf(
      thrownBy(() => lib.poll(() => 1, undefined as never)),
      TypeError,
    )
    assertNothingLeft({ clock, signals: [tracked] })
  })
}

function endings(kit: Kit): void {
  const { lib } = kit
  const { assertNothingLeft } = kit.testing
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'standalone: nothing runs any more when the promise resolves', async (clock) => {
    const gate = deferred()
    let ended = false
    const slow = async (): Promise<string> => {
      await gate.promise
      ended = true
      return 'slow'
    }
    const result = watch(lib.race([slow, async () => 'quick']))
    await clock.settle()
    assert.isFalse(result.settled, 'the loser still runs')
    gate.resolve()
    await clock.settle()
    assert.isTrue(ended)
    assert.deepEqual(result.value, [undefined, 'quick'])
    assertNothingLeft({ clock })
  })

  timed(kit, 'standalone: a body that ignores its signal is waited for as long as gracePeriod says', async (clock) => {
    const result = watch(lib.race([() => new Promise<never>(() => {}), () => sleep(10)], { gracePeriod: 40 }))
    await clock.advance(49)
    assert.isFalse(result.settled)
    await clock.advance(1)
    assert.deepEqual(result.value, [undefined, undefined])
    assertNothingLeft({ clock })
  })
}

function polls(kit: Kit): void {
  const { lib } = kit
  const { trackSignal, assertNothingLeft } = kit.testing
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'standalone: poll goes on until stop, until or signal', async (clock) => {
    const tracked = trackSignal()
    const values: number[] = []
    let next = 0
    const controller = lib.poll(
      () => next++,
      (value) => void values.push(value),
      { interval: 10, signal: tracked.signal },
    )
    await clock.advance(25)
    assert.deepEqual(values, [0, 1, 2])
    controller.stop()
    assertNothingLeft({ clock, signals: [tracked] })
    controller.start()
    await clock.advance(0)
    tracked.abort(new Error('gone'))
    assertNothingLeft({ clock, signals: [tracked] })
    const until = lib.poll(
      () => next++,
      () => {},
      { interval: 10, until: (value) => value > 5 },
    )
    await clock.advance(100)
    assert.isFalse(until.status().running)
    assertNothingLeft({ clock })
  })
}

function lifetimes(kit: Kit): void {
  const { lib } = kit
  const { trackSignal, assertNothingLeft } = kit.testing
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'lifetime: owns features without tasks, and ends them last first', async (clock) => {
    const tracked = trackSignal()
    const owner = lib.createLifetime({ name: 'own', signal: tracked.signal })
    const log: string[] = []
    owner.onDispose(() => void log.push('first'))
    owner.onDispose(async () => void log.push('second'))
    const undo = owner.onDispose(() => void log.push('taken back'))
    undo()
    const sem = lib.semaphore(owner, 1)
    await sem.acquire()
    const waiting = watch(sem.acquire())
    const end = owner[Symbol.asyncDispose]()
    assert.strictEqual(end, owner[Symbol.asyncDispose]())
    assert.isTrue(owner.aborted && owner.isDisposed)
    await end
    assert.deepEqual(log, ['second', 'first'])
    assert.strictEqual((waiting.error as Error).message, 'Scope disposed: own')
    assert.instanceOf(
      thrownBy(() => owner.onDispose(() => {})),
      lib.ScopeDisposedError,
    )
    assert.instanceOf(
      thrownBy(() => lib.semaphore(owner, 1)),
      lib.ScopeDisposedError,
    )
    assertNothingLeft({ clock, signals: [tracked] })
  })

  timed(kit, 'lifetime: is cancelled by its signal or by hand, with the reason itself', async (clock) => {
    const tracked = trackSignal()
    const reason = new Error('gone')
    const bySignal = lib.createLifetime({ signal: tracked.signal })
    const byHand = lib.createLifetime()
    const heard: unknown[] = []
    bySignal.onAbort((error) => heard.push(error))
    tracked.abort(reason)
    byHand.cancel()
    assert.deepEqual(heard, [reason])
    assert.strictEqual(bySignal.reason, reason)
    assert.strictEqual(bySignal.signal.reason, reason)
    assert.strictEqual(lib.createLifetime({ signal: tracked.signal }).abortError, reason)
    assert.instanceOf(byHand.reason, lib.AbortError)
    assert.isFalse(byHand.isDisposed)
    assertNothingLeft({ clock, signals: [tracked] })
    await byHand[Symbol.asyncDispose]()
  })

  timed(kit, 'lifetime: errors of its cleanups are thrown, all of them', async () => {
    const owner = lib.createLifetime()
    const errors = [new Error('a'), new Error('b')]
    for (const error of errors) {
      owner.onDispose(() => {
        throw error
      })
    }
    const thrown = await owner[Symbol.asyncDispose]().then(
      () => assert.fail('must throw'),
      (error: unknown) => error as { error: unknown; suppressed: unknown },
    )
    assert.deepEqual([thrown.error, thrown.suppressed], errors)
  })

  kit.test('lifetime: options that make no sense are refused at the call', () => {
    for (const options of [{ name: 5 }, { signal: {} }, { gracePeriod: '5' }, 5]) {
      assert.instanceOf(
        thrownBy(() => lib.createLifetime(options as never)),
        TypeError,
      )
    }
    assert.instanceOf(
      thrownBy(() => lib.createLifetime({ gracePeriod: -1 })),
      RangeError,
    )
  })
}
