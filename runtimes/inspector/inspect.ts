/** Follows a scope and tells, now and then, what it looks like. */

import { afterInBackground } from '../../src/base/clock.js'
import { guard } from '../../src/base/guard.js'
import { callback, duration, integer, object } from '../../src/base/options.js'
import type { Undo } from '../../src/base/undo.js'
import type { Observation } from '../../src/scope/observation.js'
import { observe } from '../../src/scope/observe.js'
import type { Scope } from '../../src/scope/scope.js'
import type { Inspection } from './inspection.js'
import { ScopeList } from './scopes.js'
import { TaskHistory } from './tasks.js'

/** Options of `inspect`. */
export interface InspectOptions {
  /** How many tasks are kept, the living ones and those that settled last. Default: 2 000. */
  readonly tasks?: number
  /** Milliseconds in which all changes make one notification. Default: 16, a frame. */
  readonly interval?: number
}

/** Follows a scope. Made by `inspect`. */
export interface Inspector extends Disposable {
  /** What the scope looks like, or what it looked like when `pause` was called. Plain data, good for JSON. */
  snapshot(): Inspection
  /** Calls `fn` with a snapshot after changes, once an interval at most; returns its undo. What it throws is reported. */
  subscribe(fn: (inspection: Inspection) => void): Undo
  /** Keeps the snapshot as it is; the scope is followed on. */
  pause(): void
  /** Shows the present again. */
  resume(): void
  /** Ends it: it leaves nothing in the scope, and its snapshot stays as it was. */
  [Symbol.dispose](): void
}

/**
 * Follows a live scope and everything below it: scopes, tasks, channels, breakers. Without it, none of that is recorded.
 *
 * It begins with what there is at that moment, of channels with those that somebody waits at later. Dispose of it, or of the
 * scope, and nothing is left. It changes nothing in the scope, and a body never waits for it.
 *
 * @throws TypeError, RangeError for arguments that make no sense.
 * @example
 * ```ts
 * using inspector = inspect(s)
 * inspector.subscribe(({ tasks }) => show(tasks.filter(({ status }) => status === 'running')))
 * ```
 */
export function inspect<S extends object>(scope: Scope<S>, options: InspectOptions = {}): Inspector {
  return new Following(scope, options)
}

class Following implements Inspector {
  readonly #scope: Pick<Scope, 'host' | 'report'>
  readonly #interval: number
  readonly #tasks: TaskHistory
  readonly #scopes: ScopeList = new ScopeList()
  readonly #subscribers: Set<{ readonly fn: (inspection: Inspection) => void }> = new Set()
  readonly #undo: Undo
  /** What is shown instead of the present. */
  #kept: Inspection | undefined
  #disarm: Undo | undefined
  #news = false
  #ended = false

  constructor(scope: Pick<Scope, 'host' | 'report'>, options: InspectOptions) {
    const action = 'inspect'
    const { tasks = 2_000, interval = 16 } = object(action, 'options', options)
    this.#tasks = new TaskHistory(integer(action, 'tasks', tasks, 1, true))
    this.#interval = duration(action, 'interval', interval)
    this.#scope = scope
    this.#undo = observe(scope, (observation) => this.#hear(observation))
  }

  snapshot(): Inspection {
    return this.#kept ?? this.#look(false)
  }

  subscribe(fn: (inspection: Inspection) => void): Undo {
    const entry = { fn: callback('subscribe', 'fn', fn) }
    this.#subscribers.add(entry)
    return () => {
      this.#subscribers.delete(entry)
      if (this.#subscribers.size === 0) this.#rest()
    }
  }

  pause(): void {
    if (this.#kept !== undefined) return
    this.#kept = this.#look(true)
    this.#rest()
  }

  resume(): void {
    if (this.#kept === undefined || this.#ended) return
    this.#kept = undefined
    this.#news = true
    this.#arm()
  }

  [Symbol.dispose](): void {
    if (this.#ended) return
    this.#ended = true
    this.#kept ??= this.#look(false)
    this.#undo()
    this.#subscribers.clear()
    this.#rest()
  }

  #hear(observation: Observation): void {
    const now = this.#scope.host.now()
    switch (observation.type) {
      case 'scope':
        this.#scopes.changed(observation.scope, now)
        break
      case 'task':
        this.#tasks.changed(observation.task, now)
        break
      case 'attempt':
        this.#tasks.started(observation.task, observation.attempt, now)
        break
      case 'retry':
        this.#tasks.retries(observation.task, observation.retry, now)
        break
      case 'channel':
        this.#scopes.channel(observation.scope, observation.channel)
        break
      case 'breaker':
        this.#scopes.breaker(observation.scope, observation.breaker, observation.name, now)
    }
    this.#news = true
    this.#arm()
  }

  #look(paused: boolean): Inspection {
    const { list: tasks, forgotten } = this.#tasks
    return { at: this.#scope.host.now(), paused, scope: this.#scopes.tree(), tasks, forgotten }
  }

  /** One timer while there is news and somebody to tell. */
  #arm(): void {
    if (this.#disarm !== undefined || this.#kept !== undefined || this.#subscribers.size === 0) return
    this.#disarm = afterInBackground(this.#scope.host, this.#interval, () => this.#tell())
  }

  #rest(): void {
    this.#disarm?.()
    this.#disarm = undefined
  }

  #tell(): void {
    this.#disarm = undefined
    if (!this.#news) return
    this.#news = false
    const inspection = this.#look(false)
    for (const { fn } of [...this.#subscribers]) {
      guard(
        () => fn(inspection),
        (error) => this.#scope.report(error, 'inspector subscriber'),
      )
    }
  }
}
