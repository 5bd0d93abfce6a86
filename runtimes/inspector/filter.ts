/** Chooses what is shown: by words, each of which a name or a state must contain. */

import type { InspectedScope, InspectedTask } from './inspection.js'

/** A filter. */
export class Filter {
  readonly #words: readonly string[]

  constructor(text: string) {
    this.#words = text.toLowerCase().split(/\s+/).filter(Boolean)
  }

  /** True if it lets everything through. */
  get isEmpty(): boolean {
    return this.#words.length === 0
  }

  /** True for a task whose name, scope or status has all the words. */
  task({ name, index, scopeName, status, lingers }: InspectedTask): boolean {
    if (this.isEmpty) return true // there may be thousands
    return this.#has(`${name} #${index} ${scopeName} ${status}${lingers ? ' lingers' : ''}`)
  }

  /** True for a scope whose name or state has all the words. */
  scope({ name, state }: InspectedScope): boolean {
    return this.#has(`${name} ${state}`)
  }

  /** True for a channel or a breaker of which that can be said. */
  part(words: string): boolean {
    return this.#has(words)
  }

  #has(text: string): boolean {
    const lower = text.toLowerCase()
    return this.#words.every((word) => lower.includes(word))
  }
}
