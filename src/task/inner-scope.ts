/** The scope of a combinator that was called without one: tasks, and nothing else that a scope has. */

import type { Result } from '../base/result.js'
import { defaultGrace } from '../lifetime/grace.js'
import { type LifetimeOptions, Owner } from '../lifetime/owner.js'
import type { Runtime } from '../runtime.js'
import { currentSpawner, runPlain } from './body.js'
import type { CallNode } from './call.js'
import { abandonment, type GroupSettings, TaskGroup } from './group.js'
import type { Body } from './options.js'
import type { Spawner } from './spawner.js'
import { Task } from './task.js'

/** What the combinator's caller may decide about its scope. */
export interface InnerScopeOptions {
  /** Cancels everything when it aborts. */
  readonly signal?: AbortSignal
  /** How long to wait at the end for bodies that ignore their signal, in milliseconds. Default: 2 000. */
  readonly gracePeriod?: number
}

/** An owner with tasks. */
export class InnerScope extends Owner implements Spawner {
  readonly #group: TaskGroup

  constructor(host: Runtime, name: string, { signal, gracePeriod = defaultGrace }: InnerScopeOptions) {
    const options: LifetimeOptions = { name, gracePeriod, ...(signal !== undefined && { signal }) }
    const group = groupOf(host, name, gracePeriod, (error, where) => this.report(error, where))
    super(host, options, group)
    this.#group = group
  }

  task<T>(fn: Body<T>): Task<Result<Error, T>> {
    const task = new Task<Result<Error, T>>(this.#group, this.#group, fn, undefined, currentSpawner())
    task.launch(runPlain)
    return task
  }

  /** Runs work in this scope and ends it; what the work throws at once is thrown at once. */
  during<R>(work: () => Promise<R>): Promise<R> {
    try {
      return this.#until(work())
    } catch (error) {
      void this[Symbol.asyncDispose]()
      throw error
    }
  }

  /** @internal */
  protected override drain(): Promise<void> {
    return this.#group.drain()
  }

  async #until<R>(ended: Promise<R>): Promise<R> {
    try {
      return await ended
    } finally {
      await this[Symbol.asyncDispose]()
    }
  }
}

function groupOf(
  host: Runtime,
  scopeName: string,
  gracePeriod: number,
  report: (error: unknown, where: string) => void,
): TaskGroup {
  const warn = (message: string): void => host.log('warn', `[${scopeName}] ${message}`)
  const settings: GroupSettings = {
    host,
    scopeName,
    deadline: Infinity,
    gracePeriod,
    failFast: false,
    records: undefined,
    createContext: (call) => new SignalContext(call),
    onAbandoned: (name, _index, age) => warn(abandonment(name, age, gracePeriod)),
    onAborted: () => {},
    report,
    warn,
  }
  return new TaskGroup(settings, undefined)
}

/** All that a factory is given; the signal is made when it is first read. */
class SignalContext {
  readonly #call: CallNode

  constructor(call: CallNode) {
    this.#call = call
  }

  get signal(): AbortSignal {
    return this.#call.signal
  }
}
