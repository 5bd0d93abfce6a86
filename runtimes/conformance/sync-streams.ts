/** Channels from and to the platform's streams, and events as something to iterate over. */

import { deferred, recorder, tells, thrownBy, timed, watch } from './fixtures.js'
import type { Kit } from './kit.js'

export function syncStreams(kit: Kit): void {
  fromStreams(kit)
  fromIterables(kit)
  sourceEndings(kit)
  toStreams(kit)
  events(kit)
  eventEndings(kit)
}

/** A stream that counts what is asked of it. */
function counted(total: number, failure?: Error) {
  const state = { pulled: 0, cancelled: [] as unknown[] }
  const stream = new ReadableStream<number>(
    {
      pull(controller) {
        if (state.pulled < total) controller.enqueue(state.pulled++)
        else if (failure === undefined) controller.close()
        else controller.error(failure)
      },
      cancel(reason) {
        state.cancelled.push(reason)
      },
    },
    { highWaterMark: 0 },
  )
  return { stream, state }
}

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = []
  for await (const value of source) values.push(value)
  return values
}

function fromStreams(kit: Kit): void {
  const { lib } = kit
  const { assertNothingLeft } = kit.testing
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'channelFrom: a stream gives all its values in order, and then the end', async (clock) => {
    const s = lib.scope()
    for (const capacity of [0, 1, 7, Infinity]) {
      const { stream } = counted(20)
      const channel = lib.channelFrom(s, stream, capacity)
      assert.deepEqual(
        await all(channel),
        Array.from({ length: 20 }, (_, at) => at),
      )
      assert.isTrue(channel.isClosed)
    }
    await s[Symbol.asyncDispose]()
    assertNothingLeft({ clock, scopes: [s] })
  })

  timed(kit, 'channelFrom: reads nothing before it is wanted, and no more than capacity ahead', async (clock) => {
    const s = lib.scope()
    for (const capacity of [0, 3]) {
      const { stream, state } = counted(100)
      const channel = lib.channelFrom(s, stream, capacity)
      await clock.settle()
      assert.strictEqual(state.pulled, 0)
      for (let taken = 1; taken <= 5; taken++) {
        assert.strictEqual(await channel.receive(), taken - 1)
        await clock.settle()
        assert.strictEqual(state.pulled, taken + capacity)
      }
      channel.close()
    }
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'channelFrom: what the stream fails with comes after the last value', async () => {
    const s = lib.scope()
    const error = new Error('broken')
    const { stream } = counted(2, error)
    const channel = lib.channelFrom(s, stream, 5)
    assert.strictEqual(await channel.receive(), 0)
    assert.strictEqual(await channel.receive(), 1)
    const last = await channel.receive().catch((thrown: unknown) => thrown)
    assert.strictEqual(last, error)
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'channelFrom: a value in flight when its receiver gives up goes to the next one', async (clock) => {
    const s = lib.scope()
    const gate = deferred()
    const source = (async function* () {
      await gate.promise
      yield 'late'
    })()
    const channel = lib.channelFrom(s, source)
    const controller = new AbortController()
    const first = watch(channel.receive({ signal: controller.signal }))
    controller.abort(new Error('gone'))
    gate.resolve()
    await clock.settle()
    assert.isTrue(first.rejected)
    assert.strictEqual(await channel.receive(), 'late')
    assert.strictEqual(await channel.receive(), undefined)
    await s[Symbol.asyncDispose]()
  })
}

function fromIterables(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'channelFrom: iterables, sets are sources too, undefined is a value', async () => {
    const s = lib.scope()
    assert.deepEqual(await all(lib.channelFrom(s, [1, undefined, 3])), [1, undefined, 3])
    assert.deepEqual(await all(lib.channelFrom(s, new Set<number>())), [])
    const derived = lib.channelFrom(s, [1, 2, 3, 4], 2).filter((n) => n % 2 === 0)
    assert.deepEqual(await all(derived), [2, 4])
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'channelFrom: an iterator that throws, falsy values too, ends the channel with that', async () => {
    const s = lib.scope()
    for (const oddity of [undefined, null, 0, '']) {
      const source = (function* () {
        yield 1
        throw oddity
      })()
      const channel = lib.channelFrom(s, source)
      assert.strictEqual(await channel.receive(), 1)
      const error = await channel.receive().then(
        () => assert.fail('must reject'),
        (thrown: Error) => thrown,
      )
      assert.instanceOf(error, lib.UnknownError)
      assert.strictEqual(error.cause, oddity)
    }
    await s[Symbol.asyncDispose]()
  })

  kit.test('channelFrom: arguments that make no sense are refused at the call', async () => {
    const s = lib.scope()
    for (const source of [undefined, null, 5, {}, 'text']) {
      assert.instanceOf(
        thrownBy(() => lib.channelFrom(s, source as never)),
        TypeError,
      )
    }
    assert.instanceOf(
      thrownBy(() => lib.channelFrom(s, [], -1)),
      RangeError,
    )
    assert.instanceOf(
      thrownBy(() => lib.channelFrom(s, [], 1.5)),
      RangeError,
    )
    await s[Symbol.asyncDispose]()
    assert.instanceOf(
      thrownBy(() => lib.channelFrom(s, [])),
      lib.ScopeDisposedError,
    )
  })
}

function sourceEndings(kit: Kit): void {
  const { lib } = kit
  const { assertNothingLeft } = kit.testing
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'channelFrom: closing the channel, and the end of the scope, cancel the stream once', async (clock) => {
    const reason = new Error('enough')
    for (const ending of ['close', 'cancel', 'dispose'] as const) {
      const s = lib.scope()
      const { stream, state } = counted(100)
      const channel = lib.channelFrom(s, stream, 2)
      await channel.receive()
      const waiting = watch(Promise.all([channel.receive(), channel.receive(), channel.receive(), channel.receive()]))
      if (ending === 'close') channel.close()
      if (ending === 'cancel') s.cancel(reason)
      await s[Symbol.asyncDispose]()
      await clock.settle()
      assert.isTrue(waiting.settled)
      assert.lengthOf(state.cancelled, 1)
      if (ending === 'cancel') assert.strictEqual(state.cancelled[0], reason)
      assertNothingLeft({ clock, scopes: [s] })
    }
  })

  timed(
    kit,
    'channelFrom: the end of the scope waits for the source, as long as its gracePeriod says',
    async (clock) => {
      const { logger, at } = recorder()
      const s = lib.scope({ gracePeriod: 50, logger })
      const gate = deferred()
      let ended = false
      const slow: AsyncIterable<number> = {
        [Symbol.asyncIterator]: () => ({
          next: () => new Promise(() => {}),
          return: async () => {
            await gate.promise
            ended = true
            return { done: true, value: undefined }
          },
        }),
      }
      const waiting = watch(lib.channelFrom(s, slow).receive())
      lib.channelFrom(s, { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) })
      const end = watch(s[Symbol.asyncDispose]())
      await clock.settle()
      assert.isTrue(waiting.rejected)
      assert.isFalse(end.settled)
      gate.resolve()
      await clock.settle()
      assert.isTrue(end.settled && ended)
      assert.lengthOf(at('error'), 0)
      const stuck = lib.scope({ gracePeriod: 50, logger })
      lib.channelFrom(stuck, {
        [Symbol.asyncIterator]: () => ({
          next: () => new Promise<never>(() => {}),
          return: () => new Promise<never>(() => {}),
        }),
      })
      const late = watch(stuck[Symbol.asyncDispose]())
      await clock.advance(49)
      assert.isFalse(late.settled)
      await clock.advance(1)
      assert.isTrue(late.settled)
      assert.lengthOf(at('error'), 1)
    },
  )

  timed(kit, 'channelFrom: a source that fails to end is reported', async () => {
    const { logger, at } = recorder()
    const s = lib.scope({ logger })
    const error = new Error('cannot end')
    const channel = lib.channelFrom(s, {
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false, value: 1 }),
        return: () => Promise.reject(error),
      }),
    })
    assert.strictEqual(await channel.receive(), 1)
    channel.close()
    await s[Symbol.asyncDispose]()
    assert.lengthOf(
      at('error').filter((line) => tells(line, error)),
      1,
    )
  })
}

function toStreams(kit: Kit): void {
  const { lib } = kit
  const { assertNothingLeft } = kit.testing
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'toReadableStream: gives the values of a channel when it is read, and closes with it', async (clock) => {
    const s = lib.scope()
    const channel = s.channel<number>(10)
    for (let n = 0; n < 5; n++) channel.trySend(n)
    const reader = lib.toReadableStream(channel).getReader()
    await clock.settle()
    assert.strictEqual(channel.size, 5)
    assert.deepEqual(await reader.read(), { done: false, value: 0 })
    assert.strictEqual(channel.size, 4)
    channel.close()
    const rest: unknown[] = []
    for (let n = 0; n < 5; n++) rest.push((await reader.read()).value)
    assert.deepEqual(rest, [1, 2, 3, 4, undefined])
    await s[Symbol.asyncDispose]()
    assertNothingLeft({ clock, scopes: [s] })
  })

  timed(kit, 'toReadableStream: cancelling it closes the channel, senders learn of it', async (clock) => {
    const s = lib.scope()
    const channel = s.channel<number>()
    const reader = lib.toReadableStream(channel).getReader()
    const pending = watch(reader.read())
    await clock.settle()
    await reader.cancel('gone')
    assert.isTrue(channel.isClosed)
    assert.isFalse(await channel.send(1))
    await clock.settle()
    assert.isTrue(pending.settled)
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'toReadableStream: errors with the reason when the scope is cancelled', async (clock) => {
    const s = lib.scope()
    const reason = new Error('enough')
    const reader = lib.toReadableStream(s.channel<number>()).getReader()
    const pending = watch(reader.read())
    await clock.settle()
    s.cancel(reason)
    await clock.settle()
    assert.strictEqual(pending.error, reason)
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'toReadableStream: there and back again', async () => {
    const s = lib.scope()
    const numbers = lib.channelFrom(s, [1, 2, 3], 1).map((n) => n * 2)
    assert.deepEqual(await all(lib.channelFrom(s, lib.toReadableStream(numbers))), [2, 4, 6])
    assert.instanceOf(
      thrownBy(() => lib.toReadableStream([1] as never)),
      TypeError,
    )
    assert.instanceOf(
      thrownBy(() => lib.toReadableStream(undefined as never)),
      TypeError,
    )
    await s[Symbol.asyncDispose]()
  })
}

/** A target that counts its listeners. */
class Target extends EventTarget {
  listeners = 0

  override addEventListener(...args: Parameters<EventTarget['addEventListener']>): void {
    this.listeners++
    super.addEventListener(...args)
  }

  override removeEventListener(...args: Parameters<EventTarget['removeEventListener']>): void {
    this.listeners--
    super.removeEventListener(...args)
  }

  /** Events that carry numbers. */
  tell(...numbers: number[]): void {
    for (const n of numbers) this.dispatchEvent(Object.assign(new Event('tick'), { n }))
  }
}

const numberOf = (event: Event): number => (event as Event & { readonly n: number }).n

function events(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'eventsOf: listens at the call, and yields the events in order', async () => {
    const s = lib.scope()
    const target = new Target()
    const ticks = lib.eventsOf<Event>(s, target, 'tick')
    target.tell(1, 2)
    target.dispatchEvent(new Event('other'))
    target.tell(3)
    assert.strictEqual(ticks.size, 3)
    const seen: number[] = []
    for await (const event of ticks) {
      seen.push(numberOf(event))
      if (seen.length === 3) break
    }
    assert.deepEqual(seen, [1, 2, 3])
    assert.strictEqual(target.listeners, 0)
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'eventsOf: too many events are missed as the options say', async () => {
    const s = lib.scope()
    const target = new Target()
    const dropped: number[] = []
    const onDrop = (event: Event): void => void dropped.push(numberOf(event))
    const oldest = lib.eventsOf<Event>(s, target, 'tick', { capacity: 2, onDrop })
    const latest = lib.eventsOf<Event>(s, target, 'tick', { capacity: 2, backpressure: 'drop-latest', onDrop })
    const lag = lib.eventsOf<Event>(s, target, 'tick', { capacity: 2, backpressure: 'lag' })
    target.tell(1, 2, 3)
    const next = async (from: AsyncIterator<Event>): Promise<number> => numberOf((await from.next()).value as Event)
    assert.deepEqual([await next(oldest), await next(oldest)], [2, 3])
    assert.deepEqual([await next(latest), await next(latest)], [1, 2])
    assert.deepEqual(dropped, [1, 3])
    const told = await lag.next().catch((error: unknown) => error)
    assert.instanceOf(told, lib.BroadcastLaggedError)
    assert.deepEqual([await next(lag), await next(lag)], [2, 3])
    await s[Symbol.asyncDispose]()
    assert.strictEqual(target.listeners, 0)
  })

  kit.test('eventsOf: arguments that make no sense are refused at the call, and nobody listens', async () => {
    const s = lib.scope()
    const target = new Target()
    for (const bad of [undefined, null, {}, 5]) {
      assert.instanceOf(
        thrownBy(() => lib.eventsOf(s, bad as never, 'tick')),
        TypeError,
      )
    }
    assert.instanceOf(
      thrownBy(() => lib.eventsOf(s, target, 5 as never)),
      TypeError,
    )
    assert.throws(() => lib.eventsOf(s, target, 'tick', { backpressure: 'block' as never }))
    assert.instanceOf(
      thrownBy(() => lib.eventsOf(s, target, 'tick', { capacity: -1 })),
      RangeError,
    )
    await s[Symbol.asyncDispose]()
    assert.instanceOf(
      thrownBy(() => lib.eventsOf(s, target, 'tick')),
      lib.ScopeDisposedError,
    )
    assert.strictEqual(target.listeners, 0)
  })
}

function eventEndings(kit: Kit): void {
  const { lib } = kit
  const { assertNothingLeft } = kit.testing
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'eventsOf: leaving, disposing and the end of the scope take the listener off, once', async (clock) => {
    const reason = new Error('enough')
    const target = new Target()
    for (const ending of ['return', 'using', 'cancel', 'dispose'] as const) {
      const s = lib.scope()
      const ticks = lib.eventsOf<Event>(s, target, 'tick')
      const waiting = watch(ticks.next())
      assert.strictEqual(target.listeners, 1)
      if (ending === 'return') await ticks.return()
      if (ending === 'using') await ticks[Symbol.asyncDispose]()
      if (ending === 'cancel') s.cancel(reason)
      const end = s[Symbol.asyncDispose]()
      assert.strictEqual(target.listeners, 0)
      target.tell(1)
      await end
      await clock.settle()
      assert.isTrue(waiting.settled)
      if (ending === 'return') assert.deepEqual(waiting.value, { done: true, value: undefined })
      if (ending === 'cancel') assert.strictEqual(waiting.error, reason)
      await ticks.return()
      assert.strictEqual(target.listeners, 0)
      assertNothingLeft({ clock, scopes: [s] })
    }
  })

  timed(kit, 'eventsOf: a cancelled scope listens to nothing, and says why', async (clock) => {
    const s = lib.scope()
    const reason = new Error('enough')
    const target = new Target()
    s.cancel(reason)
    const next = watch(lib.eventsOf(s, target, 'tick').next())
    await clock.settle()
    assert.strictEqual(next.error, reason)
    assert.strictEqual(target.listeners, 0)
    await s[Symbol.asyncDispose]()
  })
}
