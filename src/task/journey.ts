/** The way of one call to its body: the list below is the order, outermost first. */

import { array, duration, number, text, wrongType } from '../base/options.js'
import { CircuitBreaker } from '../policy/breaker.js'
import { Breakers } from '../policy/breakers.js'
import { type CheckpointLayers, check as checkCheckpoint, MissingCheckpoints } from '../policy/checkpoint-options.js'
import { deadline } from '../policy/deadline.js'
import { dedupe } from '../policy/dedupe.js'
import { Flights } from '../policy/flight.js'
import { hooks } from '../policy/hooks.js'
import { check as checkIdempotency, type IdempotencyOptions } from '../policy/idempotency-options.js'
import { late, type Provided } from '../policy/late.js'
import { begin, compose, fromAsync, type Layer, type Step } from '../policy/layer.js'
import { limit } from '../policy/limit.js'
import { MemoStore, memo } from '../policy/memo.js'
import { retry, retryPlan } from '../policy/retry.js'
import { span } from '../policy/span.js'
import type { WorkerTarget } from '../worker/target.js'
import { runBody, runPlain } from './body.js'
import type { CallNode } from './call.js'
import { checkErrorClasses } from './error-class.js'
import type { ScopeGroup } from './group.js'
import { withPermit } from './gate.js'
import type { TaskOptions } from './options.js'
import type { Start } from './task.js'
import type { ResumeOptions } from './resume-options.js'
import { runInWorker } from './worker-body.js'

const action = 'start task'

/** Every call that reaches the last step is a node of its group. */
const body: Step<unknown> = (call, done) => runBody(call as CallNode, done)

/** Validates the options and puts the layers together. */
export function journey(group: ScopeGroup, options: TaskOptions, needsPermit: boolean, target?: WorkerTarget): Start {
  check(options)
  const { settings, observer } = group
  const { otel, timeout, priority = 0 } = options
  const permits = needsPermit ? settings.limit : undefined
  const plan = options.retry === undefined ? undefined : retryPlan(options.retry)
  const saved = options.checkpoint === undefined ? undefined : saving(group, options, options.checkpoint)
  const layers: readonly (Layer | undefined)[] = [
    settings.spans && span(settings.spans, otel?.name, otel?.attributes),
    options.memo === undefined
      ? undefined
      : memo(options.memo, group.the(MemoStore), timeout, settings.persistence.cache),
    options.dedupe === undefined ? undefined : dedupe(options.dedupe, group.the(Flights), timeout),
    options.idempotency === undefined ? undefined : idempotent(group, options.idempotency),
    permits && limit(permits, priority),
    options.memo === undefined && options.dedupe === undefined ? undefined : begin,
    observer && hooks(observer),
    timeout === undefined || timeout === Infinity ? undefined : deadline('Task', timeout),
    saved?.task,
    plan && retry(plan, settings.gracePeriod),
    circuit(group, options),
    plan === undefined || plan.attemptTimeout === Infinity ? undefined : deadline('Attempt', plan.attemptTimeout),
    saved?.attempt,
  ]
  if (target !== undefined) {
    return through(compose(layers, (call, done) => runInWorker(call as CallNode, group, target, done)))
  }
  const wanted = count(layers)
  if (wanted === 0) return runPlain
  if (wanted === 1 && permits !== undefined) return withPermit(permits, priority)
  return through(compose(layers, body))
}

function count(layers: readonly unknown[]): number {
  let found = 0
  for (let at = 0; at < layers.length; at++) if (layers[at] !== undefined) found++
  return found
}

/** Starts with the outermost layer. */
function through(step: Step<unknown>): Start {
  return (task) => step(task, (outcome) => task.conclude(outcome))
}

function check(options: TaskOptions): void {
  const { id, timeout, priority, dedupe: key } = options
  if (id !== undefined) text(action, 'id', id)
  if (timeout !== undefined) duration(action, 'timeout', timeout)
  if (priority !== undefined) number(action, 'priority', priority, -Infinity, Infinity)
  if (key !== undefined && typeof key !== 'string' && typeof key !== 'symbol') {
    throw wrongType(action, 'dedupe', 'a string or a symbol', key)
  }
  checkErrorClasses(options)
  checkTransfer(options)
}

function saving(
  group: ScopeGroup,
  { id }: TaskOptions,
  options: ResumeOptions,
): { readonly task: Layer; readonly attempt: Layer } | undefined {
  const provider = group.settings.persistence.checkpoint
  checkCheckpoint(options)
  if (provider === undefined) {
    group.the(MissingCheckpoints).told()
    return undefined
  }
  if (id === undefined) throw new TypeError(`Cannot ${action}: checkpoint needs an id, by which a later run finds it`)
  const { gracePeriod: grace } = group.settings
  const warn = (message: string): void => group.warn(message)
  const settings = { taskId: id, provider, grace, requireExisting: options.requireExisting ?? false, warn }
  let made: CheckpointLayers | undefined
  const both = ({ checkpoints }: Provided): CheckpointLayers => (made ??= checkpoints(options, settings))
  return {
    task: late((layers) => fromAsync(both(layers).task)),
    attempt: late((layers) => fromAsync(both(layers).attempt)),
  }
}

/** The layer of the task's own breaker, else of its scope's. */
function circuit(group: ScopeGroup, { circuitBreaker: spec, id }: TaskOptions): Layer | undefined {
  const { breaker, breakerKey, persistence } = group.settings
  if (spec === undefined && breaker === undefined) return undefined
  const breakers = group.the(Breakers)
  const store = persistence.circuitBreaker
  if (spec === undefined) return breaker && breakers.layer(breaker, store, breakerKey)
  return breakers.layer(breakers.of(spec, id), store, spec instanceof CircuitBreaker ? undefined : id)
}

function checkTransfer({ transfer, worker, retry: plan }: TaskOptions): void {
  if (transfer === undefined) return
  array(action, 'transfer', transfer)
  if (!worker) throw new TypeError(`Cannot ${action}: transfer needs worker: true`)
  if (plan !== undefined) {
    throw new TypeError(`Cannot ${action}: transfer and retry exclude each other, what has moved is gone`)
  }
}

function idempotent(group: ScopeGroup, options: IdempotencyOptions): Layer {
  const { persistence, idempotencyTtl } = group.settings
  const provider = persistence.idempotency
  if (provider === undefined) {
    throw new TypeError(`Cannot ${action}: idempotency needs a provider, give the scope one in persistence.idempotency`)
  }
  const { ttl = idempotencyTtl } = checkIdempotency(options)
  const settings = { ...options, ...(ttl !== undefined && { ttl }) }
  return late(({ idempotency }) => fromAsync(idempotency(settings, provider)))
}
