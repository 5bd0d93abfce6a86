/**
 * Virtual time: timers fire when a test moves the clock, and never by themselves.
 *
 * Nothing is touched at import; `virtualTime()` replaces the host's timers and clocks, `restore()` brings them back.
 */

import { duration } from '../base/options.js'

/** A clock that a test moves. */
export interface VirtualClock extends Disposable {
  /** Virtual milliseconds since it was installed. */
  readonly now: number
  /** How many timers are armed. */
  readonly pendingTimers: number
  /** Moves time on by `ms` and fires what is due, in order; microtasks run before, between and after. */
  advance(ms: number): Promise<void>
  /** Fires timers, those they arm included, until none is left. */
  runAll(): Promise<void>
  /** Lets all microtasks run, without moving time. */
  settle(): Promise<void>
  /** Brings the host's timers back. Again does nothing. */
  restore(): void
}

interface Timer {
  readonly id: number
  readonly fn: () => void
  readonly every: number | undefined
  due: number
}

/** What is replaced, as one sees it through the global object: a host may lack some of it. */
interface Globals {
  setTimeout: unknown
  clearTimeout: unknown
  setInterval: unknown
  clearInterval: unknown
  readonly performance?: { now: unknown }
  readonly Date: { now: unknown }
  readonly MessageChannel?: new () => {
    readonly port1: { onmessage: (() => void) | null; close(): void; unref?(): void }
    readonly port2: { postMessage(message: unknown): void; close(): void; unref?(): void }
  }
}

const most = 100_000
let installed = false

/**
 * Installs a virtual clock.
 *
 * @throws Error when one is installed already.
 * @example
 * ```ts
 * using clock = virtualTime()
 * const task = s.task(work, { timeout: 1_000 })
 * await clock.advance(1_000)
 * const [err] = await task // a TimeoutError, at once
 * ```
 */
export function virtualTime(): VirtualClock {
  if (installed) throw new Error('Cannot install virtual time: it is installed already, restore the other clock first')
  installed = true
  return new FakeClock(globalThis as unknown as Globals) // the host's globals, seen through the few that are used
}

class FakeClock implements VirtualClock {
  readonly #timers: Map<number, Timer> = new Map()
  readonly #undo: (() => void)[] = []
  readonly #macrotask: () => Promise<void>
  #now = 0
  #lastId = 0

  constructor(globals: Globals) {
    this.#macrotask = this.#realMacrotask(globals)
    const wall = (globals.Date as unknown as DateConstructor).now()
    const arm =
      (every: boolean) =>
      (fn: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) =>
        this.#arm(() => fn(...args), ms, every)
    const clear = (handle: unknown): void => void this.#timers.delete(Number(handle))
    this.#replace(globals, 'setTimeout', arm(false))
    this.#replace(globals, 'setInterval', arm(true))
    this.#replace(globals, 'clearTimeout', clear)
    this.#replace(globals, 'clearInterval', clear)
    this.#replace(globals.Date, 'now', () => wall + this.#now)
    if (globals.performance !== undefined) this.#replace(globals.performance, 'now', () => this.#now)
  }

  get now(): number {
    return this.#now
  }

  get pendingTimers(): number {
    return this.#timers.size
  }

  async advance(ms: number): Promise<void> {
    const target = this.#now + duration('advance virtual time', 'ms', ms)
    await this.settle()
    for (let fired = 0; ; fired++) {
      const timer = this.#first()
      if (timer === undefined || timer.due > target) break
      if (fired === most) throw new Error(`Cannot advance virtual time: ${most} timers fired and more are due`)
      await this.#fire(timer)
    }
    this.#now = target
    await this.settle()
  }

  async runAll(): Promise<void> {
    await this.settle()
    for (let fired = 0; ; fired++) {
      const timer = this.#first()
      if (timer === undefined) return
      if (fired === most) throw new Error(`Cannot run all timers: ${most} fired and there are still more`)
      await this.#fire(timer)
    }
  }

  settle(): Promise<void> {
    return this.#macrotask()
  }

  restore(): void {
    for (const undo of this.#undo.splice(0).reverse()) undo()
    this.#timers.clear()
    installed = false
  }

  [Symbol.dispose](): void {
    this.restore()
  }

  async #fire(timer: Timer): Promise<void> {
    this.#now = Math.max(this.#now, timer.due)
    if (timer.every === undefined) this.#timers.delete(timer.id)
    else timer.due = this.#now + timer.every
    timer.fn()
    await this.settle()
  }

  #first(): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers.values()) if (first === undefined || timer.due < first.due) first = timer
    return first
  }

  /** As hosts do: what is no number, below zero or too long for 31 bits counts as 1. */
  #arm(fn: () => void, ms: unknown, every: boolean): object {
    const wanted = Number(ms ?? 0)
    const delay = wanted >= 0 && wanted < 2 ** 31 ? Math.trunc(wanted) : 1
    const id = ++this.#lastId
    this.#timers.set(id, { id, fn, every: every ? Math.max(1, delay) : undefined, due: this.#now + delay })
    const handle = { ref: () => handle, unref: () => handle, hasRef: () => true, [Symbol.toPrimitive]: () => id }
    return handle
  }

  #replace<T extends object, K extends keyof T>(target: T, key: K, value: unknown): void {
    const own = Object.getOwnPropertyDescriptor(target, key)
    Object.defineProperty(target, key, {
      value,
      configurable: true,
      writable: true,
      enumerable: own?.enumerable ?? true,
    })
    this.#undo.push(() => {
      if (own === undefined) delete target[key]
      else Object.defineProperty(target, key, own)
    })
  }

  /** A real turn of the event loop, taken from the host before its timers are replaced. */
  #realMacrotask({ MessageChannel, setTimeout }: Globals): () => Promise<void> {
    if (MessageChannel === undefined) {
      const real = setTimeout as (fn: () => void, ms: number) => unknown // the host's own, just read
      return () => new Promise((resolve) => real.call(globalThis, resolve, 0))
    }
    const { port1, port2 } = new MessageChannel()
    const waiting: (() => void)[] = []
    port1.onmessage = () => waiting.shift()?.()
    this.#undo.push(() => {
      for (const resolve of waiting.splice(0)) resolve()
      port1.close()
      port2.close()
    })
    return () =>
      new Promise((resolve) => {
        if (!installed) return resolve()
        waiting.push(resolve)
        port2.postMessage(0)
      })
  }
}
