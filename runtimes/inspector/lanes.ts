/**
 * Where tasks are drawn: those of a group in as few lanes as do not overlap, and each stays in its lane.
 *
 * 1. A lane is taken from the moment its task is queued until it is over; the lowest free lane goes first.
 * 2. Within a batch things happen in the order of their times, so that a lane is free no sooner than it was.
 */

import { groupOf, isLive } from './words.js'
import type { InspectedTask } from './inspection.js'

/** A place. */
export interface Bar {
  readonly task: InspectedTask
  /** From the top, headings of groups included. */
  readonly row: number
}

/** What is to be drawn. */
export interface Plan {
  readonly headings: readonly { readonly name: string; readonly row: number }[]
  readonly bars: readonly Bar[]
  readonly rows: number
}

interface Group {
  readonly lanes: (number | undefined)[]
  /** No lane below this one is free. */
  lowest: number
}

interface Place {
  readonly group: Group
  readonly name: string
  readonly lane: number
  live: boolean
}

interface Step {
  readonly at: number
  readonly task: InspectedTask
}

/** Lanes in use. */
export class Lanes {
  readonly #groups: Map<string, Group> = new Map()
  readonly #places: Map<number, Place> = new Map()

  /** Places these tasks, and forgets all others. */
  place(tasks: readonly InspectedTask[]): void {
    this.#forget(new Set(tasks.map(({ id }) => id)))
    const steps: Step[] = []
    for (const task of tasks) {
      const known = this.#places.get(task.id)
      if (known === undefined) steps.push({ at: task.queuedAt, task })
      if (known?.live !== false && !isLive(task)) steps.push({ at: task.settledAt ?? task.queuedAt, task })
    }
    for (const { task } of steps.sort((a, b) => a.at - b.at)) {
      const known = this.#places.get(task.id)
      if (known === undefined) this.#take(task)
      else this.#free(known)
    }
  }

  #take(task: InspectedTask): void {
    const name = groupOf(task)
    let group = this.#groups.get(name)
    if (group === undefined) this.#groups.set(name, (group = { lanes: [], lowest: 0 }))
    let lane = group.lowest
    while (group.lanes[lane] !== undefined) lane++
    group.lanes[lane] = task.id
    group.lowest = lane + 1
    this.#places.set(task.id, { group, name, lane, live: true })
  }

  #free(place: Place): void {
    if (!place.live) return
    place.live = false
    place.group.lanes[place.lane] = undefined
    place.group.lowest = Math.min(place.group.lowest, place.lane)
  }

  #forget(present: ReadonlySet<number>): void {
    for (const [id, place] of this.#places) {
      if (present.has(id)) continue
      this.#free(place)
      this.#places.delete(id)
    }
    const names = new Set([...this.#places.values()].map(({ name }) => name))
    for (const name of this.#groups.keys()) if (!names.has(name)) this.#groups.delete(name)
  }

  /** Those of the tasks that are in view between two moments, and the groups they are in. */
  plan(tasks: readonly InspectedTask[], from: number, to: number): Plan {
    const seen: { readonly task: InspectedTask; readonly place: Place }[] = []
    const counts = new Map<string, number>()
    for (const task of tasks) {
      const place = this.#places.get(task.id)
      const isPast = !isLive(task) && (task.settledAt ?? 0) < from
      if (place === undefined || isPast || task.queuedAt > to) continue
      seen.push({ task, place })
      counts.set(place.name, Math.max(counts.get(place.name) ?? 0, place.lane + 1))
    }
    const firsts = new Map<string, number>()
    const headings: { name: string; row: number }[] = []
    let rows = 0
    for (const name of this.#groups.keys()) {
      const lanes = counts.get(name)
      if (lanes === undefined) continue
      headings.push({ name, row: rows })
      firsts.set(name, rows + 1)
      rows += 1 + lanes
    }
    const bars = seen.map(({ task, place }) => ({ task, row: (firsts.get(place.name) ?? 0) + place.lane }))
    return { headings, bars, rows }
  }
}
