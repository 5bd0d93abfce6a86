/** What a body is given: members are worked out when first read, so that a body pays for what it takes. */

import type { Result } from '../base/result.js'
import { createProgressContext, type ProgressContext } from '../persist/progress.js'
import type { CheckpointContext } from '../persist/types.js'
import { saves } from '../policy/checkpoint-options.js'
import type { CallNode } from './call.js'
import type { ScopeGroup } from './group.js'
import type { Body, Logger, ShieldContext, ShieldOptions, TaskContext, TaskOptions } from './options.js'
import { shield } from './shield.js'
import { spawnWithin } from './spawn.js'
import type { Task } from './task.js'

/** The context of one run of a body. */
export class BodyContext implements TaskContext<object> {
  readonly #call: CallNode
  readonly #group: ScopeGroup
  #logger: Logger | undefined
  #progress: ProgressContext | undefined
  /** An own property of the contexts that have it, so that the others have none. */
  declare readonly checkpoint?: CheckpointContext

  constructor(call: CallNode, group: ScopeGroup) {
    this.#call = call
    this.#group = group
    const saved = call.origin.options?.checkpoint === undefined ? undefined : saves.get(call)
    if (saved === undefined) return
    this.checkpoint = saved
    this.#progress = saved.progress
  }

  get services(): object {
    return this.#group.settings.services
  }

  get signal(): AbortSignal {
    return this.#call.signal
  }

  get logger(): Logger {
    return (this.#logger ??= this.#group.settings.taskLogger(this.#call.origin))
  }

  get context(): Readonly<Record<string, unknown>> {
    return this.#group.settings.context
  }

  get data(): unknown {
    return this.#call.origin.options?.data
  }

  get attempt(): number {
    return this.#call.attempt
  }

  get progress(): ProgressContext {
    const call = this.#call
    return (this.#progress ??= createProgressContext(
      () => call.host.now(),
      (error, where) => call.report(error, where),
    ))
  }

  get task(): <T, E extends Error = Error>(fn: Body<T, never>, options?: TaskOptions<E>) => Task<Result<E, T>> {
    return (fn, options) => spawnWithin(this.#group, this.#call, fn, options)
  }

  get shield(): <T>(fn: (context: ShieldContext) => T | PromiseLike<T>, options?: ShieldOptions) => Promise<T> {
    return (fn, options) => shield(this.#call, fn, options)
  }
}
