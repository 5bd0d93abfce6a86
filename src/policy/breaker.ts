/**
 * Refuses calls for a while when too many have failed.
 *
 * 1. The state is computed on use: no timer, no promise, so that scopes and requests can share a breaker.
 * 2. A call belongs to the generation it started in: each transition begins a new one, and late results of an older
 *    one change nothing.
 * 3. A probe that hangs loses its slot after `resetTimeout`, and with it its say.
 */

import { CircuitOpenError } from '../base/errors.js'
import { guard } from '../base/guard.js'
import { duration, integer, object, optionalCallback, text } from '../base/options.js'
import { failure } from '../base/result.js'
import type { Probed } from '../lifetime/probe.js'
import { type BreakerWindow, OutcomeWindow } from './breaker-window.js'
import type { Layer } from './layer.js'

/** Whether calls pass: all, none, or only a probe. */
export type CircuitState = 'closed' | 'open' | 'half-open'

/** Options of a circuit breaker. */
export interface CircuitBreakerOptions {
  /** Failures in a row that open it. Default: 5. */
  readonly failureThreshold?: number
  /** Milliseconds it stays open before it lets a probe through. Default: 30 000. */
  readonly resetTimeout?: number
  /** Probes let through at the same time. Default: 1. */
  readonly halfOpenMax?: number
  /** Successful probes that close it. Default: 1. */
  readonly successThreshold?: number
  /** Opens it by the share of failures among recent calls instead. */
  readonly window?: BreakerWindow
  /** Called when it opens, with the failures that opened it. */
  readonly onOpen?: (failures: number) => void
  /** Called when it closes. */
  readonly onClose?: () => void
  /** Called when it lets its first probe through. */
  readonly onHalfOpen?: () => void
  /** Called at each transition. */
  readonly onStateChange?: (from: CircuitState, to: CircuitState, failures: number) => void
  /**
   * Under which name processes share its state, with `persistence.circuitBreaker`. Default: the task's `id`, for a scope's
   * breaker the scope's `name`; a breaker made by `circuitBreaker()` has no default, and without a name stays in this process.
   */
  readonly key?: string
}

/** Options, or a breaker made once and shared. */
export type BreakerSpec = CircuitBreakerOptions | CircuitBreaker

type State =
  | { readonly at: 'closed'; failures: number }
  | { readonly at: 'open'; readonly since: number; readonly failures: number }
  | { readonly at: 'half-open'; readonly probes: Map<object, number>; successes: number; readonly failures: number }

/** Whose doing it is: errors of callbacks go there. */
interface Doer extends Probed {
  report(error: unknown, where: string): void
}

/** What a call came to; a cancelled one decides nothing. */
export type Outcome = 'success' | 'failure' | 'cancelled'

/** A call that was let through; it reports its outcome once, or never. */
export interface Admission {
  readonly state: State
}

/** A circuit breaker; made by `circuitBreaker(options)`. */
export class CircuitBreaker {
  /** Failures in a row that open it. */
  readonly failureThreshold: number
  /** Milliseconds it stays open. */
  readonly resetTimeout: number
  /** The name that processes share its state under. */
  readonly key: string | undefined
  readonly #halfOpenMax: number
  readonly #successThreshold: number
  readonly #window: OutcomeWindow | undefined
  readonly #options: CircuitBreakerOptions
  #state: State = { at: 'closed', failures: 0 }

  constructor(options: CircuitBreakerOptions = {}) {
    const action = 'create circuit breaker'
    const {
      failureThreshold = 5,
      resetTimeout = 30_000,
      halfOpenMax = 1,
      successThreshold = 1,
    } = object(action, 'options', options)
    this.failureThreshold = integer(action, 'failureThreshold', failureThreshold, 1, true)
    this.resetTimeout = duration(action, 'resetTimeout', resetTimeout)
    this.#halfOpenMax = integer(action, 'halfOpenMax', halfOpenMax, 1)
    this.#successThreshold = integer(action, 'successThreshold', successThreshold, 1)
    this.#window = options.window === undefined ? undefined : new OutcomeWindow(options.window)
    this.key = options.key === undefined ? undefined : text(action, 'key', options.key)
    for (const name of ['onOpen', 'onClose', 'onHalfOpen', 'onStateChange'] as const) {
      optionalCallback(action, name, options[name])
    }
    this.#options = options
  }

  /** Whether calls pass, as of the last one. */
  get state(): CircuitState {
    return this.#state.at
  }

  /** Failures in a row so far, or those that opened it. */
  get failureCount(): number {
    return this.#state.failures
  }

  /** Closes it in this process, and forgets what was counted here. */
  reset(): void {
    this.#window?.clear()
    this.#state = { at: 'closed', failures: 0 }
  }

  /** True when failures are counted over a window rather than in a row. @internal */
  get hasWindow(): boolean {
    return this.#window !== undefined
  }

  /** True when the next call would be a probe that nobody has begun, or one that replaces a hung one. @internal */
  isDue(now: number): boolean {
    const state = this.#state
    if (state.at === 'open') return now >= state.since + this.resetTimeout
    if (state.at === 'closed' || state.probes.size === 0) return false
    return [...state.probes.values()].every((since) => now - since >= this.resetTimeout)
  }

  /** Takes over what other processes have found out; a new generation begins when that changes whether calls pass. @internal */
  adopt(next: Extract<State, { at: 'closed' | 'open' }>, by: Doer): void {
    const state = this.#state
    if (state.at !== next.at) {
      this.#window?.clear()
      this.#change(next, by)
    } else if (state.at === 'closed') state.failures = next.failures
    else this.#state = next
  }

  /** Lets a call through or throws a `CircuitOpenError`. @internal */
  admit(now: number, by: Doer): Admission {
    const due = this.#state.at === 'open' ? this.#state.since + this.resetTimeout - now : 0
    if (due > 0) throw new CircuitOpenError(due)
    if (this.#state.at === 'open') {
      this.#change({ at: 'half-open', probes: new Map(), successes: 0, failures: this.#state.failures }, by)
    }
    const state = this.#state
    const admission: Admission = { state }
    if (state.at === 'half-open') this.#probe(state.probes, admission, now)
    return admission
  }

  /** What a call that was let through came to; true when that counted. @internal */
  outcome(admission: Admission, result: Outcome, now: number, by: Doer): boolean {
    const state = this.#state
    if (admission.state !== state) return false
    if (state.at === 'half-open') {
      if (!state.probes.delete(admission) || result === 'cancelled') return false
      if (result === 'failure') this.#open(now, state.failures + 1, by)
      else if (++state.successes >= this.#successThreshold) this.#close(by)
    } else if (state.at === 'closed' && result !== 'cancelled') {
      state.failures = result === 'failure' ? state.failures + 1 : 0
      const tooMany = this.#window?.add(result === 'failure', now) ?? state.failures >= this.failureThreshold
      if (tooMany) this.#open(now, state.failures, by)
    }
    return result !== 'cancelled'
  }

  #probe(probes: Map<object, number>, admission: Admission, now: number): void {
    for (const [probe, since] of probes) if (now - since >= this.resetTimeout) probes.delete(probe)
    if (probes.size >= this.#halfOpenMax) {
      const oldest = Math.min(...probes.values())
      throw new CircuitOpenError(Math.max(0, oldest + this.resetTimeout - now))
    }
    probes.set(admission, now)
  }

  #open(now: number, failures: number, by: Doer): void {
    this.#window?.clear()
    this.#change({ at: 'open', since: now, failures }, by)
  }

  #close(by: Doer): void {
    this.#change({ at: 'closed', failures: 0 }, by)
  }

  #change(next: State, by: Doer): void {
    const { at: from, failures } = this.#state
    this.#state = next
    by.probe?.('breaker', this, { by })
    const { onOpen, onClose, onHalfOpen, onStateChange } = this.#options
    const tell = (where: string, fn: () => unknown): void => guard(fn, (error) => by.report(error, where))
    if (next.at === 'open') tell('onOpen callback', () => onOpen?.(next.failures))
    if (next.at === 'closed') tell('onClose callback', () => onClose?.())
    if (next.at === 'half-open') tell('onHalfOpen callback', () => onHalfOpen?.())
    tell('onStateChange callback', () => onStateChange?.(from, next.at, Math.max(failures, next.failures)))
  }
}

/**
 * Makes a circuit breaker that scopes, tasks and requests can share.
 *
 * It holds no timer and no promise, so that it may live in module scope, in Workers too.
 *
 * @example
 * ```ts
 * const payments = circuitBreaker({ failureThreshold: 3, resetTimeout: 10_000 })
 * await s.task(() => charge(order), { circuitBreaker: payments })
 * ```
 */
export function circuitBreaker(options: CircuitBreakerOptions = {}): CircuitBreaker {
  return new CircuitBreaker(options)
}

/** Asks the breaker first and tells it the outcome. */
export function breaker(circuit: CircuitBreaker): Layer {
  return (next) => (call, done) => {
    if (call.abortError !== undefined && call.cancelled) return done(failure(call.abortError))
    let admission: Admission
    try {
      admission = circuit.admit(call.host.now(), call)
    } catch (error) {
      return done(failure(error as Error)) // a CircuitOpenError
    }
    next(call, (outcome) => {
      const result = outcome[0] === undefined ? 'success' : call.cancelled ? 'cancelled' : 'failure'
      circuit.outcome(admission, result, call.host.now(), call)
      done(outcome)
    })
  }
}
