/**
 * Those of this process who wait for one lock: first come, first served.
 *
 * Only the first one asks the provider, again and again; a lock that is given back in this process makes it ask at once.
 * On hosts that keep requests apart there is no line: each one asks by itself.
 */

import { after } from '../base/clock.js'
import { nothing } from '../base/undo.js'
import type { Runtime } from '../runtime.js'
import type { LockProvider } from './types.js'

const lines: WeakMap<LockProvider, Map<string, Set<LockPlace>>> = /* @__PURE__ */ new WeakMap()

/** A place in the line for a lock. */
export class LockPlace {
  readonly #provider: LockProvider
  readonly #key: string
  readonly #stands: boolean
  #rung = false
  #wake: () => void = nothing

  constructor(host: Runtime, provider: LockProvider, key: string) {
    this.#provider = provider
    this.#key = key
    this.#stands = host.isolatesRequests !== true
    if (!this.#stands) return
    const keys = lines.get(provider) ?? new Map<string, Set<LockPlace>>()
    lines.set(provider, keys)
    keys.set(key, (keys.get(key) ?? new Set()).add(this))
  }

  /** True when it is its turn to ask. */
  get isFirst(): boolean {
    return !this.#stands || this === firstOf(this.#provider, this.#key)
  }

  /** Resolves after `ms` milliseconds, when it is worth asking again, or when the place is given up. */
  async pause(ms: number): Promise<void> {
    if (!this.#rung) {
      let undo = nothing
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        undo = after(this.isFirst ? ms : Infinity, resolve)
      })
      undo()
    }
    this.#rung = false
  }

  /** Makes it ask. */
  ring(): void {
    this.#rung = true
    this.#wake()
  }

  /** Gives the place up. */
  leave(): void {
    const keys = lines.get(this.#provider)
    const line = keys?.get(this.#key)
    if (line?.delete(this)) {
      if (line.size === 0) keys?.delete(this.#key)
      ringFirst(this.#provider, this.#key)
    }
    this.ring()
  }
}

/** Tells the first in line that the lock may be free. */
export function ringFirst(provider: LockProvider, key: string): void {
  firstOf(provider, key)?.ring()
}

function firstOf(provider: LockProvider, key: string): LockPlace | undefined {
  const [first] = lines.get(provider)?.get(key) ?? []
  return first
}
