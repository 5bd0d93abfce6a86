/** A stack of cleanups: last registered first, one after another, every one attempted, no error lost. */

import type { Undo } from '../base/undo.js'
import type { Cleanup } from './lifetime.js'

interface Entry {
  run: Cleanup | undefined
}

/** The cleanups of one owner. */
export class CleanupStack {
  #entries: Set<Entry> | undefined

  /** True when there is nothing to run. */
  get isEmpty(): boolean {
    return this.#entries === undefined || this.#entries.size === 0
  }

  /** Pushes a cleanup; the undo takes it off again without running it. */
  push(run: Cleanup): Undo {
    const entry: Entry = { run }
    const entries = (this.#entries ??= new Set())
    entries.add(entry)
    return () => {
      entry.run = undefined
      entries.delete(entry)
    }
  }

  /** Runs everything, first of all what a cleanup registers meanwhile; returns the errors in order. */
  async unwind(): Promise<unknown[]> {
    const errors: unknown[] = []
    const stack: Entry[] = []
    for (;;) {
      for (const entry of this.#entries ?? []) stack.push(entry)
      this.#entries?.clear()
      const entry = stack.pop()
      if (entry === undefined) return errors
      try {
        await entry.run?.()
      } catch (error) {
        errors.push(error)
      }
    }
  }
}
