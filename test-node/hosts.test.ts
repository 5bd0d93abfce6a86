/** Checks what the hosts' adapters give the core, with their host's parts present, faked and missing. */
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { host as browser } from '../runtimes/browser/runtime.js'
import { host as bun } from '../runtimes/bun/runtime.js'
import { host as deno } from '../runtimes/deno/runtime.js'
import { host as generic } from '../runtimes/generic/runtime.js'
import { listenToSignals } from '../runtimes/generic/signals.js'
import { host as node } from '../runtimes/node/runtime.js'
import { host as workerd } from '../runtimes/workerd/runtime.js'

const hosts = [browser, bun, deno, generic, node, workerd]

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

describe.each(hosts)('$name', (host) => {
  test('its clock is looked up at each call and has a fallback', () => {
    vi.stubGlobal('performance', { now: () => 42 })
    expect(host.now()).toBe(42)
    vi.stubGlobal('performance', undefined)
    vi.spyOn(Date, 'now').mockReturnValue(43)
    expect(host.now()).toBe(43)
  })

  test('its random bytes differ, with Web Crypto and without', () => {
    for (const crypto of [globalThis.crypto, undefined]) {
      vi.stubGlobal('crypto', crypto)
      const [a, b] = [host.randomBytes(16), host.randomBytes(16)]
      expect(a).toHaveLength(16)
      expect(a).not.toEqual(b)
    }
  })

  test('it logs to the console that is there now', () => {
    const warn = vi.fn()
    vi.stubGlobal('console', { warn })
    host.log('warn', 'late', { by: 5 })
    expect(warn).toHaveBeenCalledExactlyOnceWith('late', { by: 5 })
  })

  test('its log never throws, whatever the console does', () => {
    const failing = () => {
      throw new Error('no console today')
    }
    for (const console of [undefined, {}, { error: failing }]) {
      vi.stubGlobal('console', console)
      expect(() => host.log('error', 'lost')).not.toThrow()
    }
  })

  test('it lets any timer not hold the process open', () => {
    vi.stubGlobal('Deno', { unrefTimer: vi.fn() })
    const timer = { unref: vi.fn() }
    host.unref?.(timer)
    expect(timer.unref).toHaveBeenCalledTimes(host.unref ? 1 : 0)
    for (const other of [7, undefined, null, {}]) expect(() => host.unref?.(other)).not.toThrow()
  })
})

test('Deno has its own way to let a timer not hold the process open', () => {
  const unrefTimer = vi.fn()
  vi.stubGlobal('Deno', { unrefTimer })
  deno.unref?.(7)
  expect(unrefTimer).toHaveBeenCalledExactlyOnceWith(7)
})

test('a shutdown signal of the process arrives until it is undone', async () => {
  const signals: string[] = []
  const before = process.listenerCount('SIGUSR2')
  const undo = node.events?.onShutdown?.(['SIGUSR2'], (signal) => signals.push(signal))
  process.kill(process.pid, 'SIGUSR2')
  while (signals.length === 0) await delay(1)
  expect(signals).toEqual(['SIGUSR2'])
  undo?.()
  undo?.()
  expect(process.listenerCount('SIGUSR2')).toBe(before)
})

test('Deno is asked for its own signals', () => {
  const [addSignalListener, removeSignalListener] = [vi.fn(), vi.fn()]
  vi.stubGlobal('Deno', { addSignalListener, removeSignalListener })
  const undo = deno.events?.onShutdown?.(['SIGTERM'], () => {})
  undo?.()
  expect(addSignalListener).toHaveBeenCalledOnce()
  expect(removeSignalListener.mock.calls).toEqual(addSignalListener.mock.calls)
})

test('a signal that the host refuses leaves no listener for the others', () => {
  const listening = new Set<string>()
  const add = (signal: string) => {
    if (signal === 'SIGKILL') throw new Error('uncatchable')
    listening.add(signal)
  }
  const listen = () =>
    listenToSignals(
      ['SIGINT', 'SIGKILL'],
      () => {},
      add,
      (signal) => listening.delete(signal),
    )
  expect(listen).toThrow('uncatchable')
  expect(listening.size).toBe(0)
})

test('a page tells when it becomes hidden, until that is undone', () => {
  const document = Object.assign(new EventTarget(), { visibilityState: 'hidden' })
  vi.stubGlobal('document', document)
  const hidden = vi.fn()
  const undo = browser.events?.onHidden?.(hidden)
  document.dispatchEvent(new Event('visibilitychange'))
  document.visibilityState = 'visible'
  document.dispatchEvent(new Event('visibilitychange'))
  expect(hidden).toHaveBeenCalledOnce()
  undo?.()
  document.visibilityState = 'hidden'
  document.dispatchEvent(new Event('visibilitychange'))
  expect(hidden).toHaveBeenCalledOnce()
})

test('a page tells when it shows again, and whether it is hidden', () => {
  const document = Object.assign(new EventTarget(), { visibilityState: 'hidden' })
  vi.stubGlobal('document', document)
  const shown = vi.fn()
  const undo = browser.events?.onVisible?.(shown)
  document.dispatchEvent(new Event('visibilitychange'))
  expect([shown.mock.calls.length, browser.events?.isHidden?.()]).toEqual([0, true])
  document.visibilityState = 'visible'
  document.dispatchEvent(new Event('visibilitychange'))
  expect([shown.mock.calls.length, browser.events?.isHidden?.()]).toEqual([1, false])
  undo?.()
  document.dispatchEvent(new Event('visibilitychange'))
  expect(shown).toHaveBeenCalledOnce()
})

test('a worker, which has no document, is never hidden', () => {
  expect(browser.events?.isHidden?.()).toBe(false)
  expect(browser.events?.onHidden?.(() => {})).toBeTypeOf('function')
})
