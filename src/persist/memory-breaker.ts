/** Circuit breaker states in memory: for tests, and for the scopes of one process. */

import { integer, object, oneOf, text } from '../base/options.js'
import { guard } from '../base/guard.js'
import type { Undo } from '../base/undo.js'
import type { CircuitBreakerPersistedState, CircuitBreakerStateProvider } from './types.js'

type State = CircuitBreakerPersistedState
type Listener = (state: State) => void

const fresh: State = { state: 'closed', failureCount: 0 }

/** The state after one more failure; `max` of them open a closed breaker. */
export function afterFailure(state: State | null, max: number, now: number): State {
  const before = state ?? fresh
  const failureCount = before.failureCount + 1
  const opens = before.state === 'closed' && failureCount >= max
  return { ...before, state: opens ? 'open' : before.state, failureCount, lastFailureTime: now }
}

/** The state after a success, which changes nothing but the time of one that is not closed. */
export function afterSuccess(state: State | null, now: number): State {
  const before = state ?? fresh
  return { ...before, failureCount: before.state === 'closed' ? 0 : before.failureCount, lastSuccessTime: now }
}

/** True when two states say the same. */
export function sameState(a: State | null, b: State | null): boolean {
  if (a === null || b === null) return a === b
  return (
    a.state === b.state &&
    a.failureCount === b.failureCount &&
    a.lastFailureTime === b.lastFailureTime &&
    a.lastSuccessTime === b.lastSuccessTime
  )
}

/** A state that is one; throws for what is not. */
export function checkState(state: State): State {
  const action = 'set breaker state'
  oneOf(action, 'state', object(action, 'state', state).state, ['closed', 'open', 'half-open'])
  integer(action, 'failureCount', state.failureCount, 0)
  return state
}

/**
 * Keeps states of circuit breakers in memory. A listener hears of each change, those of its own scope included.
 *
 * @example
 * ```ts
 * const persistence = { circuitBreaker: new InMemoryCircuitBreakerStateProvider() }
 * await using s = scope({ name: 'payments', persistence, circuitBreaker: { failureThreshold: 3 } })
 * ```
 */
export class InMemoryCircuitBreakerStateProvider implements CircuitBreakerStateProvider {
  readonly #states: Map<string, State> = new Map()
  readonly #listeners: Map<string, Set<{ readonly fn: Listener }>> = new Map()

  async getState(key: string): Promise<State | null> {
    return this.#states.get(key) ?? null
  }

  async setState(key: string, state: State): Promise<void> {
    text('set breaker state', 'key', key)
    this.#set(key, { ...checkState(state) })
  }

  async recordFailure(key: string, maxFailures: number): Promise<number> {
    const next = afterFailure(this.#states.get(text('record failure', 'key', key)) ?? null, maxFailures, Date.now())
    this.#set(key, next)
    return next.failureCount
  }

  async recordSuccess(key: string): Promise<void> {
    this.#set(key, afterSuccess(this.#states.get(text('record success', 'key', key)) ?? null, Date.now()))
  }

  async replaceState(key: string, expected: State | null, next: State): Promise<boolean> {
    text('replace breaker state', 'key', key)
    if (!sameState(this.#states.get(key) ?? null, expected)) return false
    this.#set(key, { ...checkState(next) })
    return true
  }

  subscribe(key: string, fn: Listener): Undo {
    const entry = { fn }
    const listeners = this.#listeners.get(key) ?? new Set()
    this.#listeners.set(key, listeners.add(entry))
    return () => {
      if (listeners.delete(entry) && listeners.size === 0) this.#listeners.delete(key)
    }
  }

  #set(key: string, state: State): void {
    this.#states.set(key, state)
    for (const { fn } of this.#listeners.get(key) ?? [])
      guard(
        () => fn(state),
        () => {},
      ) // it is the listener's trouble
  }
}
