/** The state of circuit breakers on a server. */
import type { Undo } from '../../src/base/undo.js'
import { integer, object, oneOf, callback, number, text } from '../../src/base/options.js'
import type { CircuitBreakerPersistedState, CircuitBreakerStateProvider } from '../../src/persist/types.js'
import { ask } from './ask.js'

/** A state as text: its name, the failures, when the last failure was and the last success, empty for never. */
export type StateFields = readonly [state: string, failures: string, failedAt: string, succeededAt: string]

/** What a server must be able to do for breakers, each in one step. */
export interface BreakerStates {
  read(key: string): Promise<StateFields | undefined>
  write(key: string, next: StateFields): Promise<void>
  /** False, and nothing written, when the state is not `expected`; undefined stands for none. */
  replace(key: string, expected: StateFields | undefined, next: StateFields): Promise<boolean>
  /** Counts a failure at the server's time; a closed breaker with `max` of them is open. Gives the count. */
  fail(key: string, max: number): Promise<number>
  /** Notes a success at the server's time; a closed breaker has no failures then. */
  succeed(key: string): Promise<void>
  /** Calls `fn` for each change anybody makes; present when the client can hear of them. */
  listen?(key: string, fn: (state: StateFields) => void): Undo
}

const names = ['closed', 'open', 'half-open'] as const
const times = ['lastFailureTime', 'lastSuccessTime'] as const

/** Translates the provider's interface; the server counts. @internal */
export class StoreBreakerProvider implements CircuitBreakerStateProvider {
  readonly #name: string
  readonly #states: BreakerStates
  /** Calls `fn` at each change of the state; there when the provider was given a `subscriber`. */
  readonly subscribe?: (key: string, fn: (state: CircuitBreakerPersistedState) => void) => Undo

  constructor(name: string, states: BreakerStates) {
    this.#name = name
    this.#states = states
    if (states.listen === undefined) return
    this.subscribe = (key, fn) => {
      text('subscribe to breaker', 'key', key)
      callback('subscribe to breaker', 'fn', fn)
      return this.#states.listen?.(key, (fields) => fn(fromFields(fields))) ?? (() => {})
    }
  }

  /** The state, or null for a breaker nobody has told anything about. */
  async getState(key: string): Promise<CircuitBreakerPersistedState | null> {
    return this.#ask('getState', key, async () => {
      const fields = await this.#states.read(key)
      return fields === undefined ? null : fromFields(fields)
    })
  }

  async setState(key: string, state: CircuitBreakerPersistedState): Promise<void> {
    const fields = toFields('set state', 'state', state)
    await this.#ask('setState', key, () => this.#states.write(key, fields))
  }

  /** Sets the state if it is `expected` at that instant; false when it is not. */
  async replaceState(
    key: string,
    expected: CircuitBreakerPersistedState | null,
    next: CircuitBreakerPersistedState,
  ): Promise<boolean> {
    const before = expected === null ? undefined : toFields('replace state', 'expected', expected)
    const after = toFields('replace state', 'next', next)
    return this.#ask('replaceState', key, () => this.#states.replace(key, before, after))
  }

  /** Counts a failure, at the server's time; a closed breaker that has `maxFailures` of them is open. Gives the count. */
  async recordFailure(key: string, maxFailures: number): Promise<number> {
    const max = integer('record failure', 'maxFailures', maxFailures, 1, true)
    return this.#ask('recordFailure', key, () => this.#states.fail(key, Math.min(max, Number.MAX_SAFE_INTEGER)))
  }

  /** Notes a success, at the server's time; a closed breaker starts to count anew, an open one stays open. */
  async recordSuccess(key: string): Promise<void> {
    await this.#ask('recordSuccess', key, () => this.#states.succeed(key))
  }

  #ask<T>(operation: string, key: string, fn: () => Promise<T>): Promise<T> {
    text(`call ${operation}`, 'key', key)
    return ask(this.#name, operation, key, fn)
  }
}

function toFields(action: string, option: string, state: CircuitBreakerPersistedState): StateFields {
  object(action, option, state)
  oneOf(action, `${option}.state`, state.state, names)
  integer(action, `${option}.failureCount`, state.failureCount, 0)
  const [failed = '', succeeded = ''] = times.map((name) => {
    const time = state[name]
    if (time === undefined) return ''
    return String(number(action, `${option}.${name}`, time, -Number.MAX_VALUE, Number.MAX_VALUE))
  })
  return [state.state, String(state.failureCount), failed, succeeded]
}

function fromFields([state, failures, failed, succeeded]: StateFields): CircuitBreakerPersistedState {
  return {
    state: oneOf('read breaker', 'state', state as CircuitBreakerPersistedState['state'], names), // checked right here
    failureCount: integer('read breaker', 'failureCount', Number(failures), 0),
    ...(failed === '' ? {} : { lastFailureTime: Number(failed) }),
    ...(succeeded === '' ? {} : { lastSuccessTime: Number(succeeded) }),
  }
}
