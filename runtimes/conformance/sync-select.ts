/** Select: one case happens, the others have no effect. */

import { thrownBy, timed, watch } from './fixtures.js'
import type { Kit } from './kit.js'

export function syncSelect(kit: Kit): void {
  const { lib } = kit
  const { on, onSend, onTimeout, otherwise } = lib
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, "the reference's example, with channels of one type", async (clock) => {
    const s = lib.scope()
    const [a, b] = [s.channel<string>(), s.channel<string>()]
    const cases = new Map([
      [a, async (value: string) => `a: ${value}`],
      [b, async (value: string) => `b: ${value}`],
    ])
    const waiting = s.select(cases, { timeout: 5_000 })
    assert.isTrue(b.trySend('hello'))
    assert.deepEqual(await waiting, [undefined, 'b: hello'])
    assert.isFalse(a.trySend('nobody waits any more'))
    assert.strictEqual(clock.pendingTimers, 0)
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'a list of receive, send, default and timeout cases of any types', async (clock) => {
    const s = lib.scope()
    const [words, numbers] = [s.channel<string>(1), s.channel<number>()]
    const cases = [on(words, (word) => word.length), onSend(numbers, 42, () => 'sent')] as const
    await words.send('word')
    assert.deepEqual(await s.select(cases), [undefined, 4])
    const sending = s.select(cases)
    assert.strictEqual(await numbers.receive(), 42)
    assert.deepEqual(await sending, [undefined, 'sent'])
    assert.deepEqual(await s.select([...cases, otherwise(() => null)]), [undefined, null])
    const late = watch(lib.select(s, [...cases, onTimeout(100, () => 'late')]))
    await clock.advance(99)
    assert.isFalse(late.settled)
    await clock.advance(1)
    assert.deepEqual(late.value, [undefined, 'late'])
    assert.deepEqual([numbers.tryReceive(), clock.pendingTimers], [undefined, 0])
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'timeout, abort and signal give a failure and take nothing', async (clock) => {
    const s = lib.scope()
    const tracked = kit.testing.trackSignal()
    const ch = s.channel<number>(1)
    const timed = watch(s.select([on(ch, (n) => n)], { timeout: 10 }))
    const signalled = watch(s.select([on(ch, (n) => n)], { signal: tracked.signal }))
    await clock.advance(10)
    assert.instanceOf(timed.value?.[0], lib.TimeoutError)
    const reason = new Error('stop')
    tracked.abort(reason)
    assert.isTrue(ch.trySend(1))
    await clock.settle()
    assert.deepEqual([signalled.value?.[0], ch.size, tracked.listenerCount], [reason, 1, 0])
    const expired = await s.select([on(ch, (n) => n)], { timeout: 0 })
    assert.instanceOf(expired[0], lib.TimeoutError)
    assert.strictEqual(ch.tryReceive(), 1)
    const aborted = watch(s.select([on(ch, (n) => n)], { timeout: 10 }))
    s.cancel(reason)
    await clock.settle()
    assert.deepEqual([aborted.value?.[0], clock.pendingTimers], [reason, 0])
    assert.deepEqual(await s.select([on(ch, (n) => n)]), [reason, undefined])
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'a commit in the turn of an abort wins', async () => {
    const s = lib.scope()
    const ch = s.channel<number>()
    const waiting = s.select([on(ch, (n) => n)])
    assert.isTrue(ch.trySend(7))
    s.cancel()
    assert.deepEqual(await waiting, [undefined, 7])
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'closed channels are passed over while another is live', async () => {
    const s = lib.scope()
    const [a, b] = [s.channel<number>(1), s.channel<number>()]
    await a.send(1)
    a.close()
    const cases = [on(a, (n) => n), on(b, (n) => n)]
    assert.deepEqual(await s.select(cases), [undefined, 1])
    const waiting = s.select(cases)
    assert.isTrue(b.trySend(2))
    assert.deepEqual(await waiting, [undefined, 2])
    const last = s.select(cases)
    b.close()
    assert.instanceOf((await last)[0], lib.ChannelClosedError)
    assert.instanceOf((await s.select(cases))[0], lib.ChannelClosedError)
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'among several that are ready, each is chosen as often', async () => {
    const s = lib.scope()
    const channels = [0, 1, 2].map(() => s.channel<number>(1))
    const wins = [0, 0, 0]
    const cases = channels.map((ch, i) => on(ch, () => i))
    for (let i = 0; i < 3_000; i++) {
      for (const ch of channels) ch.trySend(1)
      const [, winner = 0] = await s.select(cases)
      wins[winner] = (wins[winner] ?? 0) + 1
    }
    for (const count of wins) assert.approximately(count, 1_000, 200) // seven standard deviations
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'what a handler throws is the Result; misuse throws at the call', async () => {
    const s = lib.scope()
    const ch = s.channel<number>(1)
    await ch.send(1)
    const error = new Error('handler')
    assert.deepEqual(await s.select([on(ch, () => Promise.reject(error))]), [error, undefined])
    assert.instanceOf((await s.select(new Map()))[0], Error)
    for (const misuse of [() => s.select(1 as never), () => on({} as never, () => 1), () => on(ch, 1 as never)]) {
      assert.instanceOf(thrownBy(misuse), TypeError)
    }
    assert.instanceOf(
      thrownBy(() => s.select([on(ch, () => 1)], { timeout: -1 })),
      RangeError,
    )
    await s[Symbol.asyncDispose]()
  })
}
