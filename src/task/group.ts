/** The tasks of one scope: what they share, how many are alive, and which failures nobody has looked at. */

import { after } from '../base/clock.js'
import { guard } from '../base/guard.js'
import type { Undo } from '../base/undo.js'
import { Cancellation } from '../lifetime/cancellation.js'
import type { Probe } from '../lifetime/probe.js'
import type { CircuitBreaker } from '../policy/breaker.js'
import type { TaskObserver } from '../policy/hooks.js'
import type { Limit } from '../policy/limit.js'
import type { Spans } from '../policy/span.js'
import type { Home } from '../policy/layer.js'
import type { PersistenceProviders } from '../persist/types.js'
import type { Runtime } from '../runtime.js'
import type { Workers } from '../worker/workers.js'
import { type CallNode, isRoot } from './call.js'
import type { Logger } from './options.js'
import type { Records } from './records.js'
import type { Start, Task } from './task.js'

/** What the owner decides about its tasks. */
export interface GroupSettings {
  readonly host: Runtime
  readonly scopeName: string
  readonly deadline: number
  readonly gracePeriod: number
  readonly failFast: boolean
  /** Records to reuse, with `taskPooling`. */
  readonly records: Records | undefined
  /** Makes what a body is given. */
  createContext(call: CallNode): object
  /** Told of a body that outlived its grace. */
  onAbandoned(name: string, index: number, age: number): unknown
  /** Told when the group is aborted, after all of the library's own work. */
  onAborted(): void
  report(error: unknown, where: string): void
  warn(message: string): void
}

/** What a scope decides besides, for the layers and the contexts of its tasks. */
export interface ScopeSettings extends GroupSettings {
  readonly limit: Limit | undefined
  readonly breaker: CircuitBreaker | undefined
  /** Under which name processes share that breaker, unless it has one itself. */
  readonly breakerKey: string | undefined
  readonly spans: Spans | undefined
  /** Providers of what outlives the scope. */
  readonly persistence: PersistenceProviders
  /** How long values of idempotent tasks are kept by default, in milliseconds. */
  readonly idempotencyTtl: number | undefined
  /** The workers of the scope, or of the one it inherits them from. */
  workers(): Workers
  /** Services as bodies see them. */
  readonly services: object
  readonly context: Readonly<Record<string, unknown>>
  /** A logger that names the task. */
  taskLogger(task: { readonly name: string; readonly index: number }): Logger
}

/** How a body that outlived its grace is told of, unless somebody wants to hear it otherwise. */
export function abandonment(name: string, age: number, gracePeriod: number): string {
  return (
    `Task ${name} is still running ${Math.round(age)}ms after its start: it ignored its signal, or waits for its own ` +
    `scope, for the grace period of ${gracePeriod}ms and is no longer waited for`
  )
}

/** The tasks of a scope. */
export type ScopeGroup = TaskGroup<ScopeSettings>

/** Something of which a group has one, such as its memoised values; it is given the group. */
export type Part<T> = new (home: Home) => T

/** The tasks of one owner. */
export class TaskGroup<S extends GroupSettings = GroupSettings> extends Cancellation implements Home {
  readonly settings: S
  readonly host: Runtime
  readonly deadline: number
  #observer: TaskObserver | undefined
  /** Who watches the scope, if anybody does. */
  probe: Probe | undefined
  /** The journey of a task without options, worked out once. */
  plainJourney: Start | undefined
  #refuses = false
  #active = 0
  #tasks = 0
  #shields = 0
  #parts: Map<Part<object>, object> | undefined
  #ends: (() => void)[] | undefined
  #quiet: Set<() => void> | undefined
  #unshielded: (() => void) | undefined
  #draining: Promise<void> | undefined
  #unobserved: Set<Task<unknown>> | undefined

  constructor(settings: S, parent: TaskGroup | undefined) {
    super(parent)
    this.settings = settings
    this.host = settings.host
    this.deadline = settings.deadline
    this.probe = parent?.probe
  }

  /** Listens to bodies, while somebody does. */
  get observer(): TaskObserver | undefined {
    return this.#observer
  }

  /** From the next task on. */
  observe(observer: TaskObserver | undefined): void {
    this.#observer = observer
    this.plainJourney = undefined
  }

  /** The group's one instance of what its tasks share, made when it is first asked for. */
  the<T extends object>(part: Part<T>): T {
    const parts = (this.#parts ??= new Map())
    const made = parts.get(part) ?? new part(this)
    parts.set(part, made)
    return made as T // it was made by this very class
  }

  /** True once it takes no more tasks. */
  get refuses(): boolean {
    return this.#refuses
  }

  /** Takes no more tasks. */
  refuse(): void {
    this.#refuses = true
  }

  /** The number of the next task. */
  nextIndex(): number {
    return ++this.#tasks
  }

  /** Counts a call in. */
  enter(): void {
    this.#active++
  }

  /** Counts a call out. */
  leave(): void {
    if (--this.#active === 0) this.#tellQuiet()
  }

  /** As `enter`, with an undo. */
  work(): Undo {
    this.enter()
    return () => this.leave()
  }

  /** Calls `fn` when everything of the group has ended. */
  atEnd(fn: () => void): void {
    ;(this.#ends ??= []).push(fn)
  }

  /** Everything has ended. */
  end(): void {
    if (this.#ends === undefined) return
    for (const fn of this.#ends) guard(fn, (error) => this.report(error, 'the end of the scope'))
    this.#ends = undefined
  }

  /** Counts a shielded section in; the undo counts it out. */
  shield(): Undo {
    this.#shields++
    return () => {
      if (--this.#shields > 0) return
      const waiting = this.#unshielded
      this.#unshielded = undefined
      waiting?.()
    }
  }

  /** Tasks and shared runs that are not over. */
  get active(): number {
    return this.#active
  }

  /** The calls that are not over, those started on another one's permit included. */
  live(): CallNode[] {
    const found: CallNode[] = []
    const nodes: Cancellation[] = [this]
    for (const node of nodes) {
      for (let child = node.firstChild; child !== undefined; child = child.nextSibling) {
        if (child instanceof TaskGroup) continue
        nodes.push(child)
        if (isRoot(child) && child.group === this) found.push(child)
      }
    }
    return found.sort((a, b) => a.index - b.index)
  }

  /** Resolves when nothing of the group is running. */
  async quiet(): Promise<void> {
    while (this.#active > 0) await new Promise<void>((resolve) => this.#onQuiet(resolve))
  }

  /**
   * Waits for the bodies of an aborted group, for the grace period; those still alive then are reported and given up,
   * unless a shielded section is in flight at that moment: it is waited for, and then there is grace again. Asked again,
   * by a parent that ends at the same time, it gives the same promise.
   */
  drain(): Promise<void> {
    return (this.#draining ??= this.#drain())
  }

  async #drain(): Promise<void> {
    while (this.#active > 0 && !(await this.#quietWithin(this.settings.gracePeriod))) {
      if (this.#shields === 0) this.#giveUp()
      else await new Promise<void>((resolve) => (this.#unshielded = resolve))
    }
  }

  /** Keeps a failure until somebody looks at it. */
  keep(task: Task<unknown>): void {
    ;(this.#unobserved ??= new Set()).add(task)
  }

  /** Somebody has looked. */
  observed(task: Task<unknown>): void {
    this.#unobserved?.delete(task)
  }

  /** True while there are failures nobody has looked at. */
  get hasUnobserved(): boolean {
    return this.#unobserved !== undefined && this.#unobserved.size > 0
  }

  /** Hands over the failures nobody has looked at, once. */
  takeUnobserved(): Task<unknown>[] {
    const tasks = this.#unobserved
    this.#unobserved = undefined
    return tasks === undefined ? [] : [...tasks]
  }

  /** A body has outlived its grace. Reported once. */
  abandoned(task: Task<unknown>): void {
    if (!task.abandonedOnce()) return
    const age = this.host.now() - task.startedAt
    guard(
      () => this.settings.onAbandoned(task.name, task.index, age),
      (error) => this.report(error, 'onAbandoned callback'),
    )
  }

  report(error: unknown, where: string): void {
    this.settings.report(error, where)
  }

  warn(message: string): void {
    this.settings.warn(message)
  }

  protected override notify(): void {
    this.settings.onAborted()
  }

  protected override trouble(error: unknown, where: string): void {
    this.report(error, where)
  }

  #giveUp(): void {
    for (const call of this.live()) {
      this.abandoned(call.origin)
      call.giveUp()
    }
  }

  #quietWithin(grace: number): Promise<boolean> {
    return new Promise((resolve) => {
      const undo = after(grace, () => {
        forget()
        resolve(false)
      })
      const forget = this.#onQuiet(() => {
        undo()
        resolve(true)
      })
    })
  }

  #onQuiet(fn: () => void): Undo {
    const listeners = (this.#quiet ??= new Set())
    listeners.add(fn)
    return () => listeners.delete(fn)
  }

  #tellQuiet(): void {
    const listeners = this.#quiet
    this.#quiet = undefined
    if (listeners !== undefined) for (const listener of listeners) listener()
  }
}
