/** Channels against a model, and what a model does not say. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { ChannelFullError, isCancelled, ScopeDisposedError } from '../src/base/errors.js'
import { Deque } from '../src/base/deque.js'
import { broadcast } from '../src/sync/broadcast.js'
import { type Channel, channel } from '../src/sync/channel.js'
import { ChannelClosedError } from '../src/sync/errors.js'
import { channelCommands, Run, setups } from './channel-programs.js'
import { checkPrograms, flush, follow, InstantClock, Owner } from './sync-fixtures.js'

afterEach(() => void vi.unstubAllGlobals())

test('random programs of sends, receives, iterations, cancellations and closes do what the model does', async () => {
  await checkPrograms(
    fc.record({ setup: fc.tuple(setups, setups), program: fc.array(channelCommands, { maxLength: 24, size: 'max' }) }),
    ({ setup, program }) => new Run(setup).all(program),
  )
})

describe('creation', () => {
  test('takes a capacity and options in both forms', () => {
    const owner = new Owner()
    const shape = ({ capacity, cap, strategy }: Channel<number>) => [capacity, cap, strategy]
    expect(shape(channel(owner))).toEqual([0, 0, 'block'])
    expect(shape(channel(owner, 3))).toEqual([3, 3, 'block'])
    expect(shape(channel(owner, 3, { backpressure: 'error' }))).toEqual([3, 3, 'error'])
    expect(shape(channel(owner, { capacity: Infinity, backpressure: 'sample' }))).toEqual([
      Infinity,
      Infinity,
      'sample',
    ])
    expect(owner.listeners).toBe(0)
  })

  test('refuses what makes no sense, at the call', () => {
    const owner = new Owner()
    const wrong: [() => unknown, string][] = [
      [() => channel(owner, -1), 'capacity must be an integer of at least 0 or Infinity, got -1'],
      [() => channel(owner, 1.5), 'capacity must be an integer of at least 0 or Infinity, got 1.5'],
      [() => channel(owner, '1' as never), "capacity must be an integer of at least 0 or Infinity, got '1'"],
      [() => channel(owner, null as never), 'options must be an object, got null'],
      [() => channel(owner, 1, { backpressure: 'x' as never }), "backpressure must be one of 'block', 'drop-oldest'"],
      [
        () => channel(owner, { backpressure: 'sample' }),
        "capacity must be at least 1 with backpressure 'sample', got 0",
      ],
      [() => channel(owner, 1, { sampleWindow: -1 }), 'sampleWindow must be zero or more milliseconds, got -1'],
      [() => channel(owner, 1, { onDrop: 1 as never }), 'onDrop must be a function, got 1'],
    ]
    for (const [call, message] of wrong) expect(call).toThrow(`Cannot create channel: ${message}`)
    const ch = channel<number>(owner)
    expect(() => ch.send(1, { signal: {} as never })).toThrow(
      'Cannot send: signal must be an AbortSignal such as controller.signal, got an object',
    )
    expect(() => ch.receive(1 as never)).toThrow('Cannot receive: options must be an object, got 1')
    expect(() => ch.map(1 as never)).toThrow('Cannot map channel: fn must be a function, got 1')
    expect(() => ch.filter(1 as never)).toThrow('Cannot filter channel: predicate must be a function, got 1')
    expect(() => ch.take(-1)).toThrow('Cannot take from channel: count must be an integer of at least 0')
    expect(() => ch.reduce(1 as never, 0)).toThrow('Cannot reduce channel: fn must be a function, got 1')
    owner.isDisposed = true
    expect(() => channel(owner)).toThrow(ScopeDisposedError)
  })
})

describe('values', () => {
  test('undefined is a value like any other in iteration', async () => {
    const ch = channel<undefined>(new Owner(), 2)
    await ch.send(undefined)
    await ch.send(undefined)
    ch.close()
    let count = 0
    for await (const value of ch) {
      expect(value).toBeUndefined()
      count++
    }
    expect(count).toBe(2)
  })

  test('sample drops by age at the next look, and by number', async () => {
    const clock = new InstantClock()
    const drops: number[] = []
    const ch = channel<number>(new Owner(clock), 2, { backpressure: 'sample', onDrop: (v) => drops.push(v) })
    for (const value of [1, 2, 3]) await ch.send(value)
    expect(drops).toEqual([1])
    clock.now = 999
    expect([ch.size, ch.tryReceive()]).toEqual([2, 2])
    await ch.send(4)
    clock.now = 1_000
    expect([ch.size, ch.tryReceive(), ch.tryReceive(), drops]).toEqual([1, 4, undefined, [1, 3]])
  })

  test('a callback that uses the channel finds it in order', async () => {
    const sizes: number[] = []
    const ch: Channel<number> = channel(new Owner(), 1, {
      backpressure: 'drop-oldest',
      onDrop: (value) => {
        sizes.push(ch.size)
        if (value === 1) void ch.send(3)
      },
    })
    await ch.send(1)
    await ch.send(2)
    expect([sizes, ch.tryReceive()]).toEqual([[1, 1], 3])
  })

  test('errors say what happened', async () => {
    const owner = new Owner()
    const full = channel<number>(owner, 1, { backpressure: 'error' })
    await full.send(1)
    await expect(full.send(2)).rejects.toBeInstanceOf(ChannelFullError)
    const ch = channel<number>(owner)
    const blocked = ch.send(1)
    await ch[Symbol.asyncDispose]()
    await expect(blocked).rejects.toBeInstanceOf(ChannelClosedError)
    expect([await ch.send(2), ch.trySend(2), await ch.receive()]).toEqual([false, false, undefined])
    const controller = new AbortController()
    const waiting = full.receive().then(() => full.receive({ signal: controller.signal }))
    await flush()
    controller.abort('stop')
    const error: unknown = await waiting.catch((it: unknown) => it)
    expect([isCancelled(error), error]).toMatchObject([true, { name: 'UnknownError', cause: 'stop' }])
    await expect(ch.receive({ signal: controller.signal })).resolves.toBeUndefined()
    await expect(full.receive({ signal: controller.signal })).rejects.toMatchObject({ cause: 'stop' })
    await expect(full.send(1, { signal: controller.signal })).rejects.toMatchObject({ cause: 'stop' })
  })

  test('after an abort everything rejects, and what was not delivered is still there', async () => {
    const owner = new Owner()
    const ch = channel<number>(owner, 2)
    await ch.send(1)
    const reason = new Error('stop')
    const other = channel<number>(owner)
    const outcomes = [other.receive(), other[Symbol.asyncIterator]().next()].map(follow)
    owner.cancel(reason)
    await flush()
    expect(outcomes.map(({ text }) => text)).toEqual(['rejected Error: stop', 'rejected Error: stop'])
    for (const it of [ch.send(2), ch.receive(), ch[Symbol.asyncIterator]().next()])
      await expect(it).rejects.toBe(reason)
    expect([ch.trySend(2), ch.isClosed, ch.tryReceive(), ch.tryReceive()]).toEqual([false, false, 1, undefined])
  })
})

describe('iteration', () => {
  test('leaving early loses nothing, not even with reads under way', async () => {
    const ch = channel<number>(new Owner(), 10)
    for (let i = 0; i < 4; i++) await ch.send(i)
    for await (const value of ch) if (value === 1) break
    expect([ch.size, ch.isClosed]).toEqual([2, false])
    await ch.receive()
    await ch.receive()
    const iterator = ch[Symbol.asyncIterator]()
    const reads = [iterator.next(), iterator.next(), iterator.next()]
    await ch.send(7)
    await iterator[Symbol.asyncDispose]()
    await ch.send(8)
    expect(await Promise.all(reads)).toMatchObject([{ value: 7 }, { done: true }, { done: true }])
    expect([ch.tryReceive(), await iterator.next()]).toEqual([8, { value: undefined, done: true }])
  })
})

describe('derived channels', () => {
  const numbers = (owner: Owner, ...values: number[]): Channel<number> => {
    const ch = channel<number>(owner, 10)
    for (const value of values) ch.trySend(value)
    return ch
  }
  const all = async <T>(ch: AsyncIterable<T>): Promise<T[]> => {
    const list: T[] = []
    for await (const value of ch) list.push(value)
    return list
  }

  test('map, filter and take, in a row, synchronous or not', async () => {
    const owner = new Owner()
    const ch = numbers(owner, 1, 2, 3, 4, 5, 6)
    const even = ch.filter((n) => n % 2 === 0).map((n) => n * 10)
    expect([even.capacity, ch.size]).toEqual([10, 6])
    expect(await all(even.take(2))).toEqual([20, 40])
    expect(ch.size).toBe(2)
    ch.close()
    const late = ch.map(async (n) => `${n}`).filter(async (n) => n !== '5')
    expect(await all(late)).toEqual(['6'])
    expect(late.isClosed).toBe(true)
    expect(await all(numbers(owner, 1).take(0))).toEqual([])
  })

  test('take nothing from the source that nobody wants', async () => {
    const owner = new Owner()
    const ch = channel<number>(owner)
    const doubled = ch.map((n) => n * 2)
    const sent = follow(ch.send(1))
    await flush()
    expect(sent.text).toBe('pending')
    const controller = new AbortController()
    expect(await doubled.receive()).toBe(2)
    const broken = follow(doubled.receive({ signal: controller.signal }))
    controller.abort(new Error('stop'))
    const kept = follow(ch.send(3))
    await flush()
    expect([broken.text, kept.text, ch.tryReceive()]).toEqual(['rejected Error: stop', 'pending', 3])
    void doubled.receive().catch(() => {})
    doubled.close()
    const again = follow(ch.send(4))
    await flush()
    expect([again.text, doubled.tryReceive(), ch.tryReceive()]).toEqual(['pending', undefined, 4])
  })

  test('keep what was under way for somebody who left', async () => {
    const ch = numbers(new Owner(), 1, 2)
    const slow = ch.map(async (n) => n * 2)
    const controller = new AbortController()
    void slow.receive({ signal: controller.signal }).catch(() => {})
    controller.abort()
    await flush()
    expect([slow.size, ch.size, await slow.receive(), await slow.receive()]).toEqual([1, 1, 2, 4])
    const waiting = [slow.receive(), slow.receive()]
    ch.trySend(3)
    ch.trySend(4)
    ch.close()
    expect(await Promise.all(waiting)).toEqual([6, 8])
    expect(await slow.receive()).toBeUndefined()
  })

  test.each([
    ['throws', (n: number) => { if (n === 2) throw new Error('fn'); return n }], // biome-ignore format: a row
    ['rejects', (n: number) => (n === 2 ? Promise.reject(new Error('fn')) : n)],
  ])('end with the error when the function %s, and leave the source alone', async (_, fn) => {
    const ch = numbers(new Owner(), 1, 2, 3)
    const mapped = ch.map(fn).filter(() => true)
    const waiting = [mapped.receive(), mapped.receive(), mapped.receive()].map(follow)
    await flush()
    expect(waiting.map(({ text }) => text)).toEqual(['1', 'rejected Error: fn', 'rejected Error: fn'])
    await expect(mapped.receive()).rejects.toThrow('fn')
    await expect(all(mapped)).rejects.toThrow('fn')
    expect([mapped.isClosed, await mapped.send(1), ch.isClosed, ch.size]).toEqual([true, false, false, 1])
  })

  test('follow an abort and a close of the source', async () => {
    const owner = new Owner()
    const ch = channel<number>(owner)
    const mapped = ch.map((n) => n)
    const closed = ch.map((n) => n)
    const rest = follow(closed.receive())
    ch.close()
    await flush()
    expect([rest.text, await mapped.receive()]).toEqual(['"undefined"', undefined])
    const open = channel<number>(owner).map((n) => n)
    const outcome = follow(open.receive())
    owner.cancel(new Error('stop'))
    await flush()
    expect([outcome.text, open.tryReceive()]).toEqual(['rejected Error: stop', undefined])
  })

  test('reduce combines until the end, or fails', async () => {
    const owner = new Owner()
    const ch = numbers(owner, 1, 2, 3)
    const sum = ch.reduce(async (a, b) => a + b, 10)
    ch.close()
    expect(await sum).toBe(16)
    const failing = numbers(owner, 1, 2)
    await expect(failing.reduce(() => Promise.reject(new Error('fn')), 0)).rejects.toThrow('fn')
    expect(failing.size).toBe(1)
    const endless = numbers(owner).reduce((a, b) => a + b, 0)
    owner.cancel(new Error('stop'))
    await expect(endless).rejects.toThrow('stop')
  })
})

describe('timers', () => {
  const pingPong = async (owner: Owner, over: () => boolean): Promise<number> => {
    const [there, back] = [channel<number>(owner), channel<number>(owner)]
    void (async () => {
      for await (const value of there) if (!(await back.send(value + 1))) return
    })().catch(() => {})
    let count = 0
    while (!over()) {
      await there.send(count)
      count = (await back.receive()) ?? count
    }
    there.close()
    back.close()
    return count
  }

  test('get their turn amid a ping-pong', async () => {
    let rang = false
    setTimeout(() => (rang = true), 20)
    const owner = new Owner({ get now() { return performance.now() } }) // biome-ignore format: a getter
    expect(await pingPong(owner, () => rang)).toBeGreaterThan(1_000)
  })

  test('get it where the clock stands still, too, and leave nothing behind', async () => {
    let rang = false
    setTimeout(() => (rang = true), 0)
    const owner = new Owner()
    expect(await pingPong(owner, () => rang)).toBeLessThan(100_000)
    await flush()
    expect(owner.listeners).toBe(1)
  })

  test('an abort does not wait for them', async () => {
    const clock = new InstantClock()
    clock.install()
    const owner = new Owner(clock)
    const ch = channel<number>(owner, Infinity)
    const outcomes = Array.from({ length: 65_600 }, (_, i) => follow(ch.send(i)))
    await flush()
    expect([outcomes.at(-1)?.text, clock.pending, ch.size]).toEqual(['pending', 1, 65_600])
    owner.cancel(new Error('stop'))
    await flush()
    expect([outcomes.at(-1)?.text, clock.pending]).toEqual(['true', 0])
  })
})

test('an idle channel or broadcast that is dropped leaves nothing in its owner', async () => {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  const owner = new Owner()
  const use = async (): Promise<WeakRef<object>[]> => {
    const onDrop = (): void => {} // held by the inside of the channel, as `fn` is by that of the derived one
    const fn = (n: number): number => n
    const ch = channel<number>(owner, { onDrop })
    const derived = ch.map(fn)
    const controller = new AbortController()
    const waiting = [ch.receive(), derived.receive(), ch.receive({ signal: controller.signal })]
    await ch.send(1)
    await ch.send(2)
    controller.abort()
    const bc = broadcast<number>(owner, { capacity: 1 })
    const events = bc.subscribe()
    const reads = [events.next(), events.next()]
    const sends = [1, 2, 3, 4].map((n) => bc.send(n))
    await events.next()
    await Promise.allSettled([...waiting, ...reads, ...sends])
    return [new WeakRef(onDrop), new WeakRef(fn), new WeakRef(bc)]
  }
  const dropped = await use()
  await new Promise((resolve) => setTimeout(resolve, 0))
  gc()
  expect(dropped.map((ref) => ref.deref())).toEqual([undefined, undefined, undefined])
  expect(owner.listeners).toBe(1)
})

test('cancelling very many receivers in any order settles each of them', async () => {
  const owner = new Owner()
  const ch = channel<number>(owner)
  const controllers = Array.from({ length: 10_000 }, () => new AbortController())
  const outcomes = controllers.map(({ signal }) => follow(ch.receive({ signal })))
  for (let i = 0; i < controllers.length; i++) controllers[(i * 7_919) % controllers.length]?.abort(new Error('stop'))
  await flush()
  expect(new Set(outcomes.map(({ text }) => text))).toEqual(new Set(['rejected Error: stop']))
  expect(ch.trySend(1)).toBe(false)
})

describe('deque', () => {
  test('is an array, but faster', () => {
    const steps = fc.array(fc.oneof({ weight: 3, arbitrary: fc.nat(9) }, fc.constantFrom('shift', 'clear')), {
      maxLength: 200,
      size: 'max',
    })
    fc.assert(
      fc.property(steps, fc.boolean(), (list, drain) => {
        const deque = new Deque<number>()
        const model: number[] = []
        for (const step of [...list, ...(drain ? list.map(() => 'shift') : [])]) {
          if (step === 'shift') expect(deque.shift()).toBe(model.shift())
          else if (step === 'clear') deque.clear()
          else deque.push(Number(step))
          if (step === 'clear') model.length = 0
          else if (step !== 'shift') model.push(Number(step))
          expect([deque.size, deque.first, [...deque]]).toEqual([model.length, model[0], model])
        }
      }),
    )
  })
})
