/** The last step of a journey that ends in a worker: settles with the worker's answer or with the abort, whichever comes first. */

import { failure, type Result } from '../base/result.js'
import { nothing, type Undo } from '../base/undo.js'
import type { ProgressContext } from '../persist/progress.js'
import type { CheckpointContext } from '../persist/types.js'
import type { Done } from '../policy/layer.js'
import type { WorkerContext } from '../worker/context.js'
import type { Job, JobHolder } from '../worker/job.js'
import type { WorkerTarget } from '../worker/target.js'
import type { CallNode } from './call.js'
import type { ScopeGroup, ScopeSettings } from './group.js'
import type { Logger, TaskContext } from './options.js'

/** Hands the call to the workers; it is held until the run there has really ended. */
export function runInWorker<T>(call: CallNode, { settings }: ScopeGroup, target: WorkerTarget, done: Done<T>): void {
  if (call.abortError !== undefined) return done(failure(call.abortError))
  const job = new CallJob(call, settings, target, done)
  settings.workers().run(job)
  job.follow()
}

/** A call's run in a worker. */
class CallJob<T> implements Job {
  readonly target: WorkerTarget
  holder: JobHolder | undefined
  readonly #call: CallNode
  readonly #settings: ScopeSettings
  readonly #done: Done<T>
  #state: 'open' | 'answered' | 'ended' = 'open'
  #unfollow: Undo = nothing

  constructor(call: CallNode, settings: ScopeSettings, target: WorkerTarget, done: Done<T>) {
    this.#call = call
    this.#settings = settings
    this.target = target
    this.#done = done
    call.retain()
  }

  get name(): string {
    return this.#call.origin.name
  }

  get data(): unknown {
    return this.#call.origin.options?.data
  }

  get transfer(): readonly object[] {
    return this.#call.origin.options?.transfer ?? []
  }

  context(data?: unknown): WorkerContext {
    return new WorkerView(this.#settings.createContext(this.#call) as TaskContext, data) // the scope makes it for every body
  }

  started(): void {
    this.#call.origin.started(this.#call)
  }

  ended(outcome: Result<Error, unknown>): void {
    const state = this.#state
    if (state === 'ended') return
    this.#state = 'ended'
    this.#unfollow()
    this.#call.letGo()
    if (state === 'open') this.#done(outcome as Result<Error, T>) // the caller said what the task gives
  }

  /** Gives the job up when the call is aborted; the abort is the answer, whatever the worker still says. */
  follow(): void {
    if (this.#state === 'ended') return
    this.#unfollow = this.#call.onAbort((reason) => {
      this.#state = 'answered'
      this.#done(failure(reason))
      this.holder?.cancel(this, reason)
    })
  }
}

/** What of a body's context goes to a worker; members are still made when first read. */
class WorkerView implements WorkerContext {
  readonly data: unknown
  /** An own property of the contexts that have it, so that the others have none. */
  declare readonly checkpoint?: CheckpointContext
  readonly #context: TaskContext

  constructor(context: TaskContext, data: unknown) {
    this.#context = context
    this.data = data
    if (context.checkpoint !== undefined) this.checkpoint = context.checkpoint
  }

  get signal(): AbortSignal {
    return this.#context.signal
  }

  get logger(): Logger {
    return this.#context.logger
  }

  get progress(): ProgressContext {
    return this.#context.progress
  }

  get attempt(): number {
    return this.#context.attempt
  }
}
