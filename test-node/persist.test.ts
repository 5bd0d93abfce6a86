/** What is kept in memory, checkpoints and progress. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createCheckpointContext } from '../src/persist/checkpoint-context.js'
import {
  createIdempotencyProvider,
  InMemoryCheckpointProvider,
  InMemoryIdempotencyProvider,
} from '../src/persist/memory.js'
import { createProgressContext } from '../src/persist/progress.js'
import type { Checkpoint } from '../src/persist/types.js'
import { sequencer, type VirtualClock, virtualTime } from '../src/testing/index.js'

let clock: VirtualClock
beforeEach(() => {
  clock = virtualTime()
})
afterEach(() => {
  expect(clock.pendingTimers, 'timers left').toBe(0)
  clock.restore()
})

const checkpoint = (taskId: string, sequence: number, data: unknown = sequence): Checkpoint => ({
  id: `${taskId}-${sequence}`,
  taskId,
  sequence,
  timestamp: Date.now(),
  progress: 0,
  data,
})

describe('checkpoints in memory', () => {
  test('are listed by number, whatever the order they were saved in', async () => {
    const provider = new InMemoryCheckpointProvider()
    for (const sequence of [2, 10, 1, 3]) await provider.save(checkpoint('a', sequence))
    await provider.save(checkpoint('b', 7))
    expect((await provider.list('a')).map((each) => each.sequence)).toEqual([1, 2, 3, 10])
    expect(await provider.loadLatest('a')).toEqual(checkpoint('a', 10))
    expect(await provider.load('a-2')).toEqual(checkpoint('a', 2))
    expect(await provider.load('b-7')).toEqual(checkpoint('b', 7))
    expect(await provider.load('a-4')).toBeUndefined()
    expect(await provider.loadLatest('c')).toBeUndefined()
    expect(await provider.list('c')).toEqual([])
  })

  test('the same id again replaces, and a list that was handed out stays as it was', async () => {
    const provider = new InMemoryCheckpointProvider()
    await provider.save(checkpoint('a', 1, 'old'))
    const list = await provider.list('a')
    await provider.save(checkpoint('a', 1, 'new'))
    list.push(checkpoint('a', 2))
    expect(await provider.list('a')).toEqual([checkpoint('a', 1, 'new')])
  })

  test('clean-up keeps the newest', async () => {
    const provider = new InMemoryCheckpointProvider()
    for (const sequence of [1, 2, 3]) await provider.save(checkpoint('a', sequence))
    await provider.cleanup('a', 5)
    await provider.cleanup('a', Number.POSITIVE_INFINITY)
    expect(await provider.list('a')).toHaveLength(3)
    await provider.cleanup('a', 2)
    expect((await provider.list('a')).map((each) => each.sequence)).toEqual([2, 3])
    await provider.cleanup('a', 0)
    expect(await provider.list('a')).toEqual([])
    await provider.cleanup('unknown', 1)
    await expect(provider.cleanup('a', -1)).rejects.toThrow(RangeError)
  })

  test('all of a task can be deleted, and of no other', async () => {
    const provider = new InMemoryCheckpointProvider()
    await provider.save(checkpoint('a', 1))
    await provider.save(checkpoint('b', 1))
    await provider.deleteAll('a')
    expect(await provider.loadLatest('a')).toBeUndefined()
    expect(await provider.loadLatest('b')).toEqual(checkpoint('b', 1))
  })

  test.each([
    [undefined, TypeError],
    [{ ...checkpoint('a', 1), id: '' }, RangeError],
    [{ ...checkpoint('a', 1), taskId: 5 }, TypeError],
    [{ ...checkpoint('a', 1), sequence: 0.5 }, RangeError],
  ])('%j is refused', async (given, kind) => {
    await expect(new InMemoryCheckpointProvider().save(given as never)).rejects.toThrow(kind)
  })
})

describe('idempotent values in memory', () => {
  test.each([[undefined], [null], [0], ['value']])('%j is a value like any other', async (value) => {
    using provider = createIdempotencyProvider()
    expect(await provider.get('k')).toBeNull()
    await provider.set('k', value)
    expect(await provider.get('k')).toEqual({ value })
    await provider.delete('k')
    expect(await provider.get('k')).toBeNull()
  })

  test('expire when they are met, or with cleanup, without a timer', async () => {
    const provider = new InMemoryIdempotencyProvider()
    await provider.set('short', 1, 10)
    await provider.set('other', 2, 10)
    await provider.set('long', 3, 100)
    await provider.set('ever', 4)
    expect(await provider.get('short')).toEqual({ value: 1, expiresAt: Date.now() + 10 })
    await clock.advance(10)
    expect(provider.size).toBe(4)
    expect(await provider.get('short')).toBeNull()
    expect(provider.size).toBe(3)
    expect(provider.cleanup()).toBe(1)
    expect(provider.cleanup()).toBe(0)
    expect([await provider.get('long'), await provider.get('ever')]).toMatchObject([{ value: 3 }, { value: 4 }])
  })

  test('setting again renews value and lifetime', async () => {
    const provider = new InMemoryIdempotencyProvider()
    await provider.set('k', 1, 10)
    await provider.set('k', 2)
    await clock.advance(10)
    expect(await provider.get('k')).toEqual({ value: 2 })
    expect(provider.size).toBe(1)
  })

  test('above its size the one used least recently goes', async () => {
    const provider = new InMemoryIdempotencyProvider({ maxSize: 2 })
    await provider.set('a', 1)
    await provider.set('b', 2)
    await provider.get('a')
    await provider.set('c', 3)
    expect(await provider.get('b')).toBeNull()
    expect([await provider.get('a'), await provider.get('c')]).toEqual([{ value: 1 }, { value: 3 }])
  })

  test('1 000 are kept by default', async () => {
    const provider = new InMemoryIdempotencyProvider()
    for (let i = 0; i < 1_001; i++) await provider.set(`k${i}`, i)
    expect(provider.size).toBe(1_000)
    expect(await provider.get('k0')).toBeNull()
  })

  test('a key is reserved once, until it is given back or its time is over', async () => {
    const provider = new InMemoryIdempotencyProvider()
    expect(await Promise.all([provider.reserve('k'), provider.reserve('k'), provider.reserve('other')])).toEqual([
      true,
      false,
      true,
    ])
    await provider.release('k')
    expect(await provider.reserve('k', 10)).toBe(true)
    await clock.advance(9)
    expect(await provider.reserve('k')).toBe(false)
    await clock.advance(1)
    expect(await provider.reserve('k')).toBe(true)
    expect(provider.size).toBe(0)
  })

  test('clear forgets values but no reservation, cleanup what has expired, dispose everything', async () => {
    const provider = new InMemoryIdempotencyProvider()
    await provider.set('v', 1)
    await provider.reserve('k')
    await provider.reserve('short', 10)
    provider.clear()
    expect(provider.size).toBe(0)
    expect(await provider.reserve('k')).toBe(false)
    await clock.advance(10)
    expect(provider.cleanup()).toBe(0)
    expect(await provider.reserve('k')).toBe(false)
    provider[Symbol.dispose]()
    expect(await provider.reserve('k')).toBe(true)
  })

  test.each([
    [{ maxSize: 0 }, RangeError],
    [{ maxSize: 1.5 }, RangeError],
    [{ maxSize: '5' }, TypeError],
    [null, TypeError],
  ])('options %j are refused', (options, kind) => {
    expect(() => createIdempotencyProvider(options as never)).toThrow(kind)
  })

  test('keys and lifetimes are checked', async () => {
    const provider = new InMemoryIdempotencyProvider()
    await expect(provider.set('', 1)).rejects.toThrow(RangeError)
    await expect(provider.set('k', 1, -1)).rejects.toThrow(RangeError)
    await expect(provider.reserve(5 as never)).rejects.toThrow(TypeError)
    await expect(provider.reserve('k', Number.NaN)).rejects.toThrow(RangeError)
    expect(provider.size).toBe(0)
  })
})

describe('a checkpoint context', () => {
  test('numbers saves one after another and knows the latest durable value', async () => {
    const provider = new InMemoryCheckpointProvider()
    const seq = sequencer()
    const save = provider.save.bind(provider)
    provider.save = async (each) => {
      seq.step(`begin ${each.sequence}`)
      await seq.gate(`disk ${each.sequence}`).wait
      await save(each)
      seq.step(`end ${each.sequence}`)
    }
    const context = createCheckpointContext<string>('t', provider)
    expect(context.data).toBeUndefined()
    const both = [context.save('one'), context.save('two')]
    await clock.settle()
    expect(context.data).toBeUndefined()
    seq.gate('disk 1').open()
    await both[0]
    expect(context.data).toBe('one')
    seq.gate('disk 2').open()
    await both[1]
    expect(context.data).toBe('two')
    expect(seq.log).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2'])
    expect((await provider.list('t')).map(({ sequence, data }) => [sequence, data])).toEqual([
      [1, 'one'],
      [2, 'two'],
    ])
  })

  test('goes on from an earlier run', async () => {
    const provider = new InMemoryCheckpointProvider()
    const latest = checkpoint('t', 41, 'before')
    const context = createCheckpointContext<string>('t', provider, { latest })
    expect(context.data).toBe('before')
    await context.save('after')
    expect(await provider.loadLatest('t')).toEqual({
      id: `t-${Date.now()}-42`,
      taskId: 't',
      sequence: 42,
      timestamp: Date.now(),
      progress: 0,
      data: 'after',
      checksum: expect.stringMatching(/^sum-[0-9a-f]{8}$/),
    })
  })

  test('a save that fails rejects with its error, uses no number, and the next one is tried', async () => {
    const provider = new InMemoryCheckpointProvider()
    const save = provider.save.bind(provider)
    const failures: unknown[] = [new Error('disk full'), 'text']
    provider.save = async (each) => {
      if (failures.length > 0) throw failures.shift()
      await save(each)
    }
    const context = createCheckpointContext('t', provider)
    const all = [context.save(1), context.save(2), context.save(3)]
    await expect(all[0]).rejects.toThrow('disk full')
    await expect(all[1]).rejects.toMatchObject({ name: 'UnknownError', cause: 'text' })
    await all[2]
    expect(context.data).toBe(3)
    expect(await provider.loadLatest('t')).toMatchObject({ sequence: 1, data: 3 })
  })

  test('keeps the newest few, ten by default', async () => {
    const provider = new InMemoryCheckpointProvider()
    const few = createCheckpointContext('few', provider, { maxCheckpoints: 2 })
    const some = createCheckpointContext('some', provider)
    const all = createCheckpointContext('all', provider, { maxCheckpoints: Number.POSITIVE_INFINITY })
    for (let i = 1; i <= 12; i++) for (const each of [few, some, all]) await each.save(i)
    expect((await provider.list('few')).map(({ data }) => data)).toEqual([11, 12])
    expect(await provider.list('some')).toHaveLength(10)
    expect(await provider.list('all')).toHaveLength(12)
  })

  test('tells of each save once, when it is durable, with the progress of that moment', async () => {
    const provider = new InMemoryCheckpointProvider()
    const told: Checkpoint[] = []
    const progress = createProgressContext()
    const context = createCheckpointContext('t', provider, {
      progress: progress.get,
      onCheckpoint: (each) => told.push(each),
    })
    await context.save('a')
    progress.update(10)
    await clock.advance(100)
    progress.update(20)
    await context.save('b')
    expect(told).toEqual(await provider.list('t'))
    expect(told.map((each) => [each.progress, each.estimatedTimeRemaining])).toEqual([
      [0, undefined],
      [20, 800],
    ])
    expect('estimatedTimeRemaining' in (told[0] ?? {})).toBe(false)
  })

  test('a callback or clean-up that fails changes nothing about the save', async () => {
    const provider = new InMemoryCheckpointProvider()
    provider.cleanup = () => Promise.reject(new Error('busy'))
    const reports: unknown[] = []
    const failing = {
      onCheckpoint: () => {
        throw new Error('callback')
      },
    }
    const context = createCheckpointContext('t', provider, {
      ...failing,
      report: (error, where) => reports.push([where, (error as Error).message]),
    })
    await context.save(1)
    await createCheckpointContext('quiet', provider, failing).save(1)
    expect(context.data).toBe(1)
    expect(reports).toEqual([
      ['checkpoint cleanup', 'busy'],
      ['onCheckpoint callback', 'callback'],
    ])
  })

  test.each([
    ['', {}, RangeError],
    [5, {}, TypeError],
    ['t', null, TypeError],
    ['t', { maxCheckpoints: 0 }, RangeError],
    ['t', { onCheckpoint: 5 }, TypeError],
  ])('%j with %j is refused', (taskId, options, kind) => {
    const provider = new InMemoryCheckpointProvider()
    expect(() => createCheckpointContext(taskId as never, provider, options as never)).toThrow(kind)
    expect(() => createCheckpointContext('t', undefined as never)).toThrow(TypeError)
  })
})

describe('progress', () => {
  test('estimates the time left from the pace since the first update', async () => {
    const progress = createProgressContext()
    expect(progress.get()).toEqual({ percentage: 0 })
    progress.update(20)
    expect(progress.get()).toEqual({ percentage: 20 })
    await clock.advance(1_000)
    progress.update(40)
    expect(progress.get()).toEqual({ percentage: 40, eta: 3_000 })
    progress.update(10)
    expect(progress.get()).toEqual({ percentage: 10 })
    progress.update(100)
    expect(progress.get()).toEqual({ percentage: 100 })
  })

  test('moves values into 0 to 100 and lets nonsense be', () => {
    const progress = createProgressContext(() => 0)
    progress.update(-5)
    expect(progress.get().percentage).toBe(0)
    progress.update(Number.POSITIVE_INFINITY)
    expect(progress.get().percentage).toBe(100)
    progress.update(50)
    for (const nonsense of [Number.NaN, '70', undefined, null]) progress.update(nonsense as never)
    expect(progress.get().percentage).toBe(50)
  })

  test('tells listeners until they leave; one that throws stops nothing', () => {
    const reports: unknown[] = []
    const progress = createProgressContext(
      () => 0,
      (error, where) => reports.push([where, error]),
    )
    const told: number[] = []
    const error = new Error('no')
    progress.onUpdate(() => {
      throw error
    })
    const hear = ({ percentage }: { readonly percentage: number }): void => void told.push(percentage)
    const undo = progress.onUpdate(hear)
    progress.onUpdate(hear)
    progress.update(1)
    undo()
    undo()
    progress.update(2)
    expect(told).toEqual([1, 1, 2])
    expect(reports).toEqual([
      ['progress callback', error],
      ['progress callback', error],
    ])
    expect(() => progress.onUpdate(5 as never)).toThrow('Cannot listen to progress: fn must be a function, got 5')
  })

  test('without a reporter a listener that throws is let be', () => {
    const progress = createProgressContext()
    progress.onUpdate(() => {
      throw new Error('no')
    })
    progress.update(5)
    expect(progress.get().percentage).toBe(5)
  })
})
