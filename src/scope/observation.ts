/** What an observer of a scope is told: plain terms, and nothing to hold on to. */

import type { CircuitState } from '../policy/breaker.js'
import type { TaskStatus } from '../task/task.js'

/** Where a scope is in its life. */
export type ObservedScopeState = 'live' | 'aborted' | 'disposing' | 'disposed'

/** A scope, as it is when its members are read. */
export interface ObservedScope {
  readonly id: number
  readonly name: string
  /** Id of the scope that owns it. */
  readonly parent: number | undefined
  readonly concurrency: number | undefined
  readonly state: ObservedScopeState
  /** Why it was aborted. */
  readonly reason: Error | undefined
  /** Tasks and shared runs that are not over. */
  readonly active: number
}

/** A task, as it was at the moment it is told of. */
export interface ObservedTask {
  readonly id: number
  readonly name: string
  /** Its number in its scope. */
  readonly index: number
  /** Id of its scope. */
  readonly scope: number
  readonly scopeName: string
  /** Name of the task whose body has started it synchronously. */
  readonly spawnedBy: string | undefined
  readonly status: TaskStatus
  /** When its body first started, in the milliseconds of the host. */
  readonly startedAt: number | undefined
  /** What it settled with, if that is an error. */
  readonly error: Error | undefined
  /** True while its body goes on although it has settled. */
  readonly lingers: boolean
}

/** A channel, as it is when its members are read. */
export interface ObservedChannel {
  readonly id: number
  readonly kind: 'channel' | 'broadcast'
  readonly capacity: number
  readonly strategy: string
  /** `gone` when nobody holds it any more. */
  readonly state: 'open' | 'closed' | 'gone'
  /** Values that wait in it; for the slowest subscriber of a broadcast. */
  readonly size: number
  /** Who waits at it. */
  readonly waiting: 'senders' | 'receivers' | undefined
  /** How many subscribers a broadcast has. */
  readonly subscribers: number | undefined
}

/** A circuit breaker, as it is when its members are read. */
export interface ObservedBreaker {
  readonly state: CircuitState
  readonly failureCount: number
  readonly failureThreshold: number
  readonly resetTimeout: number
}

/** A failed attempt that another one follows. */
export interface ObservedRetry {
  /** The attempt that failed, from 1. */
  readonly attempt: number
  /** Milliseconds before the next one. */
  readonly delay: number
  readonly error: Error
}

/** What an observer is told. */
export type Observation =
  /** A scope was opened, aborted, or has ended. */
  | { readonly type: 'scope'; readonly scope: ObservedScope }
  /** A task was queued, has settled, or is over. */
  | { readonly type: 'task'; readonly task: ObservedTask }
  /** A body of a task starts. */
  | { readonly type: 'attempt'; readonly task: ObservedTask; readonly attempt: number }
  /** An attempt has failed, and there will be another one. */
  | { readonly type: 'retry'; readonly task: ObservedTask; readonly retry: ObservedRetry }
  /** A channel was opened or closed, or somebody waits at it. */
  | { readonly type: 'channel'; readonly scope: number; readonly channel: ObservedChannel }
  /** A breaker is used, or has changed its state. */
  | {
      readonly type: 'breaker'
      readonly scope: number
      readonly breaker: ObservedBreaker
      readonly name: string | undefined
    }
