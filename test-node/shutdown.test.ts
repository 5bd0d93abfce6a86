/** What `gracefulShutdown` does on each signal, with a process that the test plays. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openScope } from '../src/scope/scope.js'
import { virtualTime, type VirtualClock } from '../src/testing/index.js'
import { host } from '../runtimes/generic/runtime.js'

let clock: VirtualClock
beforeEach(() => {
  clock = virtualTime()
})
afterEach(() => clock.restore())

/** A process that remembers who listens. */
function fakeProcess() {
  const listeners = new Map<(signal: string) => void, readonly string[]>()
  const onShutdown = (signals: readonly string[], fn: (signal: string) => void) => {
    if (signals.includes('SIGNONE')) throw new TypeError('Unknown signal: SIGNONE')
    listeners.set(fn, signals)
    return () => listeners.delete(fn)
  }
  const send = (signal: string): void => {
    for (const [fn, signals] of [...listeners]) if (signals.includes(signal)) fn(signal)
  }
  const lines: unknown[][] = []
  const log = (...line: unknown[]): void => void lines.push(line)
  return { listeners, send, lines, host: { ...host, log, events: { onShutdown } } }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

test('the first signal lets running work finish, then disposes of the scope', async () => {
  const process = fakeProcess()
  const s = openScope(process.host, { gracefulShutdown: true })
  const task = s.task(() => sleep(5_000).then(() => 'done'))
  expect(s.isShutdownRequested).toBe(false)
  process.send('SIGTERM')
  expect([s.isShutdownRequested, s.aborted, s.isDisposed]).toEqual([true, false, false])
  await clock.advance(5_000)
  expect(await task).toEqual([undefined, 'done'])
  await clock.settle()
  expect(s.isDisposed).toBe(true)
  await s[Symbol.asyncDispose]()
  expect(process.listeners.size).toBe(0)
  expect(clock.pendingTimers).toBe(0)
})

test('work that takes longer than the timeout is cancelled', async () => {
  const process = fakeProcess()
  const s = openScope(process.host, { gracefulShutdown: { timeout: 100 } })
  const task = s.task(({ signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve)))
  process.send('SIGINT')
  await clock.advance(99)
  expect(task.isSettled).toBe(false)
  await clock.advance(1)
  expect(task.status).toBe('cancelled')
  await s[Symbol.asyncDispose]()
  expect(process.listeners.size).toBe(0)
  expect(clock.pendingTimers).toBe(0)
})

test('a second signal cancels at once and gives the signals back', async () => {
  const process = fakeProcess()
  const s = openScope(process.host, { gracefulShutdown: { timeout: Infinity }, gracePeriod: 50 })
  const task = s.task(() => new Promise(() => {}))
  process.send('SIGINT')
  await clock.advance(1_000_000)
  expect(task.isSettled).toBe(false)
  process.send('SIGINT')
  expect(task.status).toBe('cancelled')
  expect(process.listeners.size).toBe(0)
  await clock.advance(50)
  await s[Symbol.asyncDispose]()
  expect(clock.pendingTimers).toBe(0)
})

test('a scope that ends without a signal listens no more', async () => {
  const process = fakeProcess()
  const s = openScope(process.host, { gracefulShutdown: { signals: ['SIGUSR2'] } })
  process.send('SIGTERM')
  expect([s.isShutdownRequested, process.listeners.size]).toEqual([false, 1])
  await s[Symbol.asyncDispose]()
  expect(process.listeners.size).toBe(0)
})

test('an error of the disposal on a signal is told to the logger', async () => {
  const process = fakeProcess()
  const s = openScope(process.host, { gracefulShutdown: true })
  const error = new Error('cleanup')
  s.onDispose(() => {
    throw error
  })
  process.send('SIGTERM')
  await clock.settle()
  expect(process.lines.filter((line) => line.includes(error))).toHaveLength(1)
  await expect(s[Symbol.asyncDispose]()).rejects.toBe(error)
})

test('a host without process signals warns; off is off', async () => {
  const process = fakeProcess()
  const page = { ...process.host, events: {} }
  const s = openScope(page, { gracefulShutdown: true })
  expect(process.lines).toHaveLength(1)
  expect(String(process.lines[0])).toContain('gracefulShutdown does nothing here')
  const off = openScope(process.host, { gracefulShutdown: false })
  expect(process.listeners.size).toBe(0)
  await Promise.all([s, off].map((each) => each[Symbol.asyncDispose]()))
})

test('options that make no sense are refused at the call, and leave nothing in the parent', async () => {
  const process = fakeProcess()
  const parent = openScope(process.host)
  for (const gracefulShutdown of ['yes', 5, null, { signals: 'SIGINT' }, { signals: [5] }, { signals: ['SIGNONE'] }]) {
    expect(() => parent.createChild({ gracefulShutdown: gracefulShutdown as never })).toThrow(TypeError)
  }
  expect(() => parent.createChild({ gracefulShutdown: { timeout: -1 } })).toThrow(RangeError)
  expect(parent.debugTree().split('\n')).toHaveLength(1)
  await parent[Symbol.asyncDispose]()
  expect(process.listeners.size).toBe(0)
})
