/** What an inspector shows: plain data, which survives JSON. Times are milliseconds of the host's monotonic clock. */

/** A scope and what it owns. */
export interface InspectedScope {
  readonly id: number
  readonly name: string
  /** `disposing` while its end waits for bodies and cleanups; `disposed` is the inspected scope only, others are gone then. */
  readonly state: 'live' | 'aborted' | 'disposing' | 'disposed'
  /** Why it was aborted. */
  readonly reason?: string
  /** When it was opened, or when the inspector found it. */
  readonly openedAt: number
  readonly concurrency?: number
  /** Tasks that are not over, those whose bodies outlive a cancellation included. */
  readonly active: number
  readonly channels: readonly InspectedChannel[]
  readonly breakers: readonly InspectedBreaker[]
  readonly children: readonly InspectedScope[]
}

/** Where a task is in its life; `retrying` is between two attempts. */
export type InspectedTaskStatus = 'queued' | 'running' | 'retrying' | 'succeeded' | 'failed' | 'cancelled'

/** A failed attempt that another one follows. */
export interface InspectedRetry {
  /** The attempt that failed, from 1. */
  readonly attempt: number
  readonly at: number
  /** Milliseconds before the next attempt. */
  readonly delay: number
  readonly reason: string
}

/** A task. */
export interface InspectedTask {
  readonly id: number
  readonly name: string
  /** Its number in its scope, from 1. */
  readonly index: number
  /** Id of its scope. */
  readonly scope: number
  readonly scopeName: string
  /** Name of the task whose body has started it. */
  readonly spawnedBy?: string
  readonly status: InspectedTaskStatus
  /** The attempt that goes on, or went on last; 0 before the first. */
  readonly attempt: number
  /** When it was queued, or when the inspector found it. */
  readonly queuedAt: number
  readonly startedAt?: number
  readonly settledAt?: number
  /** The last failed attempts, at most 16. */
  readonly retries: readonly InspectedRetry[]
  /** Why it has failed or was cancelled. */
  readonly reason?: string
  /** True while its body goes on although it has settled. */
  readonly lingers: boolean
}

/** A channel or a broadcast. */
export interface InspectedChannel {
  readonly id: number
  readonly kind: 'channel' | 'broadcast'
  readonly state: 'open' | 'closed'
  /** Values that wait in it; for the slowest subscriber of a broadcast. */
  readonly size: number
  /** How many it holds at most; `null` is no limit, since JSON has no infinity. */
  readonly capacity: number | null
  /** What becomes of a value that finds it full. */
  readonly strategy: string
  readonly waiting?: 'senders' | 'receivers'
  readonly subscribers?: number
}

/** A circuit breaker that the scope or one of its tasks uses. */
export interface InspectedBreaker {
  readonly name: string
  readonly state: 'closed' | 'open' | 'half-open'
  /** Failures in a row so far, or those that opened it. */
  readonly failures: number
  readonly failureThreshold: number
  /** Milliseconds it stays open; `null` is for ever. */
  readonly resetTimeout: number | null
  /** When it changed its state last, as far as the inspector has seen. */
  readonly changedAt?: number
}

/** Everything at one moment. */
export interface Inspection {
  readonly at: number
  readonly paused: boolean
  readonly scope: InspectedScope
  /** Oldest first. */
  readonly tasks: readonly InspectedTask[]
  /** How many tasks are not in `tasks` because they were too many. */
  readonly forgotten: number
}
