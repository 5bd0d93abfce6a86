/**
 * The workers of a scope: started when there is work, kept for a while, ended with the scope.
 *
 * 1. Jobs are first come, first served, and each is run once at most.
 * 2. There are never more than `size` workers, of whatever module; a free one of another module makes room.
 * 3. A free worker is ended after `idleTimeout`; it holds no process open.
 */

import { afterInBackground } from '../base/clock.js'
import { toError } from '../base/errors.js'
import { failure } from '../base/result.js'
import type { Undo } from '../base/undo.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import type { WorkerCode, WorkerHost } from '../runtime.js'
import { WorkerStartError } from './errors.js'
import { runInline } from './inline.js'
import type { Job, WorkerPoolOptions } from './job.js'
import { type ThreadEvents, WorkerThread } from './thread.js'

/** The code of all workers that run functions and modules. */
const library: WorkerCode = { from: 'library' }

const defaultIdleTimeout = 60_000

/** The workers of a scope. */
export class WorkerPool {
  readonly #owner: Lifetime
  readonly #workers: WorkerHost | undefined
  readonly #size: number
  readonly #idleTimeout: number
  readonly #fallback: 'inline' | 'error'
  readonly #queue: Set<Job> = new Set()
  /** Those that live, the one that had work last at the end; with what stops the clock of a free one. */
  readonly #threads: Map<WorkerThread, Undo | undefined> = new Map()
  #refusal: Error | undefined
  #warned = false
  readonly #events: ThreadEvents = {
    onFree: (thread) => this.#keep(thread),
    onGone: (thread, error) => this.#gone(thread, error),
    onRefused: (thread, job, error) => this.#refused(thread, job, error),
  }

  constructor(owner: Lifetime, workers: WorkerHost | undefined, options: WorkerPoolOptions) {
    const { size = workers?.size ?? 1, idleTimeout = defaultIdleTimeout, fallback = 'inline' } = options
    this.#owner = owner
    this.#workers = workers
    this.#size = size
    this.#idleTimeout = idleTimeout
    this.#fallback = fallback
  }

  /** Workers that live. */
  get total(): number {
    return this.#threads.size
  }

  /** Jobs that have no worker yet. */
  get waiting(): number {
    return this.#queue.size
  }

  /** Runs a job as soon as there is a worker for it. */
  run(job: Job): void {
    if (this.#codeOf(job) === undefined) return this.#without(job)
    this.#queue.add(job)
    job.cancel = (reason) => {
      if (this.#queue.delete(job)) job.ended(failure(reason))
    }
    this.#pump()
  }

  /** Ends every worker. */
  async end(): Promise<void> {
    const threads = [...this.#threads]
    this.#threads.clear()
    for (const [, disarm] of threads) disarm?.()
    await Promise.all(threads.map(([thread]) => thread.end(this.#owner.abortError)))
  }

  /** What a worker for this job runs; `undefined` where there are none. */
  #codeOf({ target }: Job): WorkerCode | undefined {
    if (this.#workers === undefined) return undefined
    if (target.kind === 'exposed') return target.module.code
    return this.#refusal === undefined ? library : undefined
  }

  #pump(): void {
    for (const job of this.#queue) {
      const code = this.#codeOf(job)
      const thread = code === undefined ? undefined : this.#find(code)
      if (code !== undefined && thread === undefined && this.#isFull()) return
      this.#queue.delete(job)
      if (code === undefined) this.#without(job)
      else this.#place(job, code, thread)
    }
  }

  /** The free worker with this code that had work last. */
  #find(code: WorkerCode): WorkerThread | undefined {
    let found: WorkerThread | undefined
    for (const thread of this.#threads.keys()) if (thread.isFree && thread.code === code) found = thread
    return found
  }

  /** True when there is no room for one more; a free worker of another code makes room. */
  #isFull(): boolean {
    if (this.#threads.size < this.#size) return false
    for (const thread of this.#threads.keys()) {
      if (!thread.isFree) continue
      this.#drop(thread)
      return false
    }
    return true
  }

  #place(job: Job, code: WorkerCode, free: WorkerThread | undefined): void {
    const thread = free ?? this.#start(job, code)
    if (thread === undefined) return
    this.#forget(thread)
    this.#threads.set(thread, undefined)
    job.cancel = (reason) => thread.cancel(job, reason)
    thread.take(job)
  }

  #start(job: Job, code: WorkerCode): WorkerThread | undefined {
    try {
      return new WorkerThread(this.#workers as WorkerHost, code, this.#events) // a code means there is a host
    } catch (cause) {
      const why = toError(cause)
      const error = new WorkerStartError(`Cannot start the worker of task ${job.name}: ${why.message}`, { cause })
      if (code === library && this.#workers?.isRefusal(why)) this.#refuse(job, error)
      else job.ended(failure(error))
      return undefined
    }
  }

  #keep(thread: WorkerThread): void {
    if (!this.#threads.has(thread)) return
    this.#forget(thread)
    const disarm = afterInBackground(this.#owner.host, this.#idleTimeout, () => this.#drop(thread))
    this.#threads.set(thread, disarm)
    this.#pump()
  }

  #drop(thread: WorkerThread): void {
    this.#forget(thread)
    void thread.end()
  }

  #forget(thread: WorkerThread): void {
    this.#threads.get(thread)?.()
    this.#threads.delete(thread)
  }

  #gone(thread: WorkerThread, error: Error | undefined): void {
    this.#forget(thread)
    if (error !== undefined) this.#owner.report(error, 'worker')
    this.#pump()
  }

  #refused(thread: WorkerThread, job: Job | undefined, error: Error): void {
    this.#forget(thread)
    if (job === undefined) this.#refusal = error
    else this.#refuse(job, error)
    this.#pump()
  }

  /** From now on there are no workers for functions and modules. */
  #refuse(job: Job, error: Error): void {
    this.#refusal = error
    this.#without(job)
  }

  /** Runs a job where there is no worker for it, or refuses it. */
  #without(job: Job): void {
    const { host } = this.#owner
    const why = this.#refusal === undefined ? `${host.name} has none` : this.#refusal.message
    if (this.#fallback === 'error') {
      const cause = this.#refusal && { cause: this.#refusal }
      job.ended(failure(new WorkerStartError(`There are no workers for task ${job.name}: ${why}`, cause)))
      return
    }
    if (!this.#warned) this.#owner.warn(`Worker tasks run without a worker, beside everything else: ${why}`)
    this.#warned = true
    void runInline(job, host)
  }
}
