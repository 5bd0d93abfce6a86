/**
 * The workers of a scope: started when there is work, kept for a while, ended with the scope.
 *
 * 1. Jobs are first come, first served, and each is run once at most.
 * 2. There are never more than `size` workers, of whatever module; a free one of another module makes room.
 * 3. A free worker is ended after `idleTimeout`; it holds no process open.
 */

import { Alarm } from '../base/alarm.js'
import { toError } from '../base/errors.js'
import { failure } from '../base/result.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import type { WorkerCode, WorkerHost } from '../runtime.js'
import { WorkerStartError } from './errors.js'
import { runInline } from './inline.js'
import type { Job, JobHolder, WorkerPoolOptions } from './job.js'
import { type ThreadEvents, WorkerThread } from './thread.js'

/** The code of all workers that run functions and modules. */
const library: WorkerCode = { from: 'library' }

const defaultIdleTimeout = 60_000

/** A worker, and what ends it when it has had no work for long. */
interface Member {
  readonly thread: WorkerThread
  readonly idle: Alarm
}

/** The workers of a scope. */
export class WorkerPool implements JobHolder {
  readonly #owner: Lifetime
  readonly #workers: WorkerHost | undefined
  readonly #size: number
  readonly #idleTimeout: number
  readonly #fallback: 'inline' | 'error'
  readonly #queue: Set<Job> = new Set()
  /** Those that live; of the free ones the one that had work last stands last. */
  readonly #members: Member[] = []
  /** Those that are being started at this moment: making one may run code of the user. */
  #starting = 0
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
    return this.#members.length
  }

  /** Jobs that have no worker yet. */
  get waiting(): number {
    return this.#queue.size
  }

  /** Runs a job as soon as there is a worker for it. */
  run(job: Job): void {
    const code = this.#codeOf(job)
    if (code === undefined) return this.#without(job)
    if (this.#queue.size === 0 && this.#makeRoom(code)) {
      this.#place(job, code)
      return this.#pump() // what it has started itself, where its own start failed
    }
    this.#queue.add(job)
    job.holder = this
  }

  /** Nobody wants a job that waits. */
  cancel(job: Job, reason: Error): void {
    if (this.#queue.delete(job)) job.ended(failure(reason))
  }

  /** Ends every worker. */
  async end(): Promise<void> {
    const members = this.#members.splice(0)
    for (const { idle } of members) idle.clear()
    await Promise.all(members.map(({ thread }) => thread.end(this.#owner.abortError)))
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
      if (code !== undefined && !this.#makeRoom(code)) return
      this.#queue.delete(job)
      if (code === undefined) this.#without(job)
      else this.#place(job, code)
    }
  }

  /** Sees to it that a worker with this code is free or can be started, if a free one of another code has to go for it; false if not. */
  #makeRoom(code: WorkerCode): boolean {
    if (this.#free(code) !== undefined || this.#members.length + this.#starting < this.#size) return true
    const other = this.#members.find(({ thread }) => thread.isFree)
    if (other !== undefined) this.#drop(other)
    return other !== undefined
  }

  /** The free worker with this code that had work last; one that still loads only where no other is free. */
  #free(code: WorkerCode): WorkerThread | undefined {
    let found: WorkerThread | undefined
    for (const { thread } of this.#members) {
      if (thread.isFree && thread.code === code && (found === undefined || !thread.isLoading)) found = thread
    }
    return found
  }

  #place(job: Job, code: WorkerCode): void {
    const thread = this.#free(code) ?? this.#start(job, code)
    if (thread === undefined) return
    job.holder = thread
    thread.take(job)
  }

  #start(job: Job, code: WorkerCode): WorkerThread | undefined {
    this.#starting++
    try {
      const thread = new WorkerThread(this.#workers as WorkerHost, code, this.#events) // a code means there is a host
      const idle = new Alarm(this.#owner.host, () => this.#dropIdle(member), true)
      const member: Member = { thread, idle }
      this.#members.push(member)
      return thread
    } catch (cause) {
      const why = toError(cause)
      const error = new WorkerStartError(`Cannot start the worker of task ${job.name}: ${why.message}`, { cause })
      if (code === library && this.#workers?.isRefusal(why)) this.#refuse(job, error)
      else job.ended(failure(error))
      return undefined
    } finally {
      this.#starting--
    }
  }

  #keep(thread: WorkerThread): void {
    const member = this.#forget(thread)
    if (member === undefined) return
    this.#members.push(member)
    member.idle.set(this.#owner.host.now() + this.#idleTimeout)
    this.#pump()
  }

  /** The alarm of a worker that had work meanwhile is set again when that ends. */
  #dropIdle(member: Member): void {
    if (member.thread.isFree) this.#drop(member)
  }

  #drop({ thread, idle }: Member): void {
    this.#forget(thread)
    idle.clear()
    void thread.end()
  }

  #forget(thread: WorkerThread): Member | undefined {
    const at = this.#members.findIndex((member) => member.thread === thread)
    return at < 0 ? undefined : this.#members.splice(at, 1)[0]
  }

  #gone(thread: WorkerThread, error: Error | undefined): void {
    this.#forget(thread)?.idle.clear()
    if (error !== undefined) this.#owner.report(error, 'worker')
    this.#pump()
  }

  #refused(thread: WorkerThread, job: Job | undefined, error: Error): void {
    this.#forget(thread)?.idle.clear()
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
