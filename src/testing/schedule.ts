/**
 * One order in which concurrent code may run: of the steps that could go on, one at a time is chosen.
 *
 * 1. All microtasks are done before each choice, so that a run is decided by its choices alone.
 * 2. Time stands still while a step can go on; then the next timer fires. Among timers of one moment there is a choice too.
 */

import { callback, outOfRange } from '../base/options.js'
import type { VirtualClock } from './clock.js'

/** How many steps a run may take. */
const longest = 5_000
/** How many turns of the event loop a run may do nothing; code that is loaded or real input takes a few. */
const patience = 500

/** What the code under test does its steps with. */
export interface Schedule {
  /** What decides this run: the same seed gives the same run. */
  readonly seed: number
  /** The steps so far, in the order they went on; timers as `+100ms`, the virtual time they fired at. */
  readonly log: readonly string[]
  /** Waits until the schedule chooses this step. */
  readonly point: (name?: string) => Promise<void>
  /** The same function, with a step before it starts and one before its outcome is seen: for fakes of requests and the like. */
  readonly wrap: <A extends readonly unknown[], R>(
    fn: (...args: A) => R | PromiseLike<R>,
    name?: string,
  ) => (...args: A) => Promise<R>
  /** A number from 0 up to 1 that belongs to the run: for sizes, values and failures. */
  readonly random: () => number
}

interface Step {
  readonly name: string
  readonly go: () => void
}

/** A schedule as `explore` drives it. */
export class ScheduledRun implements Schedule {
  readonly seed: number
  readonly log: string[] = []
  readonly random: () => number
  readonly #pick: (count: number) => number
  #waiting: Step[] = []
  #points = 0

  // Properties rather than methods, so that they can be taken out: `({ point, wrap }) => …`.
  readonly point = (name: string = `point ${++this.#points}`): Promise<void> =>
    new Promise((go) => void this.#waiting.push({ name, go }))

  readonly wrap = <A extends readonly unknown[], R>(
    fn: (...args: A) => R | PromiseLike<R>,
    name: string = fn.name || 'call',
  ): ((...args: A) => Promise<R>) => {
    callback('wrap', 'fn', fn)
    return async (...args) => {
      await this.point(`${name} starts`)
      try {
        return await fn(...args)
      } finally {
        await this.point(`${name} ends`)
      }
    }
  }

  /** `pick` chooses one of so many, by its number from 0. */
  constructor(seed: number, random: () => number, pick: (count: number) => number) {
    this.seed = seed
    this.random = random
    this.#pick = (count) => {
      const at = count === 1 ? 0 : pick(count)
      if (!(Number.isInteger(at) && at >= 0 && at < count))
        throw outOfRange('explore schedules', 'pick', `a whole number from 0 to ${count - 1}`, at)
      return at
    }
  }

  /** Takes one step after another until the run is over; then everybody who still waits may go on. */
  async drive(clock: VirtualClock, isOver: () => boolean): Promise<void> {
    let idle = 0
    while (true) {
      await clock.settle()
      if (isOver()) break
      if (this.log.length >= longest) throw new Error(`it takes more than ${longest} steps`)
      if (this.#step() || this.#tick(clock)) idle = 0
      else if (++idle > patience) throw new Error('nothing can go on: no point is waited for and no timer is armed')
    }
    for (const { go } of this.#waiting) go()
    this.#waiting = []
  }

  #step(): boolean {
    if (this.#waiting.length === 0) return false
    const [step] = this.#waiting.splice(this.#pick(this.#waiting.length), 1)
    this.log.push(step?.name ?? '')
    step?.go()
    return true
  }

  #tick(clock: VirtualClock): boolean {
    const fired = clock.fireNext(this.#pick)
    if (fired) this.log.push(`+${clock.now}ms`)
    return fired
  }
}
