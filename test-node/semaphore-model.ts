/** A semaphore as one would write it down: a list, sorted by priority and arrival, served from its head. */

/** One who wants permits. */
export interface Wish {
  readonly id: number
  readonly weight: number
  readonly priority: number
}

/** What became of one who waited. */
export type Outcome = readonly [id: number, outcome: 'got it' | 'cancelled' | 'ended']

/** The sequential model. */
export class SemaphoreModel {
  readonly queue: Wish[] = []
  readonly outcomes: Outcome[] = []
  total: number
  inUse = 0
  aborted = false

  constructor(total: number) {
    this.total = total
  }

  get available(): number {
    return Math.max(0, this.total - this.inUse)
  }

  /** True if it has its permits now, false if it waits. */
  acquire(wish: Wish): boolean {
    const ahead = this.queue.some(({ priority }) => priority >= wish.priority)
    if (!ahead && wish.weight <= this.total - this.inUse) {
      this.inUse += wish.weight
      return true
    }
    this.queue.push(wish)
    this.queue.sort((a, b) => b.priority - a.priority) // stable: equals stay in order of arrival
    return false
  }

  tryAcquire(weight: number): boolean {
    if (this.aborted || !this.acquire({ id: -1, weight, priority: 0 })) {
      const at = this.queue.findIndex(({ id }) => id === -1)
      if (at >= 0) this.queue.splice(at, 1)
      return false
    }
    return true
  }

  release(weight: number): void {
    this.inUse -= weight
    this.#serve()
  }

  cancel(id: number): void {
    const at = this.queue.findIndex((wish) => wish.id === id)
    if (at < 0) return
    this.queue.splice(at, 1)
    this.outcomes.push([id, 'cancelled'])
    this.#serve()
  }

  resize(total: number): void {
    this.total = total
    this.#serve()
  }

  abort(): void {
    this.aborted = true
    for (const { id } of this.queue.splice(0)) this.outcomes.push([id, 'ended'])
  }

  #serve(): void {
    for (let head = this.queue[0]; head && head.weight <= this.total - this.inUse; head = this.queue[0]) {
      this.queue.shift()
      this.inUse += head.weight
      this.outcomes.push([head.id, 'got it'])
    }
  }
}
