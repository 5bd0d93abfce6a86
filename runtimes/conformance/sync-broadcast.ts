/** Broadcast: every subscriber gets every value, as far as its buffer is meant to reach. */

import { thrownBy, timed, watch } from './fixtures.js'
import type { Kit } from './kit.js'

export function syncBroadcast(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, "the reference's example: tasks subscribe eagerly and get every message", async () => {
    const s = lib.scope()
    const bc = s.broadcast<string>()
    const seen: string[][] = [[], []]
    const tasks = seen.map((list) =>
      s.task(async () => {
        for await (const message of bc.subscribe()) list.push(message)
      }),
    )
    assert.strictEqual(bc.subscriberCount, 2)
    await bc.send('hello')
    await bc.send('world')
    bc.close()
    await Promise.all(tasks)
    assert.deepEqual(seen, [
      ['hello', 'world'],
      ['hello', 'world'],
    ])
    assert.deepEqual([bc.subscriberCount, bc.isClosed, await bc.send('late')], [0, true, false])
    assert.instanceOf(
      thrownBy(() => bc.subscribe()),
      lib.ChannelClosedError,
    )
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'block waits for the slowest, until it reads or leaves', async (clock) => {
    const s = lib.scope()
    const bc = s.broadcast<number>({ capacity: 1 })
    const [slow, fast] = [bc.subscribe(), bc.subscribe()]
    await bc.send(1)
    const second = watch(bc.send(2))
    await fast.next()
    await clock.settle()
    assert.isFalse(second.settled)
    await slow.next()
    await clock.settle()
    assert.isTrue(second.value)
    const third = watch(bc.send(3))
    await fast.next()
    await slow.return()
    await clock.settle()
    assert.deepEqual([third.value, bc.subscriberCount, (await fast.next()).value], [true, 1, 3])
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'drop-oldest, drop-latest, error and lag', async () => {
    const s = lib.scope()
    const run = async (backpressure: 'drop-oldest' | 'drop-latest' | 'error' | 'lag') => {
      const drops: number[] = []
      const bc = s.broadcast<number>({ capacity: 2, backpressure, onDrop: (value) => drops.push(value) })
      const events = bc.subscribe()
      const sent = await Promise.allSettled([1, 2, 3, 4].map((value) => bc.send(value)))
      bc.close()
      const read = await Promise.allSettled([1, 2, 3, 4].map(() => events.next()))
      const refused = sent.filter((it) => it.status === 'rejected' && it.reason instanceof lib.ChannelFullError).length
      const values = read.map((it) => (it.status === 'fulfilled' ? it.value.value : it.reason.skipped))
      return [drops, refused, values]
    }
    assert.deepEqual(await run('drop-oldest'), [[1, 2], 0, [3, 4, undefined, undefined]])
    assert.deepEqual(await run('drop-latest'), [[3, 4], 0, [1, 2, undefined, undefined]])
    assert.deepEqual(await run('error'), [[], 2, [1, 2, undefined, undefined]])
    assert.deepEqual(await run('lag'), [[], 0, [2, 3, 4, undefined]]) // the first says how many were skipped
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'a new subscriber gets what replay keeps, first', async () => {
    const s = lib.scope()
    const bc = s.broadcast<number>({ replay: 2 })
    for (const value of [1, 2, 3]) await bc.send(value)
    const events = bc.subscribe()
    await bc.send(4)
    const seen: number[] = []
    for await (const value of events) if (seen.push(value) === 3) break
    assert.deepEqual([seen, bc.subscriberCount, events.size], [[2, 3, 4], 0, 0])
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'an abort rejects what waits with the reason', async (clock) => {
    const s = lib.scope()
    const tracked = kit.testing.trackSignal()
    const bc = s.broadcast<number>({ capacity: 1 })
    bc.subscribe()
    await bc.send(1)
    const cancelled = watch(bc.send(2, { signal: tracked.signal }))
    const waiting = [bc.send(3), s.broadcast<number>().subscribe().next()].map((it) => watch<unknown>(it))
    tracked.abort(new Error('mine'))
    const reason = new Error('stop')
    s.cancel(reason)
    await clock.settle()
    assert.isTrue(lib.isCancelled(cancelled.error))
    for (const { error } of waiting) assert.strictEqual(error, reason)
    assert.strictEqual(tracked.listenerCount, 0)
    await s[Symbol.asyncDispose]()
  })
}
