/** Channels: every operation takes effect at once, nothing is lost, nothing is left over. */

import type { Channel } from '../generic/index.js'
import { deferred, recorder, thrownBy, timed, watch } from './fixtures.js'
import type { Kit } from './kit.js'

export function syncChannel(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, "the reference's example: a producer, a consumer, a buffer", async () => {
    const s = lib.scope()
    const ch = s.channel<string>(10)
    const items = Array.from({ length: 25 }, (_, i) => `item ${i}`)
    s.task(async () => {
      for (const item of items) await ch.send(item)
      ch.close()
    })
    const seen: string[] = []
    for await (const item of ch) seen.push(item)
    assert.deepEqual(seen, items)
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'several producers and consumers: each value arrives once, in order of each producer', async (clock) => {
    const s = lib.scope()
    for (const capacity of [0, 1, 7, Infinity]) {
      const ch = s.channel<[producer: number, n: number]>(capacity)
      const seen: [number, number][][] = [[], [], []]
      const producers = [0, 1, 2, 3].map((producer) =>
        s.task(async () => {
          for (let n = 0; n < 50; n++) assert.isTrue(await ch.send([producer, n]))
        }),
      )
      const consumers = seen.map((list) =>
        s.task(async () => {
          for await (const value of ch) list.push(value)
        }),
      )
      await Promise.all(producers)
      ch.close()
      for (const [error] of await Promise.all(consumers)) assert.isUndefined(error)
      assert.lengthOf(new Set(seen.flat().map(String)), 200)
      for (const list of seen) {
        for (const producer of [0, 1, 2, 3]) {
          const own = list.filter(([from]) => from === producer).map(([, n]) => n)
          assert.deepEqual(
            own,
            [...own].sort((a, b) => a - b),
          )
        }
      }
    }
    assert.strictEqual(clock.pendingTimers, 0)
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'both forms of options, and what they say', () => {
    const s = lib.scope()
    const shape = ({ capacity, size, isClosed }: Channel<number>): unknown[] => [capacity, size, isClosed]
    assert.deepEqual(shape(s.channel<number>()), [0, 0, false])
    assert.deepEqual(shape(s.channel<number>(2, { backpressure: 'error' })), [2, 0, false])
    assert.deepEqual(shape(s.channel<number>({ capacity: 3 })), [3, 0, false])
    assert.deepEqual(shape(lib.channel<number>(s, { capacity: 3 })), [3, 0, false])
    for (const capacity of [-1, 0.5, Number.NaN]) {
      assert.instanceOf(
        thrownBy(() => s.channel(capacity)),
        RangeError,
      )
    }
    assert.instanceOf(
      thrownBy(() => s.channel({ backpressure: 'sample' })),
      RangeError,
    )
    assert.instanceOf(
      thrownBy(() => s.channel('1' as never)),
      TypeError,
    )
  })

  timed(kit, 'drop-oldest, drop-latest and error tell of each victim once; a throwing onDrop is reported', async () => {
    const { logger, at } = recorder()
    const s = lib.scope({ logger })
    const run = async (backpressure: 'drop-oldest' | 'drop-latest' | 'error', capacity: number) => {
      const drops: number[] = []
      const onDrop = (value: number): void => {
        drops.push(value)
        throw new Error('onDrop')
      }
      const ch = s.channel<number>(capacity, { backpressure, onDrop })
      const sent = await Promise.allSettled([1, 2, 3].map((value) => ch.send(value)))
      ch.close()
      const kept: number[] = []
      for await (const value of ch) kept.push(value)
      return [sent.map((it) => (it.status === 'fulfilled' ? it.value : it.reason.name)), drops, kept]
    }
    assert.deepEqual(await run('drop-oldest', 2), [[true, true, true], [1], [2, 3]])
    assert.deepEqual(await run('drop-latest', 2), [[true, true, true], [3], [1, 2]])
    assert.deepEqual(await run('error', 2), [[true, true, 'ChannelFullError'], [], [1, 2]])
    assert.deepEqual(await run('drop-oldest', 0), [[true, true, true], [1, 2, 3], []])
    assert.lengthOf(at('error'), 5)
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'sample keeps what is younger than its window', async (clock) => {
    const s = lib.scope()
    const drops: number[] = []
    const ch = s.channel<number>({ capacity: 5, backpressure: 'sample', onDrop: (value) => drops.push(value) })
    await ch.send(1)
    await clock.advance(600)
    await ch.send(2)
    await clock.advance(400)
    assert.deepEqual([ch.tryReceive(), ch.tryReceive(), drops], [2, undefined, [1]])
    assert.strictEqual(clock.pendingTimers, 0)
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'close drains; blocked senders and late ones learn of it', async () => {
    const s = lib.scope()
    const ch = s.channel<number>(1)
    await ch.send(1)
    const blocked = watch(ch.send(2))
    ch.close()
    ch.close()
    assert.isFalse(await ch.send(3))
    assert.deepEqual([await ch.receive(), await ch.receive()], [1, undefined])
    assert.instanceOf(blocked.error, lib.ChannelClosedError)
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'an abort rejects what waits with the reason; it is not the end of the data', async (clock) => {
    const s = lib.scope()
    const [empty, full] = [s.channel<number>(), s.channel<number>(1)]
    await full.send(1)
    const waiting = [empty.receive(), full.send(2), empty[Symbol.asyncIterator]().next()].map((it) =>
      watch<unknown>(it),
    )
    const reason = new Error('stop')
    s.cancel(reason)
    await clock.settle()
    for (const { error } of waiting) assert.strictEqual(error, reason)
    assert.deepEqual([empty.isClosed, full.tryReceive(), full.tryReceive()], [false, 1, undefined])
    await s[Symbol.asyncDispose]()
    assert.instanceOf(
      thrownBy(() => s.channel()),
      lib.ScopeDisposedError,
    )
  })

  timed(kit, 'a cancelled wait has taken nothing; a commit in the same turn wins', async (clock) => {
    const s = lib.scope()
    const tracked = kit.testing.trackSignal()
    const ch = s.channel<number>()
    const won = watch(ch.receive({ signal: tracked.signal }))
    const lost = watch(ch.receive({ signal: tracked.signal }))
    const next = watch(ch.receive())
    assert.isTrue(ch.trySend(1))
    tracked.abort(new Error('stop'))
    assert.isTrue(ch.trySend(2))
    await clock.settle()
    assert.deepEqual([won.value, lost.rejected, next.value, tracked.listenerCount], [1, true, 2, 0])
    assert.isTrue(lib.isCancelled(lost.error))
    const send = watch(ch.send(3, { signal: tracked.signal }))
    await clock.settle()
    assert.deepEqual([send.rejected, ch.tryReceive()], [true, undefined])
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'leaving an iteration early leaves the rest where it is', async () => {
    const s = lib.scope()
    const ch = s.channel<number | undefined>(5)
    for (const value of [1, undefined, 3]) await ch.send(value)
    for await (const value of ch) if (value === undefined) break
    const iterator = ch[Symbol.asyncIterator]()
    assert.deepEqual(await iterator.next(), { value: 3, done: false })
    const pending = watch(iterator.next())
    await iterator.return()
    ch.trySend(4)
    assert.deepEqual([pending.value?.done, ch.size], [true, 1])
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'map, filter, take and reduce', async () => {
    const s = lib.scope()
    const ch = s.channel<number>(10)
    for (let n = 1; n <= 8; n++) await ch.send(n)
    const seen: string[] = []
    const texts = ch.filter((n) => n % 2 === 0).map(async (n) => `${n}`)
    for await (const text of texts.take(2)) seen.push(text)
    assert.deepEqual([seen, ch.size], [['2', '4'], 4])
    ch.close()
    assert.strictEqual(await ch.reduce((sum, n) => sum + n, 0), 5 + 6 + 7 + 8)
    await s[Symbol.asyncDispose]()
  })

  kit.test('a ping-pong lets timers have their turn', async () => {
    const s = lib.scope()
    const [there, back] = [s.channel<number>(), s.channel<number>()]
    const rang = deferred()
    let over = false
    rang.promise.then(() => (over = true))
    setTimeout(rang.resolve, 5)
    s.task(async () => {
      for await (const value of there) await back.send(value)
    }).then(() => {})
    let count = 0
    while (!over) {
      await there.send(count++)
      await back.receive()
    }
    there.close()
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'cancelling 20 000 waiting receivers settles each', async (clock) => {
    const s = lib.scope()
    const ch = s.channel<number>()
    let settled = 0
    for (let i = 0; i < 20_000; i++) ch.receive().catch(() => settled++)
    s.cancel()
    await clock.settle()
    assert.strictEqual(settled, 20_000)
    await s[Symbol.asyncDispose]()
  })
}
