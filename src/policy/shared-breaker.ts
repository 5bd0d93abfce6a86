/**
 * A circuit breaker whose state processes share.
 *
 * 1. The breaker of this process decides, as ever; before each call it is told what the store says, and what it changes is
 *    written there. A store that fails or hangs is reported once, left alone for a while, and the breaker goes on alone.
 * 2. Writes go one after another, and a call asks the store only when those before it are through. An answer that a write
 *    has overtaken says nothing.
 * 3. A transition that could not be written is written before the store is believed again.
 * 4. Of all processes one probes: it takes the probe in one step, where the store has that, and the others see a half-open
 *    state that is not theirs, which they take for an open one that began with the probe.
 */

import { failure, type Result } from '../base/result.js'
import { nothing, type Undo } from '../base/undo.js'
import { type ProviderError, providerOdd } from '../persist/errors-provider.js'
import type { CircuitBreakerPersistedState, CircuitBreakerStateProvider } from '../persist/types.js'
import type { Runtime } from '../runtime.js'
import { ask, patience } from './ask.js'
import type { Admission, CircuitBreaker, Outcome } from './breaker.js'
import { abortable, type Call, type Layer } from './layer.js'

type State = CircuitBreakerPersistedState

/** Where the breaker lives. */
export interface BreakerHome {
  readonly host: Runtime
  report(error: unknown, where: string): void
}

const where = 'circuitBreaker provider'
/** How long an answer is good for when the store tells of changes by itself, in milliseconds. */
const goodFor = 1_000
/** How often a probe is tried to be taken from a state that changes all the time. */
const mostTries = 3

/** A breaker, and the store that it shares its state through. */
export class SharedBreaker {
  readonly #circuit: CircuitBreaker
  readonly #provider: CircuitBreakerStateProvider
  readonly #key: string
  readonly #home: BreakerHome
  readonly #report: (error: unknown, where: string) => void
  /** What the store said, or was told, last; `undefined` when that is not known. */
  #seen: State | null | undefined
  /** True when the store counts failures that a success would end. */
  #failing = false
  /** A transition that is not written yet. */
  #unsaved: State | undefined
  #writes: Promise<void> = Promise.resolve()
  #version = 0
  #troubled = false
  #notBefore = Number.NEGATIVE_INFINITY
  #subscription: Undo | undefined

  constructor(circuit: CircuitBreaker, provider: CircuitBreakerStateProvider, key: string, home: BreakerHome) {
    this.#circuit = circuit
    this.#provider = provider
    this.#key = key
    this.#home = home
    this.#report = (error, place) => home.report(error, place)
  }

  /** Lets a call through or throws a `CircuitOpenError`. */
  async admit(call: Call): Promise<Admission> {
    for (let tries = 0; tries < mostTries; tries++) {
      await this.#look(call)
      if (!this.#circuit.isDue(call.host.now()) || (await this.#claim(call))) break
    }
    return this.#circuit.admit(call.host.now(), this.#report)
  }

  /** What a call that was let through came to. */
  outcome(call: Call, admission: Admission, outcome: Outcome): void {
    const circuit = this.#circuit
    const before = circuit.state
    if (!circuit.outcome(admission, outcome, call.host.now(), this.#report)) return
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
    await abortable(call, this.#writes)
    const now = call.host.now()
    if (now < this.#notBefore) return
    if (this.#unsaved !== undefined) {
      this.#save(call, this.#unsaved)
      await abortable(call, this.#writes)
      if (this.#unsaved !== undefined) return
    }
    this.#subscribe()
    const version = this.#version
    const [error, state] = await this.#ask('getState', () => this.#provider.getState(this.#key), isAnswer, call)
    if (error !== undefined) return
    this.#troubled = false
    if (version !== this.#version) return
    if (this.#subscription !== undefined) this.#notBefore = now + goodFor
    this.#learn(state ?? null)
  }

  /** Takes the probe; false when somebody else has changed the state. */
  async #claim(call: Call): Promise<boolean> {
    const now = call.host.now()
    const seen = this.#seen ?? null
    if (this.#troubled && now < this.#notBefore) return true
    const failureCount = seen?.failureCount ?? this.#circuit.failureCount
    const next: State = { state: 'half-open', failureCount, lastFailureTime: Date.now() }
    const swap = this.#provider.replaceState
    this.#seen = next // before it is written, so that hearing of it is no news
    if (swap === undefined) {
      this.#write(call, 'setState', () => this.#provider.setState(this.#key, next), any)
      await abortable(call, this.#writes)
      return true
    }
    this.#version++
    this.#notBefore = Number.NEGATIVE_INFINITY
    const replace = (): Promise<boolean> => swap.call(this.#provider, this.#key, seen, next)
    const [error, ours] = await this.#ask('replaceState', replace, isFlag, call)
    if (error !== undefined || ours) return true
    this.#seen = undefined
    return false
  }

  #learn(state: State | null): void {
    const seen = this.#seen
    this.#seen = state
    this.#failing = (state?.failureCount ?? 0) > 0
    if (isAlike(state, seen)) return
    if (state === null || state.state === 'closed') {
      this.#circuit.adopt({ at: 'closed', failures: state?.failureCount ?? 0 }, this.#report)
      return
    }
    const age = Math.max(0, Date.now() - (state.lastFailureTime ?? Date.now()))
    const since = this.#home.host.now() - age
    this.#circuit.adopt({ at: 'open', since, failures: state.failureCount }, this.#report)
  }

  #save(call: Call, state: State): void {
    this.#seen = state
    this.#unsaved = state
    this.#write(
      call,
      'setState',
      () => this.#provider.setState(this.#key, state),
      any,
      () => {
        if (this.#unsaved === state) this.#unsaved = undefined
      },
    )
  }

  /** Tells the store of an outcome that changed nothing here; a success only when there were failures. */
  #count(call: Call, outcome: Outcome): void {
    const { failureThreshold } = this.#circuit
    if (outcome === 'failure') {
      this.#seen = undefined // the store's own count follows with the next answer
      const record = (): Promise<number> => this.#provider.recordFailure(this.#key, failureThreshold)
      this.#write(call, 'recordFailure', record, isCount, (count) => this.#counted(call, count))
    } else if (this.#failing) {
      this.#write(call, 'recordSuccess', () => this.#provider.recordSuccess(this.#key), any)
    }
    this.#failing = outcome === 'failure'
  }

  /** The failures of all processes together. */
  #counted(call: Call, count: number): void {
    const circuit = this.#circuit
    if (circuit.state !== 'closed' || count <= circuit.failureCount) return
    if (count < circuit.failureThreshold) return circuit.adopt({ at: 'closed', failures: count }, this.#report)
    circuit.adopt({ at: 'open', since: call.host.now(), failures: count }, this.#report)
    this.#save(call, { state: 'open', failureCount: count, lastFailureTime: Date.now() })
  }

  /** Queues a write; the call stays open until it is through. */
  #write<T>(
    call: Call,
    operation: string,
    fn: () => PromiseLike<T>,
    isSane: (value: unknown) => boolean,
    then: (value: T) => void = nothing,
  ): void {
    const done = call.hold()
    this.#version++
    const write = async (): Promise<void> => {
      if (!(this.#troubled && this.#home.host.now() < this.#notBefore)) {
        this.#notBefore = Number.NEGATIVE_INFINITY
        const result = await this.#ask(operation, fn, isSane)
        if (result[0] === undefined) then(result[1])
      }
      done()
    }
    this.#writes = this.#writes.then(write)
  }

  async #ask<T>(
    operation: string,
    fn: () => PromiseLike<T>,
    isSane: (value: unknown) => boolean,
    call?: Call,
  ): Promise<Result<ProviderError, T>> {
    const key = this.#key
    const result = await ask<T>({ provider: 'circuitBreaker', operation, key, ask: fn }, call)
    const [error, value] = result
    if (error === undefined && isSane(value)) return result
    const trouble = error ?? providerOdd('circuitBreaker', operation, key, value)
    this.#trouble(trouble)
    return failure(trouble)
  }

  /** Reports, once until the store answers again, and leaves the store alone for as long as it may take to answer. */
  #trouble(error: Error): void {
    this.#notBefore = this.#home.host.now() + patience
    if (!this.#troubled) this.#report(error, where)
    this.#troubled = true
  }

  #subscribe(): void {
    if (this.#subscription !== undefined || this.#provider.subscribe === undefined) return
    try {
      const undo = this.#provider.subscribe(this.#key, (state) => this.#hear(state))
      this.#subscription = typeof undo === 'function' ? undo : nothing
    } catch (error) {
      this.#subscription = undefined
      this.#trouble(error instanceof Error ? error : providerOdd('circuitBreaker', 'subscribe', this.#key, error))
    }
  }

  #hear(state: State): void {
    if (!isState(state)) return
    if (this.#unsaved === undefined) this.#learn(state)
  }
}

/**
 * True when a state tells nothing new. Stores may add or leave out times; of a breaker that nothing was known of before,
 * nothing is as good as closed.
 */
function isAlike(state: State | null, seen: State | null | undefined): boolean {
  if (state === null || seen === null || seen === undefined) return state === null && !seen
  if (state.state !== seen.state || state.failureCount !== seen.failureCount) return false
  const { lastFailureTime } = state
  const untimed = lastFailureTime === undefined || seen.lastFailureTime === undefined
  return state.state === 'closed' || untimed || lastFailureTime === seen.lastFailureTime
}

/** What must come back from each operation; of those that only write, nothing is expected. */
const any = (): boolean => true
const isFlag = (value: unknown): boolean => typeof value === 'boolean'
const isCount = (value: unknown): boolean => typeof value === 'number' && value >= 1
const isAnswer = (value: unknown): boolean => value === null || value === undefined || isState(value)

function isState(value: unknown): value is State {
  if (typeof value !== 'object' || value === null) return false
  const { state, failureCount, lastFailureTime } = value as Partial<State> // each is looked at before it is believed
  const known = state === 'closed' || state === 'open' || state === 'half-open'
  const timed = lastFailureTime === undefined || Number.isFinite(lastFailureTime)
  return known && timed && typeof failureCount === 'number' && failureCount >= 0
}

/** Asks the breaker, and the store, first and tells both the outcome. */
export function sharedBreaker(shared: SharedBreaker): Layer {
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
