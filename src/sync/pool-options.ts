/** What a resource pool can be told, checked at the door. */

import { callback, duration, integer, object, optionalCallback, outOfRange } from '../base/options.js'

/** What a health check found. */
export interface HealthCheckResult {
  /** False has the resource destroyed. */
  readonly healthy: boolean
  /** Why, for people. */
  readonly message?: string
}

/** What `create` is given. */
export interface CreateContext {
  /** Aborts when the pool or its owner ends: nobody waits for the resource any more. */
  readonly signal: AbortSignal
}

/** Options of `pool`. Durations are in milliseconds. */
export interface ResourcePoolOptions<T> {
  /** Makes a resource, each time another one. */
  readonly create: (context: CreateContext) => T | PromiseLike<T>
  /** Ends a resource; called exactly once for each one created. */
  readonly destroy: (resource: T) => void | PromiseLike<void>
  /** How many are made at the start and kept. Default: 0. */
  readonly min?: number
  /** How many there may be at any instant, those being created or destroyed included. */
  readonly max: number
  /** How long a call waits for a resource. Default: 30 000; 0 takes what is there now, `Infinity` waits for ever. */
  readonly acquireTimeout?: number
  /** Tells whether a resource still works. One that throws, or takes longer than its timeout, says no. */
  readonly healthCheck?: (resource: T) => HealthCheckResult | PromiseLike<HealthCheckResult>
  /** How long a resource may lie idle before it is checked again. Default: 30 000. */
  readonly healthCheckInterval?: number
  /** How long a check may take. Default: 5 000. */
  readonly healthCheckTimeout?: number
  /** How long a resource may lie idle before it is destroyed; `min` are kept. Default: `Infinity`. */
  readonly idleTimeout?: number
  /** How old a resource may become; one that is lent out is destroyed when it comes back. Default: `Infinity`. */
  readonly maxLifetime?: number
  /** How often a resource may be lent out. Default: `Infinity`. */
  readonly maxUses?: number
  /** After how long a resource that was not given back is reported, once, with the place that took it. Default: `Infinity`. */
  readonly leakThreshold?: number
  /** How long disposal waits for lent resources before it destroys them. Default: the owner's. */
  readonly gracePeriod?: number
}

/** The options with their defaults. */
export interface PoolSettings<T> extends Required<Omit<ResourcePoolOptions<T>, 'healthCheck'>> {
  readonly healthCheck: ResourcePoolOptions<T>['healthCheck'] | undefined
}

const action = 'create pool'
const never = Infinity

/** Checks the options and fills in the defaults. */
export function poolSettings<T>(options: ResourcePoolOptions<T>, gracePeriod: number): PoolSettings<T> {
  const given = object(action, 'options', options)
  const max = integer(action, 'max', given.max, 1)
  const min = integer(action, 'min', given.min ?? 0, 0)
  if (min > max) throw outOfRange(action, 'min', `at most max, which is ${max}`, min)
  const ms = (name: DurationName, value: number): number => duration(action, name, given[name] ?? value)
  return {
    create: callback(action, 'create', given.create),
    destroy: callback(action, 'destroy', given.destroy),
    healthCheck: optionalCallback(action, 'healthCheck', given.healthCheck),
    min,
    max,
    acquireTimeout: ms('acquireTimeout', 30_000),
    healthCheckInterval: given.healthCheck === undefined ? never : ms('healthCheckInterval', 30_000),
    healthCheckTimeout: ms('healthCheckTimeout', 5_000),
    idleTimeout: ms('idleTimeout', never),
    maxLifetime: ms('maxLifetime', never),
    maxUses: integer(action, 'maxUses', given.maxUses ?? never, 1, true),
    leakThreshold: ms('leakThreshold', never),
    gracePeriod: ms('gracePeriod', gracePeriod),
  }
}

type DurationName =
  | 'acquireTimeout'
  | 'healthCheckInterval'
  | 'healthCheckTimeout'
  | 'idleTimeout'
  | 'maxLifetime'
  | 'leakThreshold'
  | 'gracePeriod'
