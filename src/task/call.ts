/**
 * A call on its way to the body, as the owner of the work sees it.
 *
 * 1. A call is over when its steps have returned (`close`) and nothing holds it; only then does it leave the tree.
 * 2. What holds an attempt holds the call above it too.
 * 3. An abandoned call is over for its owner, whatever its body still does: later releases change nothing.
 */

import { Cancellation } from '../lifetime/cancellation.js'
import type { Probe } from '../lifetime/probe.js'
import { nothing, type Undo } from '../base/undo.js'
import type { ForkedCall } from '../policy/layer.js'
import type { Runtime } from '../runtime.js'
import type { TaskGroup } from './group.js'
import type { Task } from './task.js'

/** What tasks, shared runs and attempts have in common. */
export abstract class CallNode extends Cancellation {
  /** @internal */ readonly group: TaskGroup
  #holds = 0
  #closed = false
  #over = false
  #expired = false
  #begun = false
  #whenIdle: (() => void)[] | undefined
  #whenBegun: (() => void)[] | undefined
  #deadline: number | undefined

  /** @internal */
  constructor(parent: Cancellation, group: TaskGroup) {
    super(parent)
    this.group = group
  }

  /** The task whose body this call runs. @internal */
  abstract get origin(): Task<unknown>

  /** The call this one is an attempt of. @internal */
  protected get outer(): CallNode | undefined {
    return undefined
  }

  /** @internal */
  get name(): string {
    return this.origin.name
  }

  /** @internal */
  get index(): number {
    return this.origin.index
  }

  /** @internal */
  get attempt(): number {
    return 1
  }

  /** @internal */
  get host(): Runtime {
    return this.group.host
  }

  /** @internal */
  get probe(): Probe | undefined {
    return this.group.probe
  }

  /** @internal */
  get spawnedBy(): string | undefined {
    return this.origin.spawnedBy
  }

  /** @internal */
  get isNested(): boolean {
    return this.parent !== this.group
  }

  /** @internal */
  get deadline(): number {
    return this.#deadline ?? this.outer?.deadline ?? this.group.deadline
  }

  /** @internal */
  get busy(): boolean {
    return this.#holds > 0
  }

  /** True when nothing of it goes on. @internal */
  get isOver(): boolean {
    return this.#over
  }

  /** @internal */
  get expired(): boolean {
    return this.#expired || this.outer?.expired === true
  }

  /** @internal */
  get cancelled(): boolean {
    return this.aborted && !this.expired
  }

  /** @internal */
  expire(error: Error): void {
    this.#expired = true
    if (!this.abort(error)) this.#expired = false
  }

  /** @internal */
  cancel(error: unknown): void {
    this.abort(error)
  }

  /** @internal */
  begin(): void {
    const callbacks = this.#whenBegun
    this.#begun = true
    this.#whenBegun = undefined
    if (callbacks !== undefined) for (const callback of callbacks) callback()
  }

  /** @internal */
  whenBegun(fn: () => void): void {
    if (this.#begun) fn()
    else (this.#whenBegun ??= []).push(fn)
  }

  /** @internal */
  limitTo(deadline: number): void {
    this.#deadline = Math.min(this.deadline, deadline)
  }

  /** @internal */
  fork(attempt: number): ForkedCall {
    return new Attempt(this, attempt)
  }

  /** @internal */
  detach(): ForkedCall {
    return new SharedRun(this.origin)
  }

  /** @internal */
  hold(): Undo {
    if (this.#over) return nothing
    this.retain()
    let held = true
    return () => {
      if (held) this.letGo()
      held = false
    }
  }

  /** As `hold`, for the one who surely leaves once. @internal */
  retain(): void {
    if (this.#over) return
    this.#holds++
    this.outer?.retain()
  }

  /** @internal */
  letGo(): void {
    this.#release()
    this.outer?.letGo()
  }

  /** @internal */
  whenIdle(fn: () => void): void {
    if (this.#holds === 0) fn()
    else (this.#whenIdle ??= []).push(fn)
  }

  /** @internal */
  close(): void {
    this.#closed = true
    if (this.#holds === 0) this.#finish()
  }

  /** @internal */
  report(error: unknown, where: string): void {
    this.group.report(error, where)
  }

  /** @internal */
  abandon(): void {
    this.group.abandoned(this.origin)
  }

  /** Ends it for its owner although its body lives. @internal */
  giveUp(): void {
    this.#holds = 0
    this.#closed = true
    this.#idle()
    this.#finish()
  }

  /** What is to be done when it is over. @internal */
  protected ended(): void {}

  #release(): void {
    if (this.#over || --this.#holds > 0) return
    this.#idle()
    if (this.#closed && this.#holds === 0) this.#finish() // what runs on idle may hold it once more
  }

  #idle(): void {
    const callbacks = this.#whenIdle
    this.#whenIdle = undefined
    if (callbacks !== undefined) for (const callback of callbacks) callback()
  }

  #finish(): void {
    if (this.#over) return
    this.#over = true
    this.detachNode()
    this.ended()
  }
}

/** One attempt of a call. */
class Attempt extends CallNode {
  readonly #outer: CallNode
  readonly #attempt: number

  constructor(outer: CallNode, attempt: number) {
    super(outer, outer.group)
    this.#outer = outer
    this.#attempt = attempt
  }

  override get origin(): Task<unknown> {
    return this.#outer.origin
  }

  override get attempt(): number {
    return this.#attempt
  }

  protected override get outer(): CallNode {
    return this.#outer
  }
}

/** A run that several calls share: it hangs on the group, and counts as work of its own. */
class SharedRun extends CallNode {
  readonly #origin: Task<unknown>

  constructor(origin: Task<unknown>) {
    super(origin.group, origin.group)
    this.#origin = origin
    this.group.enter()
  }

  override get origin(): Task<unknown> {
    return this.#origin
  }

  protected override ended(): void {
    this.group.leave()
  }
}

/** True for what stands on its own in a group: tasks and shared runs. */
export function isRoot(node: Cancellation): node is CallNode {
  return node instanceof CallNode && !(node instanceof Attempt)
}
