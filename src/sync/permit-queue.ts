/**
 * Permits handed out in order, without promises.
 *
 * 1. Order is by priority, higher first, then by arrival; nobody overtakes one of the same or a higher priority.
 * 2. The head of the queue blocks: a heavy waiter is not starved by light ones behind it.
 * 3. A permit is handed over in the turn it is given back, and whoever gets it is out of the queue before it is told: it
 *    may take, give, wait or leave at once.
 * 4. A priority nobody waits with is forgotten, but for the last one, which is most likely asked for again. So leaving is
 *    O(1) among equals, and O(log p) for the last one of p priorities.
 */

import { Heap, type Placed } from '../base/heap.js'
import type { Undo } from '../base/undo.js'
import { WaitNode, WaitQueue } from './wait-queue.js'

/** One who waits for permits. */
export interface PermitWaiter extends WaitNode<PermitWaiter> {
  readonly weight: number
  /** Learns that the permits are there. */
  granted(): void
  /** Learns that the queue was given up. */
  refused(error: Error): void
}

/** Those who wait with the same priority. */
class Level extends WaitQueue<PermitWaiter> implements Placed {
  place = -1
  readonly priority: number

  constructor(priority: number) {
    super()
    this.priority = priority
  }
}

class CallbackWaiter extends WaitNode<PermitWaiter> implements PermitWaiter {
  readonly weight: number
  readonly granted: () => void

  constructor(weight: number, granted: () => void) {
    super()
    this.weight = weight
    this.granted = granted
  }

  /** The scope that the queue is for tells its tasks itself. */
  refused(): void {}
}

/** A number of permits and those who wait for them. */
export class PermitQueue {
  #total: number
  #free: number
  #waiting = 0
  readonly #levels: Heap<Level> = new Heap((a, b) => a.priority > b.priority)
  readonly #byPriority: Map<number, Level> = new Map()

  constructor(total: number) {
    this.#total = total
    this.#free = total
  }

  /** How many permits there are. */
  get total(): number {
    return this.#total
  }

  /** How many are free. */
  get available(): number {
    return Math.max(0, this.#free) // below zero while more are in use than a resize has left
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting
  }

  /** Takes permits if they are free and nobody is ahead; without a priority everybody who waits is. */
  take(weight: number = 1, priority: number = -Infinity): boolean {
    if (this.#free < weight || (this.#waiting > 0 && this.#highest >= priority)) return false
    this.#free -= weight
    return true
  }

  /** Calls `granted` once the permits are there; the undo leaves the queue, and does nothing after that. */
  wait(weight: number, priority: number, granted: () => void): Undo {
    const waiter = new CallbackWaiter(weight, granted)
    this.join(waiter, priority)
    return () => this.leave(waiter)
  }

  /** Lets one wait. */
  join(waiter: PermitWaiter, priority: number): void {
    const level = this.#level(priority)
    level.add(waiter)
    this.#waiting++
    if (level.first === waiter) this.#serve() // it may be light enough where the one it overtook is not
  }

  /** Lets one go without permits. Does nothing if it does not wait. */
  leave(waiter: PermitWaiter): void {
    const level = waiter.queue as Level | undefined // it is in no other queue
    if (level === undefined) return
    const blocked = level.first === waiter
    this.#remove(waiter, level)
    if (blocked) this.#serve()
  }

  /** Gives permits back, to whoever is first. */
  give(weight: number = 1): void {
    this.#free += weight
    if (this.#waiting > 0) this.#serve()
  }

  /** Changes how many there are; those in use stay in use. */
  resize(total: number): void {
    this.#free += total - this.#total
    this.#total = total
    this.#serve()
  }

  /** Empties the queue, and tells everybody in it, in their order. */
  refuse(error: Error): void {
    const all: PermitWaiter[] = []
    for (let level = this.#levels.first; level?.first !== undefined; level = this.#levels.first) {
      all.push(level.first)
      this.#remove(level.first, level)
    }
    for (const waiter of all) waiter.refused(error)
  }

  get #highest(): number {
    return this.#levels.first?.priority ?? -Infinity
  }

  #serve(): void {
    for (;;) {
      const level = this.#levels.first
      const waiter = level?.first
      if (level === undefined || waiter === undefined || waiter.weight > this.#free) return
      this.#free -= waiter.weight
      this.#remove(waiter, level)
      waiter.granted()
    }
  }

  #level(priority: number): Level {
    const top = this.#levels.first
    if (top?.priority === priority) return top
    if (top !== undefined && top.first === undefined) this.#forget(top)
    const found = this.#byPriority.get(priority)
    if (found !== undefined) return found
    const made = new Level(priority)
    this.#byPriority.set(priority, made)
    this.#levels.add(made)
    return made
  }

  #remove(waiter: PermitWaiter, level: Level): void {
    level.remove(waiter)
    this.#waiting--
    if (level.first === undefined && this.#levels.size > 1) this.#forget(level)
  }

  #forget(level: Level): void {
    this.#byPriority.delete(level.priority)
    this.#levels.remove(level)
  }
}
