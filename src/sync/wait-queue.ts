/** A queue linked through those who wait in it: joining and leaving, from anywhere, are O(1) and allocate nothing. */

/** One who can wait in one queue at a time. */
export abstract class WaitNode<N extends WaitNode<N>> {
  /** Where it waits; `undefined` when it does not. Only the queue writes these three. */
  queue: WaitQueue<N> | undefined = undefined
  previous: N | undefined = undefined
  next: N | undefined = undefined
}

/** Those who wait, in order of arrival. */
export class WaitQueue<N extends WaitNode<N>> {
  #first: N | undefined = undefined
  #last: N | undefined = undefined

  /** The one who has waited longest. */
  get first(): N | undefined {
    return this.#first
  }

  /** Joins the end. */
  add(node: N): void {
    const last = this.#last
    node.queue = this
    node.previous = last
    if (last === undefined) this.#first = node
    else last.next = node
    this.#last = node
  }

  /** Takes the first one out. */
  shift(): N | undefined {
    const node = this.#first
    if (node !== undefined) this.remove(node)
    return node
  }

  /** Leaves from anywhere; the node must be in this queue. */
  remove(node: N): void {
    const { previous, next } = node
    if (previous === undefined) this.#first = next
    else previous.next = next
    if (next === undefined) this.#last = previous
    else next.previous = previous
    node.queue = node.previous = node.next = undefined
  }
}
