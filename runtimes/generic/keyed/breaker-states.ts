/** Circuit breaker states over a keyed store. */

import { text } from '../../../src/base/options.js'
import { afterFailure, afterSuccess, checkState, sameState } from '../../../src/persist/memory-breaker.js'
import type { CircuitBreakerPersistedState, CircuitBreakerStateProvider } from '../../../src/persist/types.js'
import type { KeyedStore } from './store.js'

type State = CircuitBreakerPersistedState

/** States that all who use the store share. */
export class KeyedBreakerProvider implements CircuitBreakerStateProvider {
  readonly #store: KeyedStore

  /** @internal */
  constructor(store: KeyedStore) {
    this.#store = store
  }

  async getState(key: string): Promise<State | null> {
    return stateOf(await this.#store.get(key))
  }

  async setState(key: string, state: State): Promise<void> {
    text('set breaker state', 'key', key)
    const next = { ...checkState(state) }
    await this.#change(key, () => next)
  }

  async recordFailure(key: string, maxFailures: number): Promise<number> {
    text('record failure', 'key', key)
    const now = Date.now()
    return (await this.#change(key, (state) => afterFailure(state, maxFailures, now))).failureCount
  }

  async recordSuccess(key: string): Promise<void> {
    text('record success', 'key', key)
    const now = Date.now()
    await this.#change(key, (state) => afterSuccess(state, now))
  }

  async replaceState(key: string, expected: State | null, next: State): Promise<boolean> {
    text('replace breaker state', 'key', key)
    const state = { ...checkState(next) }
    const done = await this.#store.update<boolean>(key, (value) =>
      sameState(stateOf(value), expected) ? { result: true, next: state } : { result: false },
    )
    if (done) this.changed(key, state)
    return done
  }

  /** A state was written. @internal */
  protected changed(_key: string, _state: State): void {}

  async #change(key: string, change: (state: State | null) => State): Promise<State> {
    const state = await this.#store.update<State>(key, (value) => {
      const next = change(stateOf(value))
      return { result: next, next }
    })
    this.changed(key, state)
    return state
  }
}

function stateOf(value: unknown): State | null {
  return (value as State | undefined) ?? null // nobody else writes here
}
