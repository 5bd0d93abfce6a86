/**
 * Permits handed out in order, without promises.
 *
 * 1. Nobody overtakes a waiter ahead: `take` fails while anybody of the same or a higher priority waits.
 * 2. The head of the queue blocks: a heavy waiter is not starved by light ones behind it.
 * 3. A permit is handed over in the turn it is given back; leaving the queue is O(1).
 */

import type { Undo } from '../base/undo.js'

interface Waiter {
  readonly weight: number
  readonly granted: () => void
  previous: Waiter | undefined
  next: Waiter | undefined
  level: Level | undefined
}

interface Level {
  readonly priority: number
  first: Waiter | undefined
  last: Waiter | undefined
}

/** A number of permits and those who wait for them. */
export class PermitQueue {
  #total: number
  #free: number
  #waiting = 0
  /** Highest priority first; none is empty. */
  readonly #levels: Level[] = []

  constructor(total: number) {
    this.#total = total
    this.#free = total
  }

  /** How many permits there are. */
  get total(): number {
    return this.#total
  }

  /** How many are free; below zero after a resize that took away more than were free. */
  get available(): number {
    return this.#free
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting
  }

  /** Takes permits if they are free and nobody waits. */
  take(weight: number = 1): boolean {
    if (this.#waiting > 0 || this.#free < weight) return false
    this.#free -= weight
    return true
  }

  /** Calls `granted` once the permits are there; the undo leaves the queue, and does nothing after that. */
  wait(weight: number, priority: number, granted: () => void): Undo {
    const level = this.#level(priority)
    const waiter: Waiter = { weight, granted, previous: level.last, next: undefined, level }
    if (level.last === undefined) level.first = waiter
    else level.last.next = waiter
    level.last = waiter
    this.#waiting++
    this.#serve() // it may stand before a heavy waiter that the free permits are too few for
    return () => {
      if (waiter.level === undefined) return
      this.#remove(waiter, waiter.level)
      this.#serve()
    }
  }

  /** Gives permits back, to whoever is first. */
  give(weight: number = 1): void {
    this.#free += weight
    this.#serve()
  }

  /** Changes how many there are; those in use stay in use. */
  resize(total: number): void {
    this.#free += total - this.#total
    this.#total = total
    this.#serve()
  }

  #serve(): void {
    for (;;) {
      const level = this.#levels[0]
      const waiter = level?.first
      if (level === undefined || waiter === undefined || waiter.weight > this.#free) return
      this.#free -= waiter.weight
      this.#remove(waiter, level)
      waiter.granted()
    }
  }

  #level(priority: number): Level {
    const at = this.#levels.findIndex((level) => level.priority <= priority)
    const found = this.#levels[at]
    if (found?.priority === priority) return found
    const made: Level = { priority, first: undefined, last: undefined }
    this.#levels.splice(at < 0 ? this.#levels.length : at, 0, made)
    return made
  }

  #remove(waiter: Waiter, level: Level): void {
    const { previous, next } = waiter
    if (previous === undefined) level.first = next
    else previous.next = next
    if (next === undefined) level.last = previous
    else next.previous = previous
    waiter.level = waiter.previous = waiter.next = undefined
    this.#waiting--
    if (level.first === undefined) this.#levels.splice(this.#levels.indexOf(level), 1)
  }
}
