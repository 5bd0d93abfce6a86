/**
 * What happens in a scope and below it, told to an observer in plain terms.
 *
 * 1. An observer comes in the middle: it is first told what there is, as if that had happened now.
 * 2. Scopes, channels and breakers are views, read when wanted. Channels are held weakly: nobody disposes of one.
 * 3. What an observer throws is reported, and changes nothing.
 */

import { guard } from '../base/guard.js'
import { wrongType } from '../base/options.js'
import type { Undo } from '../base/undo.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import type { ProbeEvent } from '../lifetime/probe.js'
import type { CircuitBreaker, CircuitState } from '../policy/breaker.js'
import { BroadcastChannel } from '../sync/broadcast.js'
import type { ChannelCore } from '../sync/channel-core.js'
import type { CallNode } from '../task/call.js'
import { Task, type TaskStatus } from '../task/task.js'
import { attach, subtree, unwatch } from './attach.js'
import type { ScopeCore } from './core.js'
import { Scope } from './scope.js'
import { attemptOf } from './tree-of.js'

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

class ScopeView implements ObservedScope {
  readonly #core: ScopeCore

  constructor(core: ScopeCore) {
    this.#core = core
  }

  get id(): number {
    return this.#core.id
  }

  get name(): string {
    return this.#core.scopeName
  }

  get parent(): number | undefined {
    return this.#core.parent?.id
  }

  get concurrency(): number | undefined {
    return this.#core.concurrency
  }

  get state(): ObservedScopeState {
    const core = this.#core
    return core.isEnded ? 'disposed' : core.isDisposed ? 'disposing' : core.aborted ? 'aborted' : 'live'
  }

  get reason(): Error | undefined {
    return this.#core.abortError
  }

  get active(): number {
    return this.#core.group.active
  }
}

/** Holds its channel weakly, where the host can do that. */
class ChannelView implements ObservedChannel {
  readonly id: number
  readonly kind: 'channel' | 'broadcast'
  readonly capacity: number
  readonly strategy: string
  readonly #channel: WeakRef<ChannelCore<unknown> | BroadcastChannel<unknown>>

  constructor(id: number, channel: ChannelCore<unknown> | BroadcastChannel<unknown>) {
    this.id = id
    this.#channel = new WeakRef(channel)
    const isBroadcast = channel instanceof BroadcastChannel
    this.kind = isBroadcast ? 'broadcast' : 'channel'
    this.capacity = isBroadcast ? channel.capacity : channel.backlog.capacity
    this.strategy = isBroadcast ? channel.strategy : channel.backlog.strategy
  }

  get state(): 'open' | 'closed' | 'gone' {
    const channel = this.#channel.deref()
    return channel === undefined ? 'gone' : channel.isClosed ? 'closed' : 'open'
  }

  get size(): number {
    const channel = this.#channel.deref()
    return (channel instanceof BroadcastChannel ? channel.held : channel?.backlog.held) ?? 0
  }

  get waiting(): 'senders' | 'receivers' | undefined {
    const channel = this.#channel.deref()
    return channel?.isCrowded ? 'senders' : channel?.isWanted ? 'receivers' : undefined
  }

  get subscribers(): number | undefined {
    const channel = this.#channel.deref()
    return channel instanceof BroadcastChannel ? channel.subscriberCount : undefined
  }
}
