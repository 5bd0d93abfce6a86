/** The testing tools: virtual time, gates, counted listeners, what is left behind. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  assertNothingLeft,
  random,
  sequencer,
  trackSignal,
  type VirtualClock,
  virtualTime,
} from '../src/testing/index.js'

let clock: VirtualClock | undefined
const install = (start?: number): VirtualClock => (clock = virtualTime(start))
afterEach(() => clock?.restore())

describe('virtual time', () => {
  test('fires in order of time, then of creation, and sets the clocks to each timer', async () => {
    const c = install()
    const log: unknown[] = []
    const mark = (name: string) => log.push([name, c.now, performance.now(), Date.now() - start])
    const start = Date.now()
    setTimeout(mark, 20, 'late')
    setTimeout(mark, 10, 'first')
    setTimeout(mark, 10, 'second')
    setTimeout(mark, 31, 'never')
    await c.advance(30)
    expect(log).toEqual([
      ['first', 10, 10, 10],
      ['second', 10, 10, 10],
      ['late', 20, 20, 20],
    ])
    expect([c.now, performance.now(), Date.now() - start, c.pendingTimers]).toEqual([30, 30, 30, 1])
  })

  test('microtasks run between timers, and timers they arm count', async () => {
    const c = install()
    const log: string[] = []
    const deep = async (name: string) => {
      for (let i = 0; i < 50; i++) await undefined
      log.push(name)
      if (name === 'a') setTimeout(() => log.push('armed meanwhile'), 0)
    }
    setTimeout(() => void deep('a'), 5)
    setTimeout(() => void deep('b'), 5)
    await c.advance(5)
    expect(log).toEqual(['a', 'b', 'armed meanwhile'])
  })

  test('timers armed by what is waiting already count too', async () => {
    const c = install()
    let rang = false
    void Promise.resolve().then(() => setTimeout(() => (rang = true), 7))
    await c.advance(7)
    expect(rang).toBe(true)
  })

  test('delays are taken as hosts take them', async () => {
    const c = install()
    const log: number[] = []
    for (const ms of [-5, Number.NaN, undefined, 0.9, 2 ** 31, 1.5]) setTimeout(() => log.push(c.now), ms)
    await c.advance(1)
    expect(log).toEqual([0, 0, 0, 0, 1, 1])
    expect(() => setTimeout('code' as unknown as () => void, 1)).toThrow(TypeError)
  })

  test('intervals repeat until they are cleared, from inside too', async () => {
    const c = install()
    const log: number[] = []
    const outer = setInterval(() => log.push(c.now), 10)
    let left = 2
    const inner = setInterval(() => {
      log.push(-c.now)
      if (--left === 0) clearInterval(inner)
    }, 10)
    await c.advance(35)
    expect(log).toEqual([10, -10, 20, -20, 30])
    clearTimeout(outer)
    expect(c.pendingTimers).toBe(0)
    await c.advance(100)
    expect(log.length).toBe(5)
  })

  test('cancelling any of many leaves the order of the rest alone', async () => {
    const c = install()
    const next = random(7)
    const log: number[] = []
    const expected: number[] = []
    const timers = Array.from({ length: 500 }, () => {
      const ms = Math.floor(next() * 100)
      return { ms, handle: setTimeout(() => log.push(ms), ms) }
    })
    for (const { ms, handle } of timers) {
      if (next() < 0.5) clearTimeout(handle)
      else expected.push(ms)
    }
    expect(c.pendingTimers).toBe(expected.length)
    await c.runAll()
    expect(log).toEqual(expected.sort((a, b) => a - b))
    expect(c.pendingTimers).toBe(0)
  })

  test('handles have what timers have in Node', async () => {
    const c = install()
    let rang = 0
    const handle = setTimeout(() => void rang++, 10)
    expect(handle.ref().unref().hasRef()).toBe(true)
    await c.advance(9)
    handle.refresh()
    await c.advance(9)
    expect(rang).toBe(0)
    await c.advance(1)
    expect(rang).toBe(1)
  })

  test('Date is virtual where it reads the time, and real elsewhere', async () => {
    const real = new Date()
    const c = install(Date.UTC(2030, 0, 1))
    await c.advance(1500)
    expect(new Date().toISOString()).toBe('2030-01-01T00:00:01.500Z')
    expect(Date()).toContain('2030')
    expect(new Date(5).getTime()).toBe(5)
    expect(new Date(2020, 1, 2).getFullYear()).toBe(2020)
    expect(real instanceof Date && new Date() instanceof Date).toBe(true)
    class Own extends Date {}
    expect(new Own()).toBeInstanceOf(Own)
    expect(new Own().getTime()).toBe(Date.now())
  })

  test('restore brings everything back as it was, once', async () => {
    const before = ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval', 'Date', 'performance'].map((name) =>
      Object.getOwnPropertyDescriptor(globalThis, name),
    )
    const now = [Object.getOwnPropertyDescriptor(Date, 'now'), Object.getOwnPropertyDescriptor(performance, 'now')]
    const c = install()
    setTimeout(() => {}, 10)
    c.restore()
    c[Symbol.dispose]()
    expect(
      ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval', 'Date', 'performance'].map((name) =>
        Object.getOwnPropertyDescriptor(globalThis, name),
      ),
    ).toEqual(before)
    expect([Object.getOwnPropertyDescriptor(Date, 'now'), Object.getOwnPropertyDescriptor(performance, 'now')]).toEqual(
      now,
    )
    expect(c.pendingTimers).toBe(1)
    for (const use of [c.advance(1), c.runAll(), c.settle()]) await expect(use).rejects.toThrow('clock was restored')
  })

  test('a real timer can be cleared in virtual time', async () => {
    let rang = false
    const real = setTimeout(() => (rang = true), 5)
    const c = install()
    clearTimeout(real)
    clearTimeout(undefined)
    c.restore()
    await new Promise((resolve) => setTimeout(resolve, 15))
    expect(rang).toBe(false)
  })

  test('restoring while time is moved ends the move', async () => {
    const c = install()
    const moves = [c.advance(5), c.settle()]
    c.restore()
    await Promise.all(moves)
  })

  test('installing it twice, or over another fake, is refused', () => {
    install()
    expect(() => virtualTime()).toThrow('Cannot install virtual time: timers are faked already')
    clock?.restore()
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    expect(() => virtualTime()).toThrow('timers are faked already')
    vi.useRealTimers()
  })

  test('a failed installation leaves nothing installed', () => {
    const real = setTimeout
    vi.stubGlobal('performance', Object.freeze({ now: () => 0 }))
    expect(() => virtualTime()).toThrow(TypeError)
    vi.unstubAllGlobals()
    expect(setTimeout).toBe(real)
  })

  test('time is moved by one at a time, forwards, by a finite number', async () => {
    const c = install()
    const first = c.advance(1)
    await expect(c.advance(1)).rejects.toThrow('Cannot move virtual time: it is being moved already')
    await first
    for (const wrong of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      await expect(c.advance(wrong)).rejects.toThrow('Cannot advance virtual time: ms must be a number from 0 to')
    }
  })

  test('a throwing timer rejects the move and leaves the others armed', async () => {
    const c = install()
    const error = new Error('thrown')
    let rang = false
    setTimeout(() => {
      throw error
    }, 1)
    setTimeout(() => (rang = true), 1)
    await expect(c.advance(5)).rejects.toBe(error)
    expect(c.now).toBe(1)
    await c.advance(4)
    expect(rang).toBe(true)
  })

  test('what never ends is an error, not a hang', async () => {
    const c = install()
    const again = () => setTimeout(again, 0)
    again()
    await expect(c.advance(1)).rejects.toThrow('Virtual time does not come to an end: 100000 timers fired')
    await expect(c.runAll()).rejects.toThrow('something arms itself again and again')
  })

  test.each([
    ['a message channel', () => vi.stubGlobal('setImmediate', undefined)],
    [
      'setTimeout',
      () => {
        vi.stubGlobal('setImmediate', undefined)
        vi.stubGlobal('MessageChannel', undefined)
      },
    ],
  ])('turns pass by %s where there is nothing else', async (_, stub) => {
    stub()
    try {
      const c = install()
      let settled = false
      const work = (async () => {
        for (let i = 0; i < 1000; i++) await undefined
        settled = true
      })()
      await Promise.all([c.settle(), c.settle()])
      expect(settled).toBe(true)
      await work
      setTimeout(() => {}, 5)
      await c.advance(5)
      expect(c.pendingTimers).toBe(0)
      c.restore()
    } finally {
      vi.unstubAllGlobals()
    }
  })
})

describe('sequencer', () => {
  test('logs steps and holds code at gates shared by name', async () => {
    const seq = sequencer()
    const work = (async () => {
      seq.step('started')
      await seq.gate('answer').wait
      seq.step('answered')
    })()
    seq.step('opens')
    seq.gate('answer').open()
    await work
    expect(seq.log).toEqual(['started', 'opens', 'answered'])
    await seq.gate('answer').wait
  })

  test('a failing gate rejects its waiters, and is no unhandled rejection without any', async () => {
    const seq = sequencer()
    const error = new Error('gate')
    seq.gate('a').fail(error)
    await new Promise((resolve) => setTimeout(resolve, 1))
    await expect(seq.gate('a').wait).rejects.toBe(error)
  })
})

describe('tracked signals', () => {
  test('count their listeners as the platform does', () => {
    const tracked = trackSignal()
    const { signal } = tracked
    const fn = () => {}
    signal.addEventListener('abort', fn)
    signal.addEventListener('abort', fn)
    signal.addEventListener('abort', fn, false)
    expect(tracked.listenerCount).toBe(1)
    signal.addEventListener('abort', fn, true)
    signal.addEventListener('other', fn)
    expect(tracked.listenerCount).toBe(2)
    signal.removeEventListener('abort', fn, { capture: true })
    signal.removeEventListener('other', fn)
    expect(tracked.listenerCount).toBe(1)
    signal.removeEventListener('abort', fn)
    signal.removeEventListener('abort', fn)
    expect(tracked.listenerCount).toBe(0)
  })

  test('abort for real, and then forget those that were to hear it once', () => {
    const tracked = trackSignal()
    const heard: string[] = []
    tracked.signal.addEventListener('abort', () => heard.push('once'), { once: true })
    tracked.signal.addEventListener('abort', () => heard.push('always'))
    expect(tracked.listenerCount).toBe(2)
    const reason = new Error('reason')
    tracked.abort(reason)
    expect(heard).toEqual(['once', 'always'])
    expect([tracked.signal.aborted, tracked.signal.reason]).toEqual([true, reason])
    expect(tracked.signal).toBeInstanceOf(AbortSignal)
    expect(tracked.listenerCount).toBe(1)
  })

  test('count listeners that go with a signal of their own', () => {
    const tracked = trackSignal()
    const end = new AbortController()
    tracked.signal.addEventListener('abort', () => {}, { signal: end.signal })
    expect(tracked.listenerCount).toBe(1)
    end.abort()
    expect(tracked.listenerCount).toBe(0)
    tracked.signal.addEventListener('abort', () => {}, { signal: end.signal })
    expect(tracked.listenerCount).toBe(0)
  })
})

describe('assertNothingLeft', () => {
  test('says all that is left', () => {
    const c = install()
    const tracked = trackSignal()
    const remains = { clock: c, signals: [trackSignal(), tracked], scopes: [{ scopeName: 'a', isDisposed: false }] }
    setTimeout(() => {}, 1)
    const handle = setTimeout(() => {}, 1)
    tracked.signal.addEventListener('abort', () => {})
    expect(() => assertNothingLeft(remains)).toThrow(
      'Left behind: 2 armed timers; 1 abort listener on signals[1]; scope a, which is not disposed',
    )
    clearTimeout(handle)
    expect(() => assertNothingLeft({ clock: c })).toThrow('Left behind: 1 armed timer')
  })

  test('is content with nothing', () => {
    assertNothingLeft({})
    assertNothingLeft({ clock: install(), signals: [trackSignal()], scopes: [{ scopeName: 'a', isDisposed: true }] })
  })
})

test('random gives the same numbers for the same seed, spread over the unit interval', () => {
  const a = random(1)
  const b = random(1)
  const numbers = Array.from({ length: 10_000 }, a)
  expect(Array.from({ length: 10_000 }, b)).toEqual(numbers)
  expect(random(2)()).not.toBe(numbers[0])
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0)
  expect(Math.max(...numbers)).toBeLessThan(1)
  expect(numbers.reduce((sum, x) => sum + x) / numbers.length).toBeCloseTo(0.5, 1)
})
