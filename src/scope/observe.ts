/**
 * What happens in a scope and below it, told to an observer in plain terms.
 *
 * 1. An observer comes in the middle: it is first told what there is, as if that had happened now.
 * 2. Scopes, channels and breakers are views, read when wanted.
 * 3. What an observer throws is reported, and changes nothing.
 */

import { guard } from '../base/guard.js'
import { wrongType } from '../base/options.js'
import type { Undo } from '../base/undo.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import type { ProbeEvent } from '../lifetime/probe.js'
import type { CircuitBreaker } from '../policy/breaker.js'
import type { BroadcastChannel } from '../sync/broadcast.js'
import type { ChannelCore } from '../sync/channel-core.js'
import type { CallNode } from '../task/call.js'
import { Task } from '../task/task.js'
import { attach, unwatch } from './attach.js'
import { type ScopeCore, subtree } from './core.js'
import { Scope } from './scope.js'
import type { Observation, ObservedRetry, ObservedTask } from './observation.js'
import { attemptOf } from './tree-of.js'
import { ChannelView, ScopeView } from './views.js'

/** Tells `observer` of everything in a scope and below it, in the turn it happens; returns its undo. */
export function observe(scope: unknown, observer: (observation: Observation) => void): Undo {
  if (!(scope instanceof Scope)) {
    throw wrongType('inspect', 'scope', 'a scope, made by this copy of the package', scope)
  }
  return new Observing(scope.core, observer).begin()
}

/** One observer at one scope. */
class Observing {
  readonly #root: ScopeCore
  #observer: ((observation: Observation) => void) | undefined
  readonly #ids: WeakMap<object, number> = new WeakMap()
  readonly #channels: WeakMap<object, ChannelView> = new WeakMap()
  #lastChannel = 0

  constructor(root: ScopeCore, observer: (observation: Observation) => void) {
    this.#root = root
    this.#observer = observer
  }

  begin(): Undo {
    const undo = attach(this.#root, this.#probe)
    for (const core of subtree(this.#root)) this.#found(core)
    return () => {
      undo()
      this.#observer = undefined
    }
  }

  /** What the probe is told is what its event says. */
  readonly #probe = (event: ProbeEvent, subject: object, detail?: unknown): void => {
    switch (event) {
      case 'scope':
        return this.#scope(subject as ScopeCore)
      case 'queued':
        return this.#task(subject as Task<unknown>)
      case 'started':
        return this.#attempt(subject as Task<unknown>, detail as number)
      case 'retrying':
        return this.#tell({
          type: 'retry',
          task: this.#taskView((subject as CallNode).origin),
          retry: detail as ObservedRetry,
        })
      case 'settled':
        return this.#settled(subject as Task<unknown>)
      case 'channel':
        return this.#channel(subject as ChannelCore<unknown> | BroadcastChannel<unknown>)
      case 'breaker':
        return this.#breaker(subject as CircuitBreaker, detail as { readonly by: object; readonly name?: string })
    }
  }

  #tell(observation: Observation): void {
    guard(
      () => this.#observer?.(observation),
      (error) => this.#root.report(error, 'observer'),
    )
  }

  /** A scope that was there before. */
  #found(core: ScopeCore): void {
    const { group, options } = core
    this.#scope(core)
    const { breaker } = group.settings
    if (breaker !== undefined) this.#breaker(breaker, { by: group, name: options.name })
    for (const call of group.live()) {
      if (!(call instanceof Task)) continue
      this.#task(call)
      if (call.isStarted) this.#attempt(call, attemptOf(call))
      if (call.isSettled) this.#settled(call)
    }
  }

  #scope(core: ScopeCore): void {
    this.#ids.set(core.group, core.id)
    this.#tell({ type: 'scope', scope: new ScopeView(core) })
    if (core.isEnded) unwatch(core, this.#probe)
  }

  #task(task: Task<unknown>): void {
    this.#tell({ type: 'task', task: this.#taskView(task) })
  }

  #attempt(task: Task<unknown>, attempt: number): void {
    this.#tell({ type: 'attempt', task: this.#taskView(task), attempt })
  }

  #settled(task: Task<unknown>): void {
    this.#task(task)
    task.whenOver(() => this.#task(task))
  }

  #channel(channel: ChannelCore<unknown> | BroadcastChannel<unknown>): void {
    let view = this.#channels.get(channel)
    if (view === undefined) this.#channels.set(channel, (view = new ChannelView(++this.#lastChannel, channel)))
    const { owner } = channel as { readonly owner: Lifetime & { readonly core?: ScopeCore } } // as a rule, a scope
    const scope = owner.core?.id
    if (scope !== undefined) this.#tell({ type: 'channel', scope, channel: view })
  }

  #breaker(breaker: CircuitBreaker, { by, name }: { readonly by: object; readonly name?: string | undefined }): void {
    const { group = by } = by as { readonly group?: object } // a call has a group, and a group is one
    const scope = this.#ids.get(group)
    if (scope !== undefined) this.#tell({ type: 'breaker', scope, breaker, name: breaker.key ?? name })
  }

  #taskView(task: Task<unknown>): ObservedTask {
    const { id, name, index, group, spawnedBy, status, error } = task
    return {
      id,
      name,
      index,
      scope: this.#ids.get(group) ?? 0,
      scopeName: group.settings.scopeName,
      spawnedBy,
      status,
      startedAt: task.isStarted ? task.startedAt : undefined,
      error,
      lingers: task.isSettled && task.isStarted && !task.isOver,
    }
  }
}
