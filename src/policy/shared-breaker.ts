/**
 * A circuit breaker whose state processes share.
 *
 * 1. The breaker of this process decides, as ever; before each call it is told what the store says, and what it changes is
 *    written there. Without a store that answers it goes on alone.
 * 2. A call asks the store only when the writes before it are through, and an answer that a write has overtaken says nothing.
 * 3. A transition that could not be written is written before the store is believed again.
 * 4. Of all processes one probes: it takes the probe in one step, where the store has that, and the others see a half-open
 *    state that is not theirs, which they take for an open one that began with the probe.
 */

import { nothing, type Undo } from '../base/undo.js'
import type { CircuitBreakerPersistedState, CircuitBreakerStateProvider } from '../persist/types.js'
import type { Admission, CircuitBreaker, Outcome } from './breaker.js'
import { BreakerStore, isAlike, isState } from './breaker-store.js'
import { abortable, type AsyncLayer, type Call, type Home } from './layer.js'

type State = CircuitBreakerPersistedState

/** How long an answer is good for when the store tells of changes by itself, in milliseconds. */
const goodFor = 1_000
/** How often a probe is tried to be taken from a state that changes all the time. */
const mostTries = 3
const past = -Infinity

/** A breaker, and the store that it shares its state through. */
export class SharedBreaker {
  readonly #circuit: CircuitBreaker
  readonly #store: BreakerStore
  readonly #home: Home
  /** What the store said, or was told, last; `undefined` when that is not known. */
  #seen: State | null | undefined
  /** Until when that is good enough. */
  #freshUntil = past
  /** True when the store counts failures that a success would end. */
  #failing = false
  /** A transition that is not written yet. */
  #unsaved: State | undefined
  #subscription: Undo | undefined

  constructor(circuit: CircuitBreaker, provider: CircuitBreakerStateProvider, key: string, home: Home) {
    this.#circuit = circuit
    this.#store = new BreakerStore(provider, key, home)
    this.#home = home
  }

  /** Lets a call through or throws a `CircuitOpenError`. */
  async admit(call: Call): Promise<Admission> {
    for (let tries = 0; tries < mostTries; tries++) {
      await this.#look(call)
      if (!this.#circuit.isDue(call.host.now()) || (await this.#claim(call))) break
    }
    return this.#circuit.admit(call.host.now(), this.#home)
  }

  /** What a call that was let through came to. */
  outcome(call: Call, admission: Admission, outcome: Outcome): void {
    const circuit = this.#circuit
    const before = circuit.state
    if (!circuit.outcome(admission, outcome, call.host.now(), this.#home)) return
    const after = circuit.state
    const now = Date.now()
    if (after === 'open') this.#save(call, { state: after, failureCount: circuit.failureCount, lastFailureTime: now })
    else if (after !== before) this.#save(call, { state: 'closed', failureCount: 0, lastSuccessTime: now })
    else if (after === 'closed' && !circuit.hasWindow) this.#count(call, outcome)
  }

  /** Listens no longer. */
  end(): void {
    this.#subscription?.()
  }

  /** Learns what the store says, unless that was told a moment ago. */
  async #look(call: Call): Promise<void> {
    const store = this.#store
    await abortable(call, store.written)
    if (store.rests || call.host.now() < this.#freshUntil) return
    if (this.#unsaved !== undefined) {
      this.#save(call, this.#unsaved)
      await abortable(call, store.written)
      if (this.#unsaved !== undefined) return
    }
    this.#subscribe()
    const { version } = store
    const asked = call.host.now()
    const [error, state] = await store.read(call)
    if (error !== undefined || version !== store.version) return
    if (this.#subscription !== undefined) this.#freshUntil = asked + goodFor
    this.#learn(state)
  }

  /** Takes the probe; false when somebody else has changed the state. */
  async #claim(call: Call): Promise<boolean> {
    const store = this.#store
    const { provider, key } = store
    if (store.rests) return true
    const seen = this.#seen ?? null
    const failureCount = seen?.failureCount ?? this.#circuit.failureCount
    const next: State = { state: 'half-open', failureCount, lastFailureTime: Date.now() }
    this.#seen = next // before it is written, so that hearing of it is no news
    if (provider.replaceState === undefined) {
      store.write(call, { operation: 'setState', ask: () => provider.setState(key, next) })
      await abortable(call, store.written)
      return true
    }
    store.overtake()
    const replace = async (): Promise<boolean | undefined> => provider.replaceState?.(key, seen, next)
    const isSane = (answer: unknown): boolean => typeof answer === 'boolean'
    const [error, ours] = await store.ask({ operation: 'replaceState', ask: replace, isSane }, call)
    if (error !== undefined || ours) return true
    this.#seen = undefined
    this.#freshUntil = past
    return false
  }

  #learn(state: State | null): void {
    const seen = this.#seen
    this.#seen = state
    this.#failing = (state?.failureCount ?? 0) > 0
    if (isAlike(state, seen)) return
    if (state === null || state.state === 'closed') {
      this.#circuit.adopt({ at: 'closed', failures: state?.failureCount ?? 0 }, this.#home)
      return
    }
    const age = Math.max(0, Date.now() - (state.lastFailureTime ?? Date.now()))
    const since = this.#home.host.now() - age
    this.#circuit.adopt({ at: 'open', since, failures: state.failureCount }, this.#home)
  }

  #save(call: Call, state: State): void {
    const { provider, key } = this.#store
    this.#seen = state
    this.#unsaved = state
    this.#store.write(call, { operation: 'setState', ask: () => provider.setState(key, state) }, () => {
      if (this.#unsaved === state) this.#unsaved = undefined
    })
  }

  /** Tells the store of an outcome that changed nothing here; of a success only when there were failures. */
  #count(call: Call, outcome: Outcome): void {
    const store = this.#store
    const { provider, key } = store
    const { failureThreshold } = this.#circuit
    if (outcome === 'failure') {
      this.#seen = undefined // the store's own count follows with the next answer
      this.#freshUntil = past
      const request = {
        operation: 'recordFailure',
        ask: () => provider.recordFailure(key, failureThreshold),
        isSane: (count: unknown) => typeof count === 'number' && count >= 1,
      }
      store.write(call, request, (count) => this.#counted(call, count))
    } else if (this.#failing) store.write(call, { operation: 'recordSuccess', ask: () => provider.recordSuccess(key) })
    this.#failing = outcome === 'failure'
  }

  /** The failures of all processes together. */
  #counted(call: Call, count: number): void {
    const circuit = this.#circuit
    if (circuit.state !== 'closed' || count <= circuit.failureCount) return
    if (count < circuit.failureThreshold) return circuit.adopt({ at: 'closed', failures: count }, this.#home)
    circuit.adopt({ at: 'open', since: call.host.now(), failures: count }, this.#home)
    this.#save(call, { state: 'open', failureCount: count, lastFailureTime: Date.now() })
  }

  #subscribe(): void {
    const { provider, key } = this.#store
    if (this.#subscription !== undefined || provider.subscribe === undefined) return
    try {
      const undo = provider.subscribe(key, (state) => this.#hear(state))
      this.#subscription = typeof undo === 'function' ? undo : nothing
    } catch (error) {
      this.#store.trouble(error)
    }
  }

  #hear(state: State): void {
    if (this.#unsaved === undefined && isState(state)) this.#learn(state)
  }
}

/** Asks the breaker, and the store, first and tells both the outcome. */
export function sharedBreaker(shared: SharedBreaker): AsyncLayer {
  return (next) => async (call) => {
    if (call.abortError !== undefined) throw call.abortError
    const admission = await shared.admit(call)
    if (call.abortError !== undefined) {
      shared.outcome(call, admission, 'cancelled')
      throw call.abortError
    }
    try {
      const value = await next(call)
      shared.outcome(call, admission, 'success')
      return value
    } catch (error) {
      shared.outcome(call, admission, call.cancelled ? 'cancelled' : 'failure')
      throw error
    }
  }
}
