/** Who listens to the bodies of a scope: its hooks, then what was added later. */

import { guard } from '../base/guard.js'
import { callback } from '../base/options.js'
import { nothing, type Undo } from '../base/undo.js'
import type { TaskObserver } from '../policy/hooks.js'
import type { Call } from '../policy/layer.js'
import type { TaskGroup } from '../task/group.js'
import type { CallNode } from '../task/call.js'
import type { ScopeHooks } from './options.js'

type Before = NonNullable<ScopeHooks['beforeTask']>
type After = NonNullable<ScopeHooks['afterTask']>

/** The listeners of one scope; the group knows of them only while there are any. */
export class Observers implements TaskObserver {
  readonly #group: TaskGroup
  readonly #before: Set<{ readonly fn: Before }> = new Set()
  readonly #after: Set<{ readonly fn: After }> = new Set()

  constructor(group: TaskGroup, hooks: ScopeHooks) {
    this.#group = group
    if (hooks.beforeTask !== undefined) this.#before.add({ fn: hooks.beforeTask })
    if (hooks.afterTask !== undefined) this.#after.add({ fn: hooks.afterTask })
    this.#refresh()
  }

  /** Adds a listener on starts. */
  onBefore(fn: Before): Undo {
    return this.#add(this.#before, { fn: callback('listen', 'fn', fn) })
  }

  /** Adds a listener on ends. */
  onAfter(fn: After): Undo {
    return this.#add(this.#after, { fn: callback('listen', 'fn', fn) })
  }

  before(call: Call): void {
    const { options } = (call as CallNode).origin // the calls of a scope are nodes of its group
    for (const { fn } of this.#before) this.#guard('beforeTask hook', () => fn(call.name, call.index, options))
  }

  after(call: Call, durationMs: number, error: Error | undefined): void {
    for (const { fn } of this.#after) this.#guard('afterTask hook', () => fn(call.name, durationMs, error, call.index))
  }

  #add<T>(listeners: Set<T>, entry: T): Undo {
    if (this.#group.refuses) return nothing
    listeners.add(entry)
    this.#refresh()
    return () => {
      if (listeners.delete(entry)) this.#refresh()
    }
  }

  #refresh(): void {
    this.#group.observe(this.#before.size + this.#after.size > 0 ? this : undefined)
  }

  #guard(where: string, fn: () => void): void {
    guard(fn, (error) => this.#group.report(error, where))
  }
}
