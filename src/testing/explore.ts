/** Runs code in many orders, and says which one it failed in. */

import { toError } from '../base/errors.js'
import { callback, integer, object, optionalCallback } from '../base/options.js'
import { type VirtualClock, virtualTime } from './clock.js'
import { random } from './random.js'
import { type Schedule, ScheduledRun } from './schedule.js'

/** Options of `explore`. */
export interface ExploreOptions {
  /** The first seed, from 0 to 2^32-1: the one of a failure brings that very run back. Default: 1. */
  readonly seed?: number
  /** How many runs, each with the next seed. Default: 100, or 1 with `seed` or `pick`. */
  readonly runs?: number
  /**
   * Chooses one of so many steps, by its number from 0, in place of the seed: for a property-based tester, which then
   * finds the simplest order by itself.
   */
  readonly pick?: (count: number) => number
}

/** A run of `explore` has failed; the `cause` is what it failed with. */
export class ScheduleError extends Error {
  override readonly name: string = 'ScheduleError'
  readonly _tag: string = 'ScheduleError'
  /** Brings the run back: `explore(fn, { seed })`. */
  readonly seed: number
  /** The steps of the run, in order. */
  readonly steps: readonly string[]

  constructor({ seed, log }: Pick<Schedule, 'seed' | 'log'>, thrown: unknown) {
    const cause = toError(thrown)
    const shown = log.length > 40 ? [...log.slice(0, 40), `and ${log.length - 40} more`] : log
    super(
      `Schedule 0x${seed.toString(16)} failed, run it again with { seed: 0x${seed.toString(16)} }: ${cause.message}\n` +
        `Steps: ${shown.join(', ')}`,
      { cause: thrown },
    )
    this.seed = seed
    this.steps = log
  }
}

/** Runs `fn` in many orders, without what `explore` of the package adds: the code that is loaded on first use is not there yet. */
export async function explore(fn: (schedule: Schedule) => unknown, options: ExploreOptions = {}): Promise<void> {
  const action = 'explore schedules'
  callback(action, 'fn', fn)
  const { seed, pick, runs = seed === undefined && pick === undefined ? 100 : 1 } = object(action, 'options', options)
  integer(action, 'runs', runs, 1)
  optionalCallback(action, 'pick', pick)
  const first = integer(action, 'seed', seed ?? 1, 0)
  for (let at = 0; at < runs; at++) {
    const next = random(first + at)
    const choose = pick ?? ((count) => Math.floor(next() * count))
    await runOnce(fn, new ScheduledRun((first + at) >>> 0, random(first + at + 0x9e3779b9), choose))
  }
}

async function runOnce(fn: (schedule: Schedule) => unknown, run: ScheduledRun): Promise<void> {
  const clock: VirtualClock = virtualTime()
  let outcome: { readonly error?: unknown } | undefined
  try {
    const ended = (async () => fn(run))()
    ended.then(
      () => (outcome = {}),
      (error: unknown) => (outcome = { error }),
    )
    await run.drive(clock, () => outcome !== undefined)
  } catch (error) {
    outcome = { error }
  } finally {
    clock.restore()
  }
  if (outcome !== undefined && 'error' in outcome) throw new ScheduleError(run, outcome.error)
}
