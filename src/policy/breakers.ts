/**
 * Which breaker a task's `circuitBreaker` option means, and through which store it is shared.
 *
 * One options object is one breaker, so that it can trip; a literal, which is a new object each time, is keyed by the
 * task's `id`.
 */

import type { CircuitBreakerStateProvider } from '../persist/types.js'
import { Recent } from '../base/recent.js'
import { type BreakerSpec, breaker, CircuitBreaker, type CircuitBreakerOptions } from './breaker.js'
import { fromAsync, type Home, type Layer } from './layer.js'
import { late, type Provided } from './late.js'
import type { SharedBreaker } from './shared-breaker.js'

const byObject: WeakMap<CircuitBreakerOptions, CircuitBreaker> = /* @__PURE__ */ new WeakMap()

/** The breakers of one scope's tasks. */
export class Breakers {
  readonly #byId: Recent<string, CircuitBreaker> = new Recent()
  readonly #shared: Recent<CircuitBreaker, SharedBreaker> = new Recent((shared) => shared.end())
  readonly #home: Home
  #lastNameless: string | undefined
  #warned = false
  #warnedOfLoner = false

  constructor(home: Home) {
    this.#home = home
  }

  /**
   * The layer for a breaker: over the store, where there is one and the breaker has a key in it. `fallback` is its key when
   * its options name none; one made by `circuitBreaker()` is not given one, since it may be used under many names.
   */
  layer(circuit: CircuitBreaker, store: CircuitBreakerStateProvider | undefined, fallback: string | undefined): Layer {
    this.#home.probe?.('breaker', circuit, { by: this.#home, name: fallback })
    if (store === undefined) return breaker(circuit)
    const key = circuit.key ?? fallback
    if (key !== undefined)
      return late((layers) => fromAsync(layers.sharedBreaker(this.#share(layers, circuit, store, key))))
    if (!this.#warnedOfLoner) {
      this.#warnedOfLoner = true
      this.#home.warn(
        'A circuitBreaker has no key and no name to take one from, so processes do not share it: give it a key',
      )
    }
    return breaker(circuit)
  }

  #share(
    { SharedBreaker }: Provided,
    circuit: CircuitBreaker,
    store: CircuitBreakerStateProvider,
    key: string,
  ): SharedBreaker {
    if (this.#shared.size === 0) this.#home.atEnd(() => this.#letGo())
    const shared = this.#shared.get(circuit) ?? new SharedBreaker(circuit, store, key, this.#home)
    this.#shared.set(circuit, shared)
    return shared
  }

  /** Listens to no store any more. */
  #letGo(): void {
    for (const shared of this.#shared.values()) shared.end()
    this.#shared.clear()
  }

  /** The breaker for this option. */
  of(spec: BreakerSpec, id: string | undefined): CircuitBreaker {
    if (spec instanceof CircuitBreaker) return spec
    const known = byObject.get(spec) ?? (id === undefined ? undefined : this.#byId.get(id))
    const found = known ?? new CircuitBreaker(spec)
    byObject.set(spec, found)
    if (id !== undefined) this.#byId.set(id, found)
    else if (known === undefined) this.#suspect(spec)
    return found
  }

  /** Warns once when a second new object with the same options comes along: that is a literal. */
  #suspect(spec: CircuitBreakerOptions): void {
    const looks = JSON.stringify(spec)
    if (!this.#warned && looks === this.#lastNameless) {
      this.#warned = true
      this.#home.warn(
        'A task has circuitBreaker options written in place and no id, so each call has a breaker of its own that cannot trip: ' +
          'give the task an id, or share one circuitBreaker(options)',
      )
    }
    this.#lastNameless = looks
  }
}
