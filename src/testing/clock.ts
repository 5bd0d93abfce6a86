/**
 * Virtual time: timers and clocks that move when a test says so.
 *
 * 1. Timers fire in order of time, then of creation, each in a turn of its own: all microtasks are done in between.
 * 2. Delays are taken as hosts take them: cut to whole milliseconds, and 1 when above 2^31-1.
 * 3. Real time is only used to let real turns of the event loop pass, by functions captured at the start.
 */

import { Heap } from '../base/heap.js'
import { callback, number } from '../base/options.js'
import type { Undo } from '../base/undo.js'
import { globals, realTurns, replace, type Turns } from './host.js'
import { Timer, virtualDate } from './timer.js'

const longest = 2 ** 31 - 1
const mostTimers = 100_000

/** The clock that `virtualTime` installs. */
export class VirtualClock implements Disposable {
  #now = 0
  #created = 0
  #moving = false
  #restored = false
  readonly #timers: Heap<Timer> = new Heap((a, b) => a.at < b.at || (a.at === b.at && a.order < b.order))
  readonly #turns: Turns = realTurns()
  readonly #undos: Undo[] = []

  /** Use `virtualTime()`. @internal */
  constructor(epoch: number) {
    try {
      this.#install(epoch)
    } catch (error) {
      this.restore() // all or nothing
      throw error
    }
  }

  /** Virtual milliseconds since the clock was installed; `performance.now()` gives the same. */
  get now(): number {
    return this.#now
  }

  /** How many timers and intervals are armed. After `restore` it stays as it was then. */
  get pendingTimers(): number {
    return this.#timers.size
  }

  /**
   * Moves time forward and fires the timers that come due, those armed meanwhile included.
   *
   * An error thrown by a timer rejects at once; the clock then stands at that timer, and the others are still armed.
   *
   * @throws RangeError when `ms` is negative or not finite.
   * @example
   * ```ts
   * const answer = s.task(work, { timeout: 1_000 })
   * await clock.advance(1_000)
   * const [err] = await answer // TimeoutError
   * ```
   */
  async advance(ms: number): Promise<void> {
    const until = this.#now + number('advance virtual time', 'ms', ms, 0, Number.MAX_SAFE_INTEGER)
    let at = this.#now
    let fired = 0 // in one millisecond: an hour of a busy interval is fine
    await this.#move((timer) => {
      if (timer === undefined || timer.at > until) return false
      fired = timer.at === at ? fired + 1 : 1
      at = timer.at
      if (fired > mostTimers) throw this.#endless()
      return true
    })
    this.#now = until
  }

  /**
   * Fires timers, moving time, until none is left.
   *
   * @throws Error after 100 000 timers: something arms itself again and again, an interval for one.
   * @example
   * ```ts
   * const answer = s.task(flaky, { retry: 'exponential' })
   * await clock.runAll()
   * ```
   */
  async runAll(): Promise<void> {
    let fired = 0
    await this.#move((timer) => {
      if (timer !== undefined && ++fired > mostTimers) throw this.#endless()
      return timer !== undefined
    })
  }

  /**
   * Lets everything run that waits for promises only; time stands still.
   *
   * @example
   * ```ts
   * void jobs.send(1)
   * await clock.settle()
   * ```
   */
  settle(): Promise<void> {
    if (this.#restored) return Promise.reject(this.#gone())
    return this.#turns.next()
  }

  /**
   * Moves time to the next timer and fires it: of those that come due together the one that `pick` chooses, given how many
   * there are. False when there is none. @internal
   */
  fireNext(pick: (count: number) => number): boolean {
    const due: Timer[] = []
    for (let next = this.#timers.first; next !== undefined; next = this.#timers.first) {
      if (next.at > (due[0] ?? next).at) break
      this.#timers.remove(next)
      due.push(next)
    }
    if (due.length === 0) return false
    for (const timer of due) this.#timers.add(timer)
    this.#fire(due[pick(due.length)] as Timer) // pick chooses one of them
    return true
  }

  /** Brings the real timers and clocks back. Timers still armed never fire. Asked again, does nothing. */
  restore(): void {
    if (this.#restored) return
    this.#restored = true
    for (const undo of this.#undos) undo()
    this.#turns.close()
  }

  /** `restore`, for `using`. */
  [Symbol.dispose](): void {
    this.restore()
  }

  async #move(wanted: (next: Timer | undefined) => boolean): Promise<void> {
    if (this.#restored) throw this.#gone()
    if (this.#moving)
      throw new Error('Cannot move virtual time: it is being moved already; await one advance() or runAll() first')
    this.#moving = true
    try {
      for (;;) {
        await this.#turns.next()
        const timer = this.#timers.first
        if (this.#restored || !wanted(timer) || timer === undefined) return
        this.#fire(timer)
      }
    } finally {
      this.#moving = false
    }
  }

  #fire(timer: Timer): void {
    this.#timers.remove(timer)
    this.#now = timer.at
    try {
      timer.fn()
    } finally {
      if (timer.repeats) this.#arm(timer)
    }
  }

  #arm(timer: Timer): void {
    this.#timers.remove(timer)
    timer.at = this.#now + timer.delay
    timer.order = ++this.#created
    this.#timers.add(timer)
  }

  #create(fn: (...args: unknown[]) => void, ms: unknown, args: unknown[], repeats: boolean): Timer {
    callback(repeats ? 'set interval' : 'set timeout', 'callback', fn)
    const delay = Math.trunc(Number(ms)) || 0
    const kept = delay > longest ? 1 : Math.max(delay, repeats ? 1 : 0)
    const timer = new Timer(
      () => fn(...args),
      kept,
      repeats,
      (again) => this.#arm(again),
    )
    this.#arm(timer)
    return timer
  }

  #install(epoch: number): void {
    const { Date: realDate, performance, clearTimeout } = globals()
    const set =
      (repeats: boolean) =>
      (fn: (...args: unknown[]) => void, ms?: unknown, ...args: unknown[]): Timer =>
        this.#create(fn, ms, args, repeats)
    const clear = (timer?: unknown): void => {
      if (!(timer instanceof Timer)) return clearTimeout(timer) // armed before the clock was installed
      timer.repeats = false
      this.#timers.remove(timer)
    }
    const now = (): number => epoch + Math.floor(this.#now)
    const fake = (target: object, name: string, value: unknown): void =>
      void this.#undos.push(replace(target, name, value))
    // `clock` is how fake timers, other libraries' too, tell that they are.
    fake(globalThis, 'setTimeout', Object.assign(set(false), { clock: this }))
    fake(globalThis, 'clearTimeout', clear)
    fake(globalThis, 'setInterval', set(true))
    fake(globalThis, 'clearInterval', clear)
    fake(realDate, 'now', now)
    fake(globalThis, 'Date', virtualDate(realDate, now))
    if (performance !== undefined) fake(performance, 'now', () => this.#now)
  }

  #endless(): Error {
    return new Error(
      `Virtual time does not come to an end: ${mostTimers} timers fired and ${this.#timers.size} are armed; ` +
        'something arms itself again and again',
    )
  }

  #gone(): Error {
    return new Error('Cannot use virtual time: the clock was restored')
  }
}

/**
 * Replaces `setTimeout`, `setInterval`, their `clear` functions, `Date` and `performance.now` by ones that only move when
 * told to, until `restore`. Promises and their microtasks stay real.
 * Without what `virtualTime` of the package adds: the code that is loaded on first use is not there yet.
 */
export function virtualTime(start: number = 946_684_800_000): VirtualClock {
  number('install virtual time', 'start', start, -8.64e15, 8.64e15)
  const { setTimeout, Date: date } = globals()
  if ('clock' in setTimeout || Reflect.get(date, 'isFake') === true) {
    throw new Error('Cannot install virtual time: timers are faked already; restore that clock first, or use it alone')
  }
  return new VirtualClock(start)
}
