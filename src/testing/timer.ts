/** What stands in for the host's timers and for its `Date` in virtual time. */

import type { Placed } from '../base/heap.js'

/** What the faked functions return, with the methods that timers have in Node. */
export class Timer implements Placed {
  place = -1
  at = 0
  order = 0
  readonly fn: () => void
  readonly delay: number
  readonly #arm: (timer: Timer) => void
  /** True for an interval until it is cleared. */
  repeats: boolean

  constructor(fn: () => void, delay: number, repeats: boolean, arm: (timer: Timer) => void) {
    this.fn = fn
    this.delay = delay
    this.repeats = repeats
    this.#arm = arm
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  hasRef(): boolean {
    return true
  }

  refresh(): this {
    this.#arm(this)
    return this
  }
}

/** The same `Date`, but that it reads the virtual clock when it is given no time. */
export function virtualDate(real: DateConstructor, now: () => number): DateConstructor {
  return new Proxy(real, {
    // By this other libraries' fake timers tell that somebody else's are there, and refuse to be installed over them.
    get: (target, name) => (name === 'isFake' ? true : Reflect.get(target, name)),
    apply: () => new real(now()).toString(),
    construct: (target, args, made) => Reflect.construct(target, args.length === 0 ? [now()] : args, made),
  })
}
