/** Validates the options of a scope, before anything of it is made. */

import { callback, duration, fields, flag, integer, object, oneOf, options, type Rule, text } from '../base/options.js'
import { optionalSignal } from '../base/signal.js'
import { traceIdOf } from './correlation.js'
import type { OwnOptions } from './options.js'
import { shutdownPlan } from './shutdown.js'

type Rules = { readonly [name: string]: Rule }

/** Made with the first scope that has options. */
let rules: Rules | undefined

/** Throws a `TypeError` or `RangeError` that names the first option that is wrong. */
export function checkOptions(given: OwnOptions): void {
  options<object>('create scope', given, (rules ??= makeRules()))
}

function makeRules(): Rules {
  return {
    name: text,
    timeout: duration,
    gracePeriod: duration,
    signal: (action, _, value) => optionalSignal(action, value),
    context: object,
    logLevel: word('debug', 'info', 'warn', 'error'),
    traceId: (_action, _option, value) => traceIdOf(value),
    logCorrelation: flag,
    failFast: flag,
    timeline: flag,
    onUnhandled: (action, option, value) => value === 'throw' || callback(action, option, value),
    onAbandoned: callback,
    gracefulShutdown: (_action, _option, value) => shutdownPlan(value as OwnOptions['gracefulShutdown']), // checks it
    hooks: methods([], 'beforeTask', 'afterTask', 'onCancel', 'onDispose', 'beforeDispose', 'afterDispose'),
    // The methods that a provider cannot do without, so that a wrong one is told where it is given.
    persistence: shape({
      lock: methods(['acquire']),
      circuitBreaker: methods(['getState', 'setState', 'recordFailure', 'recordSuccess']),
      cache: methods(['get', 'set', 'delete']),
      idempotency: methods(['get', 'set']),
      checkpoint: methods(['save', 'loadLatest', 'list', 'cleanup', 'deleteAll'], 'claim'),
    }),
    idempotency: shape({ defaultTTL: duration }),
    taskPooling: shape({ enabled: flag, maxSize: atLeast(0) }),
    workerPool: shape({ size: atLeast(1), idleTimeout: duration, fallback: word('inline', 'error') }),
    tracer: methods(['startSpan']),
    otel: object,
  }
}

function word(...words: readonly string[]): Rule {
  return (action, option, value) => oneOf(action, option, value, words)
}

function atLeast(min: number): Rule {
  return (action, option, value) => integer(action, option, value, min, true)
}

function shape(inner: Rules): Rule {
  return (action, option, value) => fields<object>(action, option, value as object, inner) // it is checked to be one
}

/** An object that has these methods, and perhaps those; they may be inherited. */
function methods(needed: readonly string[], ...others: readonly string[]): Rule {
  return (action, option, value) => {
    const given = object(action, option, value as object) // checked here
    for (const name of [...needed, ...others]) {
      const method: unknown = Reflect.get(given, name)
      if (method !== undefined || needed.includes(name)) callback(action, `${option}.${name}`, method)
    }
  }
}
