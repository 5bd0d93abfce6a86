/** An event emitter calls those that listen, breaks for none of them, and forgets them all with its owner. */

import { recorder, tells, thrownBy, timed, watch } from './fixtures.js'
import type { Kit } from './kit.js'

interface Events {
  said: [text: string, times: number]
  counted: (n: number) => void
  closed: []
}

export function syncEventEmitter(kit: Kit): void {
  listening(kit)
  amid(kit)
  troubles(kit)
  waiting(kit)
  iterating(kit)
  endings(kit)
}

function listening(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'eventEmitter: calls the listeners in order, with the arguments, until they are taken back', async () => {
    const s = lib.scope()
    const emitter = s.eventEmitter<Events>()
    assert.instanceOf(emitter, lib.ScopedEventEmitter)
    assert.strictEqual(lib.createEventEmitter, lib.eventEmitter)
    const log: string[] = []
    assert.isFalse(emitter.emit('said', 'nobody', 0))
    const hear = (text: string, times: number): void => void log.push(`a ${text} ${times}`)
    const undo = emitter.on('said', hear)
    emitter.once('said', (text) => log.push(`b ${text}`))
    emitter.on('said', hear)
    emitter.on('closed', () => log.push('closed'))
    assert.strictEqual(emitter.listenerCount('said'), 3)
    assert.isTrue(emitter.emit('said', 'x', 1))
    assert.deepEqual(log.splice(0), ['a x 1', 'b x', 'a x 1'])
    assert.isTrue(emitter.off('said', hear))
    undo()
    undo()
    assert.isFalse(emitter.off('said', hear))
    assert.isFalse(emitter.emit('said', 'y', 2))
    assert.strictEqual(emitter.listenerCount('said'), 0)
    assert.isTrue(emitter.emit('closed'))
    assert.deepEqual(log, ['closed'])
    await s[Symbol.asyncDispose]()
  })
}

function amid(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'eventEmitter: those removed during an emit are not called, those added not in that emit', async () => {
    const s = lib.scope()
    const emitter = s.eventEmitter<Events>()
    const log: string[] = []
    emitter.on('closed', () => {
      log.push('first')
      undo()
      emitter.once('closed', () => log.push('added'))
    })
    const undo = emitter.on('closed', () => log.push('removed'))
    emitter.on('closed', () => log.push('last'))
    emitter.emit('closed')
    assert.deepEqual(log.splice(0), ['first', 'last'])
    emitter.emit('closed')
    assert.deepEqual(log.splice(0), ['first', 'last', 'added'])
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'eventEmitter: once is once, even when its listener emits', async () => {
    const s = lib.scope()
    const emitter = s.eventEmitter<Events>()
    let calls = 0
    emitter.once('closed', () => {
      calls++
      assert.isFalse(emitter.emit('closed'))
    })
    emitter.emit('closed')
    assert.strictEqual(calls, 1)
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'eventEmitter: a listener that ends the scope is the last to be called', async () => {
    const s = lib.scope()
    const emitter = s.eventEmitter<Events>()
    emitter.on('closed', () => s.cancel())
    emitter.on('closed', () => assert.fail('never'))
    assert.isTrue(emitter.emit('closed'))
    assert.isFalse(emitter.emit('closed'))
    await s[Symbol.asyncDispose]()
  })
}

function troubles(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  timed(
    kit,
    'eventEmitter: what a listener throws or rejects with is reported once and stops no other',
    async (clock) => {
      const { logger, at } = recorder()
      const s = lib.scope({ logger })
      const emitter = s.eventEmitter<Events>()
      const errors = [new Error('thrown'), new Error('rejected')] as const
      let called = 0
      emitter.on('closed', () => {
        throw errors[0]
      })
      emitter.on('closed', async () => {
        throw errors[1]
      })
      emitter.on('closed', () => called++)
      assert.isTrue(emitter.emit('closed'))
      await clock.settle()
      assert.strictEqual(called, 1)
      for (const error of errors) assert.strictEqual(at('error').filter((line) => tells(line, error)).length, 1)
      await s[Symbol.asyncDispose]()
    },
  )

  kit.test('eventEmitter: nonsense is refused at the call', async () => {
    const s = lib.scope()
    const emitter = s.eventEmitter<Events>()
    for (const wrong of [
      () => emitter.on('said', undefined as never),
      () => emitter.once({} as never, (() => {}) as never),
      () => emitter.waitFor(undefined as never),
      () => emitter.waitFor('said', { filter: 1 as never }),
      () => emitter.waitFor('said', { signal: {} as never }),
      () => emitter.events('said', 5 as never),
    ])
      assert.instanceOf(thrownBy(wrong), TypeError)
    for (const wrong of [
      () => emitter.waitFor('said', { timeout: -1 }),
      () => emitter.events('said', { capacity: 0 }),
      () => emitter.events('said', { backpressure: 'block' as never }),
    ])
      assert.instanceOf(thrownBy(wrong), RangeError)
    assert.strictEqual(emitter.listenerCount('said'), 0)
    await s[Symbol.asyncDispose]()
    for (const late of [
      () => emitter.on('closed', () => {}),
      () => emitter.once('closed', () => {}),
      () => emitter.events('closed'),
      () => s.eventEmitter(),
    ])
      assert.instanceOf(thrownBy(late), lib.ScopeDisposedError)
  })
}

function waiting(kit: Kit): void {
  const { lib } = kit
  const { trackSignal, assertNothingLeft } = kit.testing
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'eventEmitter: waitFor resolves to the arguments of the next event that passes', async (clock) => {
    const { logger, at } = recorder()
    const s = lib.scope({ logger })
    const emitter = s.eventEmitter<Events>()
    const tracked = trackSignal()
    const options = { signal: tracked.signal, timeout: 1_000 }
    const next = watch(emitter.waitFor('said', options))
    const filter = (n: number): boolean => {
      if (n === 0) throw new Error('filter')
      return n > 1
    }
    const big = watch(emitter.waitFor('counted', { ...options, filter }))
    emitter.emit('said', 'x', 1)
    for (const n of [0, 1, 2, 3]) emitter.emit('counted', n)
    await clock.settle()
    assert.deepEqual([next.value, big.value], [['x', 1], [2]])
    assert.lengthOf(at('error'), 1)
    assert.strictEqual(emitter.listenerCount('said') + emitter.listenerCount('counted'), 0)
    assertNothingLeft({ clock, signals: [tracked] })
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'eventEmitter: waitFor ends by timeout, by signal and by the end of the scope', async (clock) => {
    const s = lib.scope()
    const emitter = s.eventEmitter<Events>()
    const tracked = trackSignal()
    const expired = watch(emitter.waitFor('closed', { timeout: 0 }))
    const late = watch(emitter.waitFor('closed', { timeout: 10 }))
    const left = watch(emitter.waitFor('closed', { signal: tracked.signal }))
    const ended = watch(emitter.waitFor('closed', { signal: tracked.signal, timeout: Infinity }))
    await clock.advance(10)
    for (const { error } of [expired, late]) assert.instanceOf(error, lib.TimeoutError)
    assert.strictEqual((late.error as Error).message, 'Event timeout after 10ms: closed')
    assert.strictEqual(emitter.listenerCount('closed'), 2)
    const reason = new Error('enough')
    s.cancel(reason)
    assertNothingLeft({ clock, signals: [tracked] })
    await clock.settle()
    assert.deepEqual([left.error, ended.error], [reason, reason])
    const later = watch(emitter.waitFor('closed'))
    await clock.settle()
    assert.strictEqual(later.error, reason)

    const other = lib.scope()
    const quiet = lib.eventEmitter<Events>(other)
    const gone = watch(quiet.waitFor('closed', { signal: tracked.signal }))
    tracked.abort(reason)
    await clock.settle()
    assert.strictEqual(gone.error, reason)
    assert.strictEqual(quiet.listenerCount('closed'), 0)
    for (const it of [s, other]) await it[Symbol.asyncDispose]()
    assertNothingLeft({ clock, signals: [tracked], scopes: [s, other] })
  })
}

function iterating(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'eventEmitter: events gives all of them in order from the call on; leaving ends it', async () => {
    const s = lib.scope()
    const emitter = s.eventEmitter<Events>()
    emitter.emit('counted', 0)
    const events = emitter.events('counted')
    for (const n of [1, 2, 3, 4]) emitter.emit('counted', n)
    const seen: number[] = []
    for await (const [n] of events) {
      seen.push(n)
      if (n === 3) break
    }
    assert.deepEqual(seen, [1, 2, 3])
    assert.strictEqual(emitter.listenerCount('counted'), 0)
    assert.isFalse(emitter.emit('counted', 5))
    assert.isTrue((await events.next()).done)
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'eventEmitter: events with a capacity drops the oldest or the latest, and tells', async () => {
    const s = lib.scope()
    const emitter = s.eventEmitter<Events>()
    for (const backpressure of ['drop-oldest', 'drop-latest'] as const) {
      const dropped: number[] = []
      const onDrop = ([n]: readonly [number]): void => void dropped.push(n)
      const events = emitter.events('counted', { capacity: 2, backpressure, onDrop })
      for (const n of [1, 2, 3]) emitter.emit('counted', n)
      const first = await events.next()
      assert.deepEqual([first.value, dropped], backpressure === 'drop-oldest' ? [[2], [1]] : [[1], [3]])
      await events.return()
    }
    await s[Symbol.asyncDispose]()
  })
}

function endings(kit: Kit): void {
  const { lib } = kit
  const { assertNothingLeft } = kit.testing
  const assert: Chai.AssertStatic = kit.assert

  timed(
    kit,
    'eventEmitter: with the scope all listeners are gone, and iterations reject with the reason',
    async (clock) => {
      const s = lib.scope()
      const emitter = s.eventEmitter<Events>()
      emitter.on('closed', () => assert.fail('never'))
      const reading = watch(emitter.events('closed').next())
      const reason = new Error('enough')
      s.cancel(reason)
      assert.deepEqual([emitter.emit('closed'), emitter.listenerCount('closed')], [false, 0])
      emitter.on('closed', () => assert.fail('never'))()
      assert.strictEqual(emitter.listenerCount('closed'), 0)
      await clock.settle()
      assert.strictEqual(reading.error, reason)
      await s[Symbol.asyncDispose]()
      assert.isFalse(emitter.emit('closed'))
      assertNothingLeft({ clock, scopes: [s] })
    },
  )
}
