/** Which stretch of time the timeline shows: one that follows the present, or one that somebody has gone to. */

import type { InspectedTask } from './inspection.js'
import { isLive } from './words.js'

const shortest = 20
const longest = 3_600_000

/** A window on time. */
export class TimeWindow {
  #span = 5_000
  #end: number | undefined

  /** How many milliseconds are in view. */
  get span(): number {
    return this.#span
  }

  /** True while it follows the present. */
  get isLive(): boolean {
    return this.#end === undefined
  }

  /** Shows more or less, by a factor. */
  zoom(factor: number): void {
    this.#span = Math.min(longest, Math.max(shortest, this.#span * factor))
  }

  /** Goes to where this moment is at the right edge; one that is not over yet is the present. */
  lookAt(moment: number, present: number, origin: number): void {
    this.#end = moment >= present ? undefined : Math.max(origin, moment)
  }

  /** The right edge, when this is what it is while the window follows the present. */
  end(present: number): number {
    return this.#end ?? present
  }

  /** What that is: it goes on only while something lives, so that what is over stays in view. */
  present(tasks: readonly InspectedTask[], now: number, origin: number): number {
    const over = tasks.length > 0 && !tasks.some(isLive)
    const last = over ? tasks.reduce((latest, { settledAt = 0 }) => Math.max(latest, settledAt), 0) : now
    return Math.max(last + this.#span / 25, origin + this.#span) // a young scope begins at the left
  }
}
