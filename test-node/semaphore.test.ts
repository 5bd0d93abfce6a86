/** The semaphore and the queue below it: order, weights, hand-off, cancellation, misuse, and what they cost. */
import { afterEach, describe, expect, test } from 'vitest'
import { isCancelled, ScopeDisposedError, TimeoutError, UnknownError } from '../src/base/errors.js'
import { Permit } from '../src/sync/permit.js'
import { PermitQueue } from '../src/sync/permit-queue.js'
import { PermitWait } from '../src/sync/permit-wait.js'
import { type Semaphore, semaphore } from '../src/sync/semaphore.js'
import { assertNothingLeft, trackSignal, type VirtualClock, virtualTime } from '../src/testing/index.js'
import { microtasks, Owner, watch } from './lifetime-stub.js'

const one = (): { owner: Owner; sem: Semaphore } => {
  const owner = new Owner()
  return { owner, sem: semaphore(owner, 1) }
}

const cancelled = new Error('cancelled')

/** As little of an abort signal as is asked for. */
class LightSignal {
  aborted = false
  readonly reason: Error = cancelled
  #listener = (): void => {}

  addEventListener(_: 'abort', listener: () => void): void {
    this.#listener = listener
  }

  removeEventListener(): void {
    this.#listener = () => {}
  }

  abort(): void {
    this.aborted = true
    this.#listener()
  }
}

let clock: VirtualClock | undefined
const install = (): VirtualClock => (clock = virtualTime())
afterEach(() => clock?.restore())

describe('permit queue', () => {
  test('take respects those who are ahead, and only those', () => {
    const queue = new PermitQueue(2)
    expect(queue.take()).toBe(true)
    const leave = queue.wait(2, 0, () => {})
    expect([queue.available, queue.waiting, queue.total]).toEqual([1, 1, 2])
    expect(queue.take()).toBe(false)
    expect(queue.take(1, 0)).toBe(false)
    expect(queue.take(1, 1)).toBe(true)
    queue.give()
    leave()
    leave()
    expect([queue.available, queue.waiting]).toEqual([1, 0])
    expect(queue.take()).toBe(true)
  })

  test('a light one of higher priority passes a heavy one at once, and is told before wait returns', () => {
    const queue = new PermitQueue(2)
    queue.take()
    queue.wait(2, 0, () => {})
    let told = false
    const undo = queue.wait(1, 1, () => (told = true))
    expect(told).toBe(true)
    undo()
    expect([queue.available, queue.waiting]).toEqual([0, 1])
  })

  test('the undo of a blocking head lets those behind it go on', () => {
    const queue = new PermitQueue(2)
    const log: string[] = []
    queue.take()
    const leave = queue.wait(2, 0, () => log.push('heavy'))
    queue.wait(1, 0, () => log.push('light'))
    leave()
    expect(log).toEqual(['light'])
  })

  test('whoever is told may use the queue at once', () => {
    const queue = new PermitQueue(1)
    const log: number[] = []
    queue.take()
    for (const id of [1, 2, 3]) {
      queue.wait(1, 0, () => {
        log.push(id)
        if (log.length < 6) {
          queue.wait(1, 0, () => {
            log.push(id + 10)
            queue.give()
          })
        }
        queue.give()
      })
    }
    queue.give()
    expect(log).toEqual([1, 2, 3, 11, 12, 13])
    expect([queue.available, queue.waiting]).toEqual([1, 0])
  })

  test('refuse empties it in order', () => {
    const queue = new PermitQueue(1)
    const log: string[] = []
    queue.take()
    queue.wait(1, 0, () => log.push('granted'))
    for (const priority of [0, 1]) {
      const wait = new PermitWait(
        1,
        () => {},
        () => log.push(`${priority}: ${queue.waiting}`),
      )
      wait.promise.catch(() => {})
      queue.join(wait, priority)
    }
    queue.refuse(new Error('refused'))
    expect(log).toEqual(['1: 0', '0: 0'])
    queue.give()
    expect(queue.available).toBe(1)
  })

  test.each([
    ['one priority', () => 0],
    ['a priority each, rising', (i: number) => i],
    ['a priority each, falling', (i: number) => -i],
    ['a priority each, mixed', (i: number) => (i * 7919) % 100_000],
  ])('joining and leaving stay cheap with many waiters: %s', (_, priority) => {
    const start = performance.now()
    const queue = new PermitQueue(1)
    queue.take()
    const undos = Array.from({ length: 100_000 }, (_, i) => queue.wait(1, priority(i), () => {}))
    for (const undo of undos) undo()
    expect(queue.waiting).toBe(0)
    expect(performance.now() - start).toBeLessThan(3_000) // a walk through the queue for each would take far longer
  })

  test('waiters of many priorities are served in order', () => {
    const queue = new PermitQueue(1)
    const log: number[] = []
    queue.take()
    for (let i = 0; i < 1000; i++) {
      const priority = (i * 37) % 101
      queue.wait(1, priority, () => log.push(priority * 1000 + (999 - i)))
    }
    for (let i = 0; i < 1000; i++) queue.give()
    expect(log).toEqual([...log].sort((a, b) => b - a))
    expect(log.length).toBe(1000)
  })
})

describe('permits in hand', () => {
  test('come for using, are handed straight to the next, and are given back once', async () => {
    const { owner, sem } = one()
    const log: string[] = []
    const second = watch(
      (async () => {
        using permit = await sem.acquire()
        expect(permit).toBeInstanceOf(Permit)
        log.push('first')
        await microtasks()
      })().then(async () => {
        using _ = await sem.acquire()
        log.push('second')
      }),
    )
    await microtasks(60)
    expect(second.settled).toBe(true)
    expect(log).toEqual(['first', 'second'])
    const permit = await sem.acquire()
    const waiting = watch(sem.acquire())
    permit.release()
    expect([sem.available, sem.waiting]).toEqual([0, 0]) // handed over in this very turn
    expect(sem.tryAcquire()).toBe(false)
    permit.release()
    permit[Symbol.dispose]()
    await microtasks()
    waiting.value?.release()
    expect(sem.available).toBe(1)
    assertNothingLeft({ scopes: [] })
    expect(owner.entries).toBe(0)
  })

  test('a light newcomer does not overtake a heavy head, a higher priority does', async () => {
    const sem = semaphore(new Owner(), 3)
    const held = await sem.acquire({ weight: 2 })
    const heavy = watch(sem.acquire({ weight: 3 }))
    const light = watch(sem.acquire())
    expect(sem.tryAcquire()).toBe(false)
    const urgent = watch(sem.acquire({ priority: 1 }))
    await microtasks()
    expect([heavy.settled, light.settled, urgent.settled]).toEqual([false, false, true])
    urgent.value?.release()
    held.release()
    await microtasks()
    expect([heavy.settled, light.settled]).toEqual([true, false])
    heavy.value?.release()
    await microtasks()
    expect(light.settled).toBe(true)
  })

  test('release gives back what was handed out, and not what a function holds', async () => {
    const sem = semaphore(new Owner(), 3)
    let end = (): void => {}
    const running = sem.acquire(() => new Promise<void>((resolve) => (end = resolve)))
    expect(sem.tryAcquire(3)).toBe(false)
    expect(sem.tryAcquire(2)).toBe(true)
    expect(() => sem.release(3)).toThrow(
      new RangeError('Cannot release permit: weight must be at most the permits handed out, which are 2, got 3'),
    )
    sem.release()
    sem.release()
    expect(() => sem.release()).toThrow(RangeError)
    const permit = await sem.acquire()
    sem.release() // as good as permit.release()
    expect(() => permit.release()).toThrow(RangeError)
    permit.release()
    end()
    await running
    expect(sem.available).toBe(3)
  })
})

describe('functions under a permit', () => {
  test('start at once when one is free, and give it back whatever happens', async () => {
    const { sem } = one()
    const log: string[] = []
    const error = new Error('thrown')
    const runs = [
      sem.acquire(() => log.push('sync')),
      sem.acquire((): number => {
        throw error
      }),
      sem.execute(async () => log.push('async')),
      sem.acquire(() => Promise.reject(error)),
      sem.bulkAcquire(1, () => 'bulk'),
    ]
    expect(log).toEqual(['sync'])
    expect(await Promise.allSettled(runs)).toEqual([
      { status: 'fulfilled', value: 1 },
      { status: 'rejected', reason: error },
      { status: 'fulfilled', value: 2 },
      { status: 'rejected', reason: error },
      { status: 'fulfilled', value: 'bulk' },
    ])
    expect(sem.available).toBe(1)
  })

  test('never run more at once than there are permits, in order of priority', async () => {
    const sem = semaphore(new Owner(), 3)
    let running = 0
    let most = 0
    const order: number[] = []
    const jobs = Array.from({ length: 50 }, (_, i) =>
      sem.acquire(async () => {
        order.push(i)
        most = Math.max(most, ++running)
        await microtasks(i % 5)
        running--
      }, i % 2),
    )
    expect([sem.available, sem.waiting]).toEqual([0, 47])
    await Promise.all(jobs)
    expect(most).toBe(3)
    const waited = order.slice(3)
    expect(waited).toEqual([...waited.filter((i) => i % 2 === 1), ...waited.filter((i) => i % 2 === 0)])
  })

  test('tryAcquireWithFn runs now or not at all', async () => {
    const { sem } = one()
    const first = sem.tryAcquireWithFn(async () => 'first')
    expect(await sem.tryAcquireWithFn(() => 'second')).toBe(undefined)
    expect(await first).toBe('first')
    expect(sem.tryBulkAcquire(1)).toBe(true)
    expect(sem.tryBulkAcquire(1)).toBe(false)
    expect(sem.tryAcquire(2)).toBe(false) // more than there will ever be
    sem.release()
  })
})

describe('waits that end otherwise', () => {
  test('by a signal: with its reason, as a cancellation, no permit lost, nobody left listening', async () => {
    const { owner, sem } = one()
    const permit = await sem.acquire()
    const tracked = trackSignal()
    const own = trackSignal()
    const called: string[] = []
    const waits = [
      watch(sem.acquire({ signal: tracked.signal })),
      watch(sem.acquire(() => called.push('never'), { signal: tracked.signal })),
    ]
    const last = watch(sem.acquire({ signal: own.signal }))
    expect([tracked.listenerCount, owner.entries, sem.waiting]).toEqual([1, 1, 3])
    tracked.abort('reason')
    expect([sem.waiting, tracked.listenerCount]).toEqual([1, 0])
    await microtasks()
    for (const { error } of waits) {
      expect(error).toBeInstanceOf(UnknownError)
      expect((error as Error).cause).toBe('reason')
      expect(isCancelled(error)).toBe(true)
    }
    permit.release()
    own.abort(new Error('too late'))
    await microtasks()
    expect(last.value).toBeInstanceOf(Permit)
    expect([called, owner.entries, sem.available]).toEqual([[], 0, 0])
    await expect(sem.acquire({ signal: own.signal })).rejects.toBe(own.signal.reason)
    assertNothingLeft({ signals: [tracked, own] })
  })

  test('by a timeout: with a TimeoutError, and no timer is left by one that was in time', async () => {
    const c = install()
    const { owner, sem } = one()
    const permit = await sem.acquire({ timeout: 10 })
    const late = watch(sem.acquire({ timeout: 10 }))
    const inTime = watch(sem.acquire({ timeout: 20 }))
    const now = watch(sem.acquire({ timeout: 0 }))
    await c.advance(10)
    expect(now.error).toBeInstanceOf(TimeoutError)
    expect(late.error).toEqual(new TimeoutError('Acquire', 10))
    expect((late.error as Error).message).toBe('Acquire timeout after 10ms')
    expect(isCancelled(late.error)).toBe(false)
    permit.release()
    await c.settle()
    expect(inTime.settled).toBe(true)
    assertNothingLeft({ clock: c })
    expect(owner.entries).toBe(0)
  })

  test('acquireWithTimeout tells by true and false, acquireWithTimeoutAndFn by its value', async () => {
    const c = install()
    const { owner, sem } = one()
    expect(await sem.acquireWithTimeout(5)).toBe(true)
    const results = [sem.acquireWithTimeout(5), sem.acquireWithTimeoutAndFn(5, () => 'never')]
    await c.advance(5)
    expect(await Promise.all(results)).toEqual([false, undefined])
    const waits = [sem.acquireWithTimeoutAndFn(5, () => 'ran'), sem.acquireWithTimeout(5)]
    sem.release()
    expect(await Promise.all(waits)).toEqual(['ran', true])
    sem.release()
    expect(await sem.acquireWithTimeoutAndFn(5, () => 'free')).toBe('free')
    await expect(sem.acquireWithTimeoutAndFn(5, () => Promise.reject(new TimeoutError('Own', 1)))).rejects.toThrow(
      'Own',
    )
    sem.tryAcquire()
    const reason = new TimeoutError('Scope', 7)
    const ended = watch(sem.acquireWithTimeout(5))
    owner.cancel(reason)
    await microtasks()
    expect(ended.error).toBe(reason)
    assertNothingLeft({ clock: c })
  })

  test('by the owner: all in the same turn, and every later call too', async () => {
    const owner = new Owner()
    const sem = semaphore(owner, 1)
    const permit = await sem.acquire()
    const tracked = trackSignal()
    const calls = [sem.acquire(), sem.acquire({ signal: tracked.signal }), sem.acquire(() => 'never', 1)]
    const waits = calls.map((call: Promise<unknown>) => watch(call))
    expect(owner.entries).toBe(1)
    const reason = new Error('reason')
    owner.cancel(reason)
    expect([sem.waiting, owner.entries, tracked.listenerCount]).toEqual([0, 0, 0])
    await microtasks(3)
    expect(waits.map(({ error }) => error)).toEqual([reason, reason, reason])
    permit.release()
    expect(sem.available).toBe(1)
    expect(sem.tryAcquire()).toBe(false)
    for (const later of [
      sem.acquire(),
      sem.acquire(() => 'never'),
      sem.tryAcquireWithFn(() => 'never'),
      sem.acquireWithTimeout(1),
    ]) {
      await expect(later).rejects.toBe(reason)
    }
  })

  test('by the owner, when others hear of it first and give permits back meanwhile', async () => {
    const owner = new Owner()
    const sem = semaphore(owner, 2)
    const a = new AbortController()
    const [first, second] = [await sem.acquire(), await sem.acquire()]
    owner.onAbort(() => {
      first.release()
      a.abort(new Error('own'))
      sem.resize(5)
    })
    const waits = [sem.acquire(), sem.acquire({ signal: a.signal })].map((call) => watch(call))
    const reason = new Error('reason')
    owner.cancel(reason)
    await microtasks()
    expect(waits.map(({ error }) => error)).toEqual([reason, reason])
    second.release()
    expect(sem.available).toBe(5)
  })

  test('a permit handed over before the abort in the same turn stays', async () => {
    const { owner, sem } = one()
    const permit = await sem.acquire()
    const next = watch(sem.acquire())
    const behind = watch(sem.acquire())
    permit.release()
    owner.cancel(new Error('reason'))
    await microtasks()
    expect(next.value).toBeInstanceOf(Permit)
    expect(behind.error).toBeInstanceOf(Error)
    next.value?.release()
    expect(sem.available).toBe(1)
  })

  test('cancelling 100 000 of them is linear', async () => {
    const { sem } = one()
    const permit = await sem.acquire()
    // The host's own signals would take most of the time.
    const signals = Array.from({ length: 100_000 }, () => new LightSignal())
    const waits = Promise.allSettled(signals.map((signal) => sem.acquire({ signal: signal as unknown as AbortSignal })))
    const start = performance.now()
    for (const signal of signals.reverse()) signal.abort()
    expect(performance.now() - start).toBeLessThan(3_000) // a walk through the queue for each would take far longer
    permit.release()
    expect([sem.waiting, sem.available]).toEqual([0, 1])
    await waits
  })
})

test('resize: more serves those who wait, fewer takes none away from those who have them', async () => {
  const sem = semaphore(new Owner(), 1)
  const permits = [await sem.acquire()]
  const waits = Array.from({ length: 4 }, () => sem.acquire().then((permit) => permits.push(permit)))
  sem.resize(3)
  expect([sem.available, sem.waiting, sem.totalPermits]).toEqual([0, 2, 3])
  await microtasks()
  expect(permits.length).toBe(3)
  sem.resize(1)
  expect([sem.available, sem.waiting]).toEqual([0, 2])
  permits.shift()?.release()
  permits.shift()?.release()
  expect(sem.waiting).toBe(2)
  permits.shift()?.release()
  expect(sem.waiting).toBe(1)
  await microtasks()
  permits.shift()?.release()
  await Promise.all(waits)
  permits.shift()?.release()
  expect(sem.available).toBe(1)
})

test('misuse is an error at the call', () => {
  const owner = new Owner()
  const message =
    (permits: unknown): unknown =>
    () =>
      semaphore(owner, permits as number)
  expect(message(0)).toThrow(new RangeError('Cannot create semaphore: permits must be a positive integer, got 0'))
  for (const wrong of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) expect(message(wrong)).toThrow(RangeError)
  for (const wrong of ['3', undefined, null]) expect(message(wrong)).toThrow(TypeError)
  const sem = semaphore(owner, 2)
  const acquire = (options: unknown) => () => sem.acquire(options as { weight: number })
  for (const weight of [0, -1, 0.5, Number.NaN])
    expect(acquire({ weight })).toThrow('Cannot acquire permit: weight must be a')
  expect(acquire({ weight: 3 })).toThrow(
    'Cannot acquire permit: weight must be at most the number of permits, which is 2, got 3',
  )
  expect(acquire({ priority: Number.NaN })).toThrow(RangeError)
  expect(acquire({ timeout: -1 })).toThrow('Cannot acquire permit: timeout must be zero or more milliseconds, got -1')
  expect(acquire({ signal: {} })).toThrow(
    'Cannot acquire permit: signal must be an AbortSignal such as controller.signal, got an object',
  )
  for (const wrong of [null, 'fn', []]) expect(acquire(wrong)).toThrow(TypeError)
  const notFn = 5 as unknown as () => void
  expect(() => sem.execute(notFn)).toThrow('Cannot acquire permit: fn must be a function, got 5')
  expect(() => sem.bulkAcquire(3, () => {})).toThrow(RangeError)
  expect(() => sem.tryAcquireWithFn(notFn)).toThrow(TypeError)
  expect(() => sem.acquireWithTimeoutAndFn(1, notFn)).toThrow(TypeError)
  expect(() => sem.acquireWithTimeout(-1)).toThrow(RangeError)
  expect(() => sem.tryAcquire(0)).toThrow(RangeError)
  expect(() => sem.release(Number.NaN)).toThrow(RangeError)
  for (const wrong of [0, -1, 1.5]) expect(() => sem.resize(wrong)).toThrow('Cannot resize semaphore: permits must be')
  expect([sem.available, sem.waiting, sem.totalPermits]).toEqual([2, 0, 2])
})

test('a disposed owner gets no semaphore', async () => {
  const owner = new Owner()
  await owner.dispose()
  expect(() => semaphore(owner, 1)).toThrow(ScopeDisposedError)
})
