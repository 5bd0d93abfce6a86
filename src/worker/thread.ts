/**
 * One worker: it loads, then runs one job after another, one at a time.
 *
 * 1. A job is sent once the worker has said hello; until then it can be taken back, and never starts.
 * 2. A running job that is cancelled gets its signal; if its worker has not ended it 1 000 ms later, the worker is ended.
 * 3. Whatever ends the worker ends its job; nothing it says afterwards is heard.
 */

import { after } from '../base/clock.js'
import { toError } from '../base/errors.js'
import { guard } from '../base/guard.js'
import { failure, type Result, success } from '../base/result.js'
import { nothing, type Undo } from '../base/undo.js'
import type { WorkerCode, WorkerHost, WorkerPort } from '../runtime.js'
import type { WorkerContext } from './context.js'
import { decodeError, encodeError } from './error-codec.js'
import { WorkerCrashedError, WorkerStartError } from './errors.js'
import type { Job, JobHolder } from './job.js'
import { failureOf, unsendable } from './outcome.js'
import { type FromWorker, isOurs, type ToWorker, type Work } from './protocol.js'

/** How long a cancelled job may go on before its worker is ended, in milliseconds. */
const cancelGrace = 1_000

/** How long a worker may take to load, in milliseconds: a module that never calls `expose` says nothing at all. */
const loadTimeout = 30_000

/** A job on its way. */
interface Run {
  readonly job: Job
  readonly id: number
  readonly context: WorkerContext
  /** The worker has been told to begin. */
  posted: boolean
  /** Why it was cancelled, once it was. */
  cancelled: Error | undefined
  disarm: Undo
}

type State =
  | { readonly at: 'loading'; job: Job | undefined; readonly disarm: Undo }
  | { readonly at: 'idle' }
  | { readonly at: 'busy'; readonly run: Run }
  | { readonly at: 'ended' }

/** What a worker tells its pool. */
export interface ThreadEvents {
  /** It could take a job. */
  onFree(thread: WorkerThread): void
  /** It is gone, with an error if that was its own doing; it had no job that could be told. */
  onGone(thread: WorkerThread, error: Error | undefined): void
  /** The host's policy forbids such workers; the job it was for has not started. */
  onRefused(thread: WorkerThread, job: Job | undefined, error: Error): void
}

/** One worker. */
export class WorkerThread implements JobHolder {
  /** What it runs; jobs of another code need another worker. */
  readonly code: WorkerCode
  readonly #host: WorkerHost
  readonly #events: ThreadEvents
  readonly #port: WorkerPort
  #state: State
  #lastId = 0

  /** Throws what the host throws. */
  constructor(host: WorkerHost, code: WorkerCode, events: ThreadEvents) {
    this.code = code
    this.#host = host
    this.#events = events
    const late = (): void => this.#fail(new Error(`it was not ready within ${loadTimeout}ms: does it call expose()?`))
    this.#port = host.spawn(code, {
      onMessage: (message) => this.#hear(message),
      onError: (error) => this.#fail(toError(error)),
      onExit: () => this.#fail(undefined),
    })
    this.#state = { at: 'loading', job: undefined, disarm: after(loadTimeout, late) }
    this.#port.hold(false)
    this.#port.post({ goGoScope: 'init' } satisfies ToWorker)
  }

  /** True while it could take a job. */
  get isFree(): boolean {
    const state = this.#state
    return state.at === 'idle' || (state.at === 'loading' && state.job === undefined)
  }

  /** True until it has said hello. */
  get isLoading(): boolean {
    return this.#state.at === 'loading'
  }

  /** Takes a job; it must be free. */
  take(job: Job): void {
    this.#port.hold(true)
    if (this.#state.at === 'loading') this.#state.job = job
    else this.#start(job)
  }

  /** The job is not wanted any more. */
  cancel(job: Job, reason: Error): void {
    const state = this.#state
    if (state.at === 'loading' && state.job === job) {
      state.job = undefined
      this.#free()
      job.ended(failure(reason))
    } else if (state.at === 'busy' && state.run.job === job && state.run.cancelled === undefined) {
      this.#abort(state.run, reason)
    }
  }

  /** Ends it, and its job with `reason`. */
  async end(reason?: Error): Promise<void> {
    const job = this.#stop()
    if (reason !== undefined) job?.ended(failure(reason))
    await this.#port.end()
  }

  #start(job: Job): void {
    const id = ++this.#lastId
    const run: Run = { job, id, context: job.context(), posted: false, cancelled: undefined, disarm: nothing }
    this.#state = { at: 'busy', run }
    job.started()
    const { attempt, checkpoint } = run.context
    try {
      const message: ToWorker = {
        goGoScope: 'run',
        id,
        work: this.#workOf(job),
        data: job.data,
        attempt,
        checkpoint: checkpoint && { data: checkpoint.data },
      }
      this.#port.post(message, job.transfer)
      run.posted = true
    } catch (cause) {
      return this.#finish(run, failure(unsendable(job, cause)))
    }
    if (run.cancelled !== undefined) this.#tellAbort(run, run.cancelled) // by a getter in its data
  }

  #workOf({ target }: Job): Work {
    switch (target.kind) {
      case 'function':
        return { kind: 'function', text: target.text }
      case 'module':
        return { kind: 'module', module: this.#host.resolve(target.module), name: target.name }
      case 'exposed':
        return { kind: 'exposed', name: target.name }
    }
  }

  #abort(run: Run, reason: Error): void {
    run.cancelled = reason
    run.disarm = after(cancelGrace, () => {
      void this.end(reason)
      this.#events.onGone(this, undefined)
    })
    if (run.posted) this.#tellAbort(run, reason)
  }

  #tellAbort({ id }: Run, reason: Error): void {
    this.#tell((asText) => ({ goGoScope: 'abort', id, reason: encodeError(reason, asText) }))
  }

  #hear(message: unknown): void {
    if (this.#state.at === 'ended' || !isOurs(message)) return
    const said = message as FromWorker // nobody else writes this property
    if (said.goGoScope === 'hello') return this.#loaded()
    if (said.goGoScope === 'crash') return this.#fail(toError(decodeError(said.error)))
    const run = this.#state.at === 'busy' ? this.#state.run : undefined
    if (run === undefined || run.id !== said.id) return // of an earlier job
    switch (said.goGoScope) {
      case 'done':
        return this.#finish(run, success(said.value))
      case 'failed':
        return this.#failed(run, said)
      case 'log':
        return run.context.logger[said.level](said.message, ...said.args)
      case 'progress':
        return run.context.progress.update(said.percentage)
      case 'save':
        return void this.#save(run, said.save, said.data)
      case 'stage':
        return this.#stage(run, said.data)
    }
  }

  #failed(run: Run, said: FromWorker & { readonly goGoScope: 'failed' }): void {
    const thrown = decodeError(said.error)
    const { job } = run
    if (said.why === 'unreadable' && job.transfer.length === 0 && this.#host.isRefusal(thrown)) {
      this.#stop()
      void this.#port.end()
      this.#events.onRefused(this, run.cancelled === undefined ? job : undefined, toError(thrown))
      if (run.cancelled !== undefined) job.ended(failure(run.cancelled))
    } else this.#finish(run, failure(failureOf(job, said.why, thrown, said.captured)))
  }

  /** What cannot be kept was sent by a task that has gone on meanwhile. */
  #stage({ context }: Run, data: unknown): void {
    guard(
      () => context.checkpoint?.stage(data),
      (error) => context.logger.error('stage of a checkpoint threw', error),
    )
  }

  async #save(run: Run, save: number, data: unknown): Promise<void> {
    let failed: { readonly error: unknown } | undefined
    try {
      await run.context.checkpoint?.save(data)
    } catch (error) {
      failed = { error }
    }
    this.#tell((asText) => ({
      goGoScope: 'saved',
      id: run.id,
      save,
      data,
      error: failed && encodeError(failed.error, asText),
    }))
  }

  /** Posts a message with an error in it, whose parts may be what cannot be copied. */
  #tell(message: (asText: boolean) => ToWorker): void {
    if (this.#state.at === 'ended') return
    try {
      this.#port.post(message(false))
    } catch {
      this.#port.post(message(true))
    }
  }

  #loaded(): void {
    if (this.#state.at !== 'loading') return
    const { job, disarm } = this.#state
    disarm()
    this.#state = { at: 'idle' }
    if (job === undefined) this.#free()
    else this.#start(job)
  }

  #finish(run: Run, outcome: Result<Error, unknown>): void {
    run.disarm()
    this.#state = { at: 'idle' }
    this.#free()
    run.job.ended(run.cancelled === undefined ? outcome : failure(run.cancelled))
  }

  #free(): void {
    this.#events.onFree(this)
    if (this.isFree) this.#port.hold(false)
  }

  /** It died, or it cannot be trusted any more. */
  #fail(cause: Error | undefined): void {
    const { at } = this.#state
    if (at === 'ended') return
    const job = this.#stop()
    void this.#port.end()
    const why = cause === undefined ? 'it exited' : cause.message
    const of = job === undefined ? '' : ` of task ${job.name}`
    const error =
      at === 'loading'
        ? new WorkerStartError(`Cannot start the worker${of}: ${why}`, cause && { cause })
        : new WorkerCrashedError(`The worker${of} crashed: ${why}`, cause && { cause })
    if (at === 'loading' && cause !== undefined && this.#refused(cause)) return this.#events.onRefused(this, job, error)
    this.#events.onGone(this, job === undefined ? error : undefined)
    job?.ended(failure(error))
  }

  #refused(cause: Error): boolean {
    return this.code.from === 'library' && this.#host.isRefusal(cause)
  }

  /** Leaves every state for the last one; gives the job it had. */
  #stop(): Job | undefined {
    const state = this.#state
    this.#state = { at: 'ended' }
    if (state.at === 'loading') {
      state.disarm()
      return state.job
    }
    if (state.at !== 'busy') return undefined
    state.run.disarm()
    return state.run.job
  }
}
