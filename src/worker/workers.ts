/** The workers of a scope before anybody uses them: the pool itself is loaded with the first task that wants one. */

import { ScopeDisposedError } from '../base/errors.js'
import { failure } from '../base/result.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import { WorkerStartError } from './errors.js'
import type { Job, WorkerPoolOptions } from './job.js'
import type { WorkerPool } from './pool.js'

/** Runs jobs, now or once the pool is there. */
export class Workers {
  readonly #owner: Lifetime
  readonly #options: WorkerPoolOptions
  #state:
    | { readonly at: 'unused' }
    | { readonly at: 'loading'; readonly pool: Promise<WorkerPool> }
    | { readonly at: 'ready'; readonly pool: WorkerPool }
    | { readonly at: 'ended' } = { at: 'unused' }

  constructor(owner: Lifetime, options: WorkerPoolOptions = {}) {
    this.#owner = owner
    this.#options = options
  }

  /** Runs a job. */
  run(job: Job): void {
    const state = this.#state
    if (state.at === 'ready') return state.pool.run(job)
    let over = false
    const end = (error: Error): void => {
      if (!over) job.ended(failure(error))
      over = true
    }
    job.holder = { cancel: (_, reason) => end(reason) }
    this.#load().then((pool) => {
      if (!over) pool.run(job)
    }, end)
  }

  async #load(): Promise<WorkerPool> {
    const state = this.#state
    if (state.at === 'loading') return state.pool
    if (state.at === 'unused') this.#owner.onDispose(() => this.#end())
    if (state.at === 'ended') throw new ScopeDisposedError('start worker task', this.#owner.scopeName)
    const pool = this.#open()
    this.#state = { at: 'loading', pool }
    return pool
  }

  async #open(): Promise<WorkerPool> {
    try {
      const { host } = this.#owner
      const [{ WorkerPool }, workers] = await Promise.all([import('./pool.js'), host.workers?.()])
      const pool = new WorkerPool(this.#owner, workers, this.#options)
      if (this.#state.at === 'loading') this.#state = { at: 'ready', pool }
      return pool
    } catch (cause) {
      if (this.#state.at === 'loading') this.#state = { at: 'unused' }
      throw new WorkerStartError('Cannot load the pool of workers', { cause })
    }
  }

  async #end(): Promise<void> {
    const state = this.#state
    this.#state = { at: 'ended' }
    if (state.at === 'ready') await state.pool.end()
    // A pool that is still loading is given to nobody who is not over; it has no workers to end.
  }
}
