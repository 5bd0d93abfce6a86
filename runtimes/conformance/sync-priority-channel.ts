/** A priority channel gives the first in rank of all values there are, and is a channel in every other respect. */

import { recorder, tells, thrownBy, timed, watch } from './fixtures.js'
import type { Kit } from './kit.js'

export function syncPriorityChannel(kit: Kit): void {
  order(kit)
  fullOnes(kit)
  sameAsChannels(kit)
  callbacks(kit)
}

const byLevel = { priority: (value: string): number => Number(value[1]) }

function order(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'priorityChannel: the most urgent comes first, equals in the order they were sent', async () => {
    const s = lib.scope()
    const byCompare = { compare: (a: string, b: string): number => Number(b[1]) - Number(a[1]) }
    for (const options of [byLevel, byCompare]) {
      const ch = s.priorityChannel<string>(options)
      assert.instanceOf(ch, lib.PriorityChannel)
      assert.deepEqual([ch.capacity, ch.size, ch.strategy], [Infinity, 0, 'block'])
      for (const value of ['a1', 'b2', 'c1', 'd3', 'e2', 'f1']) assert.isTrue(await ch.send(value))
      assert.strictEqual(ch.size, 6)
      assert.deepEqual([await ch.receive(), ch.tryReceive()], ['d3', 'b2'])
      ch.close()
      const rest: string[] = []
      for await (const value of ch) rest.push(value)
      assert.deepEqual(rest, ['e2', 'a1', 'c1', 'f1'])
    }
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'priorityChannel: senders that wait for room are ranked with what is in the buffer', async (clock) => {
    const s = lib.scope()
    for (const capacity of [0, 1, 2]) {
      const ch = lib.priorityChannel<string>(s, { ...byLevel, capacity })
      const sends = ['a1', 'b2', 'c1', 'd3', 'e2'].map((value) => watch(ch.send(value)))
      await clock.settle()
      assert.strictEqual(sends.filter(({ settled }) => settled).length, capacity)
      const got: (string | undefined)[] = []
      for (let i = 0; i < 5; i++) got.push(await ch.receive())
      assert.deepEqual(got, ['d3', 'b2', 'e2', 'a1', 'c1'], `capacity ${capacity}`)
      assert.isTrue(sends.every(({ value }) => value === true))
    }
    await s[Symbol.asyncDispose]()
  })
}

function fullOnes(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'priorityChannel: when full it drops the lowest, or the latest, or refuses', async () => {
    const s = lib.scope()
    const drops: string[] = []
    const onDrop = (value: string): void => void drops.push(value)
    const lowest = s.priorityChannel<string>({ ...byLevel, capacity: 2, backpressure: 'drop-lowest', onDrop })
    for (const value of ['a1', 'b1', 'c3', 'd0', 'e1', 'f2']) assert.isTrue(await lowest.send(value))
    assert.deepEqual(drops, ['b1', 'd0', 'e1', 'a1'])
    assert.deepEqual([lowest.tryReceive(), lowest.tryReceive(), lowest.size], ['c3', 'f2', 0])

    drops.length = 0
    const latest = s.priorityChannel<string>({ ...byLevel, capacity: 1, backpressure: 'drop-latest', onDrop })
    for (const value of ['a1', 'b2']) assert.isTrue(latest.trySend(value))
    assert.deepEqual([drops, latest.tryReceive()], [['b2'], 'a1'])

    const strict = s.priorityChannel<string>({ ...byLevel, capacity: 1, backpressure: 'error' })
    assert.isTrue(await strict.send('a1'))
    const refused = await strict.send('b2').catch((error: unknown) => error)
    assert.instanceOf(refused, lib.ChannelFullError)
    assert.deepEqual([strict.trySend('c3'), strict.size, strict.tryReceive()], [false, 1, 'a1'])
    await s[Symbol.asyncDispose]()
  })
}

function sameAsChannels(kit: Kit): void {
  const { lib } = kit
  const { trackSignal, assertNothingLeft } = kit.testing
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'priorityChannel: a sender that leaves loses its place and nothing else', async (clock) => {
    const s = lib.scope()
    const ch = s.priorityChannel<string>({ ...byLevel, capacity: 0 })
    const tracked = trackSignal()
    const leaves = watch(ch.send('a9', { signal: tracked.signal }))
    const stays = watch(ch.send('b1'))
    const reason = new Error('no longer')
    tracked.abort(reason)
    assert.strictEqual(await ch.receive(), 'b1')
    await clock.settle()
    assert.strictEqual(leaves.error, reason)
    assert.isTrue(stays.value)
    const closed = watch(ch.send('c1'))
    ch.close()
    await clock.settle()
    assert.instanceOf(closed.error, lib.ChannelClosedError)
    assert.deepEqual([await ch.send('d1'), await ch.receive()], [false, undefined])
    assertNothingLeft({ clock, signals: [tracked] })
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'priorityChannel: the end of the scope rejects all who wait with its reason', async (clock) => {
    const s = lib.scope()
    const ch = s.priorityChannel<string>({ ...byLevel, capacity: 1 })
    const reason = new Error('enough')
    const waits = [watch(s.priorityChannel<string>(byLevel).receive()), watch(ch.send('a1')), watch(ch.send('b2'))]
    s.cancel(reason)
    await clock.settle()
    assert.deepEqual(
      waits.map(({ value, error }) => value ?? error),
      [reason, true, reason],
    )
    assert.strictEqual(ch.tryReceive(), 'a1')
    await s[Symbol.asyncDispose]()
    assertNothingLeft({ clock, scopes: [s] })
  })

  timed(kit, 'priorityChannel: select and map work over it', async (clock) => {
    const s = lib.scope()
    const ch = s.priorityChannel<string>({ ...byLevel, capacity: 0 })
    const send = s.select([lib.onSend(ch, 'a9', () => 'sent')])
    const low = watch(ch.send('b1'))
    const upper = ch.map((value) => value.toUpperCase())
    assert.strictEqual(await upper.receive(), 'A9')
    assert.deepEqual(await send, [undefined, 'sent'])
    assert.deepEqual(await s.select([lib.on(ch, (value) => value)]), [undefined, 'b1'])
    await clock.settle()
    assert.isTrue(low.value)
    await s[Symbol.asyncDispose]()
  })
}

function callbacks(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'priorityChannel: a priority or compare that throws is reported and loses nothing', async () => {
    const { logger, at } = recorder()
    const s = lib.scope({ logger })
    const error = new Error('thrown')
    const priority = (value: number): number => {
      if (value === 1) throw error
      return value === 2 ? Number.NaN : value
    }
    const ranked = s.priorityChannel<number>({ priority })
    for (const value of [1, 2, 3, -4]) assert.isTrue(ranked.trySend(value))
    assert.deepEqual(
      [3, -4, 1, 2].map(() => ranked.tryReceive()),
      [3, -4, 1, 2],
    )
    assert.lengthOf(at('error'), 2)
    assert.strictEqual(at('error').filter((line) => tells(line, error)).length, 1)
    const compared = s.priorityChannel<number>({
      compare: () => {
        throw error
      },
    })
    for (const value of [3, 1, 2]) assert.isTrue(compared.trySend(value))
    assert.deepEqual(
      [3, 1, 2].map(() => compared.tryReceive()),
      [3, 1, 2],
    )
    await s[Symbol.asyncDispose]()
  })

  kit.test('priorityChannel: nonsense is refused at the call', async () => {
    const s = lib.scope()
    const create = (options: unknown) => () => s.priorityChannel(options as never)
    assert.strictEqual(
      String(thrownBy(create({}))),
      'TypeError: Cannot create priority channel: one of priority and compare must be given, got neither',
    )
    const priority = (): number => 0
    for (const wrong of [undefined, 5, { priority: 1 }, { compare: 'x' }, { priority, compare: priority }])
      assert.instanceOf(thrownBy(create(wrong)), TypeError)
    for (const wrong of [{ capacity: -1 }, { capacity: 1.5 }, { backpressure: 'drop-oldest' }])
      assert.instanceOf(thrownBy(create({ priority, ...wrong })), RangeError)
    assert.instanceOf(thrownBy(create({ priority, onDrop: 1 })), TypeError)
    await s[Symbol.asyncDispose]()
    const late = thrownBy(create({ priority }))
    assert.instanceOf(late, lib.ScopeDisposedError)
    assert.include((late as Error).message, 'Cannot create priority channel')
  })
}
