/**
 * The store of a shared breaker, as this process asks it.
 *
 * 1. Writes go one after another, and each keeps its call open until it is through.
 * 2. A store that fails, hangs or answers nonsense is reported once, until it answers again, and left alone for a while:
 *    meanwhile nothing is written, and nobody waits for it.
 */

import { failure, type Result } from '../base/result.js'
import { nothing } from '../base/undo.js'
import { type ProviderError, providerOdd } from '../persist/errors-provider.js'
import type { CircuitBreakerPersistedState, CircuitBreakerStateProvider } from '../persist/types.js'
import { ask, patience } from './ask.js'
import type { Call, Home } from './layer.js'

/** What is asked of the store, and how to tell an answer from nonsense. */
interface Request<T> {
  readonly operation: string
  ask(): PromiseLike<T>
  isSane?(value: unknown): boolean
}

type State = CircuitBreakerPersistedState

/** One breaker's part of the store. */
export class BreakerStore {
  readonly provider: CircuitBreakerStateProvider
  readonly key: string
  readonly #home: Home
  #writes: Promise<void> = Promise.resolve()
  #version = 0
  #troubled = false
  #restsUntil = -Infinity

  constructor(provider: CircuitBreakerStateProvider, key: string, home: Home) {
    this.provider = provider
    this.key = key
    this.#home = home
  }

  /** Resolves when all writes so far are through. */
  get written(): Promise<void> {
    return this.#writes
  }

  /** Rises with each write: an answer that was asked for before is not news. */
  get version(): number {
    return this.#version
  }

  /** True while it is left alone. */
  get rests(): boolean {
    return this.#troubled && this.#home.host.now() < this.#restsUntil
  }

  /** The state, null for none. */
  async read(call: Call): Promise<Result<ProviderError, State | null>> {
    const request = { operation: 'getState', ask: () => this.provider.getState(this.key), isSane: isAnswer }
    const result = await this.ask<State | null>(request, call)
    if (result[0] !== undefined) return result
    this.#troubled = false
    return [undefined, result[1] ?? null]
  }

  /** Queues a write. */
  write<T>(call: Call, request: Request<T>, then: (value: T) => void = nothing): void {
    const done = call.hold()
    this.overtake()
    const write = async (): Promise<void> => {
      const result = this.rests ? undefined : await this.ask(request)
      if (result !== undefined && result[0] === undefined) then(result[1])
      done()
    }
    this.#writes = this.#writes.then(write)
  }

  /** Makes old news of all that was asked before. */
  overtake(): void {
    this.#version++
  }

  /** Asks at once, with a call no longer than that lives. */
  async ask<T>({ operation, ask: fn, isSane }: Request<T>, call?: Call): Promise<Result<ProviderError, T>> {
    const { key } = this
    const result = await ask<T>({ provider: 'circuitBreaker', operation, key, ask: fn }, call)
    const [error, value] = result
    if (error === undefined && isSane?.(value) !== false) return result
    const trouble = error ?? providerOdd('circuitBreaker', operation, key, value)
    this.trouble(trouble)
    return failure(trouble)
  }

  /** Something went wrong. */
  trouble(error: unknown): void {
    this.#restsUntil = this.#home.host.now() + patience
    if (!this.#troubled) this.#home.report(error, 'circuitBreaker provider')
    this.#troubled = true
  }
}

function isAnswer(value: unknown): boolean {
  return value === null || value === undefined || isState(value)
}

/** True for what can be the state of a breaker. */
export function isState(value: unknown): value is State {
  if (typeof value !== 'object' || value === null) return false
  const { state, failureCount, lastFailureTime } = value as Partial<State> // each is looked at before it is believed
  const known = state === 'closed' || state === 'open' || state === 'half-open'
  const timed = lastFailureTime === undefined || Number.isFinite(lastFailureTime)
  return known && timed && typeof failureCount === 'number' && failureCount >= 0
}

/**
 * True when a state tells nothing new. Stores may add or leave out times; of a breaker that nothing was known of before,
 * nothing is as good as closed.
 */
export function isAlike(state: State | null, seen: State | null | undefined): boolean {
  if (state === null || seen === null || seen === undefined) return state === null && !seen
  if (state.state !== seen.state || state.failureCount !== seen.failureCount) return false
  const { lastFailureTime } = state
  const untimed = lastFailureTime === undefined || seen.lastFailureTime === undefined
  return state.state === 'closed' || untimed || lastFailureTime === seen.lastFailureTime
}
