/** Validates the options of a scope, before anything of it is made. */

import { callback, duration, flag, integer, object, oneOf, optionalCallback, text } from '../base/options.js'
import { optionalSignal } from '../base/signal.js'
import type { PersistenceProviders } from '../persist/types.js'
import type { LogLevel } from '../runtime.js'
import { traceIdOf } from './correlation.js'
import type { OwnOptions, ScopeHooks } from './options.js'
import { shutdownPlan } from './shutdown.js'

const action = 'create scope'
const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

/** Throws a `TypeError` or `RangeError` that names the first option that is wrong. */
export function checkOptions(options: OwnOptions): void {
  object(action, 'options', options)
  if (options.name !== undefined) text(action, 'name', options.name)
  if (options.timeout !== undefined) duration(action, 'timeout', options.timeout)
  if (options.gracePeriod !== undefined) duration(action, 'gracePeriod', options.gracePeriod)
  optionalSignal(action, options.signal)
  if (options.context !== undefined) object(action, 'context', options.context)
  if (options.logLevel !== undefined) oneOf(action, 'logLevel', options.logLevel, levels)
  if (options.traceId !== undefined) traceIdOf(options.traceId)
  flag(action, 'logCorrelation', options.logCorrelation)
  flag(action, 'failFast', options.failFast)
  flag(action, 'timeline', options.timeline)
  if (options.onUnhandled !== 'throw') optionalCallback(action, 'onUnhandled', options.onUnhandled)
  optionalCallback(action, 'onAbandoned', options.onAbandoned)
  shutdownPlan(options.gracefulShutdown)
  checkHooks(options.hooks)
  checkParts(options)
}

function checkHooks(hooks: ScopeHooks | undefined): void {
  if (hooks === undefined) return
  object(action, 'hooks', hooks)
  for (const name of ['beforeTask', 'afterTask', 'onCancel', 'onDispose', 'beforeDispose', 'afterDispose'] as const) {
    optionalCallback(action, `hooks.${name}`, hooks[name])
  }
}

/** The methods that a provider cannot do without, so that a wrong one is told where it is given. */
const needed: Readonly<Record<keyof PersistenceProviders, readonly string[]>> = {
  lock: ['acquire'],
  circuitBreaker: ['getState', 'setState', 'recordFailure', 'recordSuccess'],
  cache: ['get', 'set', 'delete'],
  idempotency: ['get', 'set'],
  checkpoint: ['save', 'loadLatest', 'list', 'cleanup', 'deleteAll'],
}

function checkProviders(persistence: PersistenceProviders): void {
  for (const [part, methods] of Object.entries(needed)) {
    const provider: unknown = Reflect.get(persistence, part)
    if (provider === undefined) continue
    const given = object(action, `persistence.${part}`, provider as object)
    for (const method of methods) callback(action, `persistence.${part}.${method}`, Reflect.get(given, method))
  }
  optionalCallback(action, 'persistence.checkpoint.claim', persistence.checkpoint?.claim)
}

function checkParts({ persistence, idempotency, taskPooling, workerPool, tracer, otel }: OwnOptions): void {
  if (persistence !== undefined) {
    object(action, 'persistence', persistence)
    checkProviders(persistence)
  }
  const ttl = idempotency === undefined ? undefined : object(action, 'idempotency', idempotency).defaultTTL
  if (ttl !== undefined) duration(action, 'idempotency.defaultTTL', ttl)
  if (taskPooling !== undefined) {
    flag(action, 'taskPooling.enabled', object(action, 'taskPooling', taskPooling).enabled)
    if (taskPooling.maxSize !== undefined) integer(action, 'taskPooling.maxSize', taskPooling.maxSize, 0, true)
  }
  if (workerPool !== undefined) {
    const { size, idleTimeout, fallback } = object(action, 'workerPool', workerPool)
    if (size !== undefined) integer(action, 'workerPool.size', size, 1, true)
    if (idleTimeout !== undefined) duration(action, 'workerPool.idleTimeout', idleTimeout)
    if (fallback !== undefined) oneOf(action, 'workerPool.fallback', fallback, ['inline', 'error'])
  }
  if (tracer !== undefined) callback(action, 'tracer.startSpan', object(action, 'tracer', tracer).startSpan)
  if (otel !== undefined) object(action, 'otel', otel)
}
