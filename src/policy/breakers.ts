/**
 * Which breaker a task's `circuitBreaker` option means.
 *
 * One options object is one breaker, so that it can trip; a literal, which is a new object each time, is keyed by the
 * task's `id`.
 */

import { type BreakerSpec, CircuitBreaker, type CircuitBreakerOptions } from './breaker.js'

const byObject: WeakMap<CircuitBreakerOptions, CircuitBreaker> = /* @__PURE__ */ new WeakMap()
const capacity = 1_000

/** The breakers of one scope's tasks. */
export class Breakers {
  readonly #byId: Map<string, CircuitBreaker> = new Map()
  readonly #warn: (message: string) => void
  #lastNameless: string | undefined
  #warned = false

  constructor(warn: (message: string) => void) {
    this.#warn = warn
  }

  /** The breaker for this option. */
  of(spec: BreakerSpec, id: string | undefined): CircuitBreaker {
    if (spec instanceof CircuitBreaker) return spec
    const known = byObject.get(spec) ?? (id === undefined ? undefined : this.#byId.get(id))
    const found = known ?? new CircuitBreaker(spec)
    byObject.set(spec, found)
    if (id !== undefined) this.#keep(id, found)
    else if (known === undefined) this.#suspect(spec)
    return found
  }

  #keep(id: string, found: CircuitBreaker): void {
    this.#byId.delete(id)
    this.#byId.set(id, found)
    if (this.#byId.size <= capacity) return
    const [oldest] = this.#byId.keys()
    if (oldest !== undefined) this.#byId.delete(oldest)
  }

  /** Warns once when a second new object with the same options comes along: that is a literal. */
  #suspect(spec: CircuitBreakerOptions): void {
    const looks = JSON.stringify(spec)
    if (!this.#warned && looks === this.#lastNameless) {
      this.#warned = true
      this.#warn(
        'A task has circuitBreaker options written in place and no id, so each call has a breaker of its own that cannot trip: ' +
          'give the task an id, or share one circuitBreaker(options)',
      )
    }
    this.#lastNameless = looks
  }
}
