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

/** Those who wait with the same priority. */
class Level extends WaitQueue<Waiter> implements Placed {
  place = -1
  readonly priority: number

  constructor(priority: number) {
    super()
    this.priority = priority
  }
}

class Waiter extends WaitNode<Waiter> {
  readonly level: Level
  readonly weight: number
  readonly granted: () => void
  readonly refused: ((error: Error) => void) | undefined

  constructor(level: Level, weight: number, granted: () => void, refused: ((error: Error) => void) | undefined) {
    super()
    this.level = level
    this.weight = weight
    this.granted = granted
    this.refused = refused
  }
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
  take(weight: number = 1, priority: number = Number.NEGATIVE_INFINITY): boolean {
    if (this.#free < weight || (this.#waiting > 0 && this.#highest >= priority)) return false
    this.#free -= weight
    return true
  }

  /**
   * Calls `granted` once the permits are there, or `refused` if the queue is given up before. The undo leaves the queue;
   * after either call it does nothing.
   */
  wait(weight: number, priority: number, granted: () => void, refused?: (error: Error) => void): Undo {
    const level = this.#level(priority)
    const waiter = new Waiter(level, weight, granted, refused)
    level.add(waiter)
    this.#waiting++
    if (level.first === waiter) this.#serve() // it may be light enough where the one it overtook is not
    return () => {
      if (waiter.queue === undefined) return
      const blocked = level.first === waiter
      this.#remove(waiter)
      if (blocked) this.#serve()
    }
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
    const all: Waiter[] = []
    for (let waiter = this.#head; waiter !== undefined; waiter = this.#head) {
      this.#remove(waiter)
      all.push(waiter)
    }
    for (const { refused } of all) refused?.(error)
  }

  get #highest(): number {
    return this.#levels.first?.priority ?? Number.NEGATIVE_INFINITY
  }

  get #head(): Waiter | undefined {
    return this.#levels.first?.first
  }

  #serve(): void {
    for (;;) {
      const waiter = this.#head
      if (waiter === undefined || waiter.weight > this.#free) return
      this.#free -= waiter.weight
      this.#remove(waiter)
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

  #remove(waiter: Waiter): void {
    const { level } = waiter
    level.remove(waiter)
    this.#waiting--
    if (level.first === undefined && this.#levels.size > 1) this.#forget(level)
  }

  #forget(level: Level): void {
    this.#byPriority.delete(level.priority)
    this.#levels.remove(level)
  }
}
