/**
 * Random trees of scopes and tasks, run in virtual time and checked against the laws of structured concurrency:
 *
 * 1. Nothing runs after its scope has ended, but for bodies that outlived their grace and were reported once as abandoned;
 *    and nothing starts in a scope beyond its limit.
 * 2. Every promise settles: of tasks, of `settled`, of `join`, of disposal.
 * 3. No error is lost and none is told twice: a failure nobody looked at is reported once, one of a cleanup is thrown.
 * 4. Nothing is left over: no timer, no listener on a foreign signal, no disposed child in the tree.
 * 5. Hooks come in pairs, cleanups run once, last registered first, children's before their parent's, after all bodies.
 */

import type { Scope, ScopeOptions, Task, TaskContext, TaskOptions } from '../generic/index.js'
import type { Lib, Testing } from './kit.js'

/** Where the decisions come from: an integer from 0 up to but not including `below`; 0 is always the simplest. */
export type Pick = (below: number) => number

interface BodyPlan {
  readonly kind: 'value' | 'throw' | 'later' | 'listens' | 'spawns' | 'nests' | 'shields'
  readonly ms: number
  readonly fails: boolean
  readonly tasks: readonly TaskPlan[]
}

interface TaskPlan {
  readonly at: number
  readonly body: BodyPlan
  readonly options: TaskOptions
  readonly watched: boolean
  readonly cancelAt: number | undefined
}

interface ScopePlan {
  readonly at: number
  readonly options: ScopeOptions
  readonly tasks: readonly TaskPlan[]
  readonly children: readonly ScopePlan[]
  readonly cleanups: readonly boolean[]
  readonly cancelAt: number | undefined
  readonly disposeAt: number | undefined
  readonly joinAt: number | undefined
}

/** One tree, from its beginning to its end. */
export interface TreePlan {
  readonly root: ScopePlan
  readonly end: number
  readonly foreignAt: number | undefined
}

const horizon = 200

/** Grows a tree from decisions. */
export function growTree(pick: Pick): TreePlan {
  const maybe = <T>(chance: number, make: () => T): T | undefined => (pick(chance) === chance - 1 ? make() : undefined)
  const time = (): number => pick(horizon)
  const several = <T>(below: number, make: () => T): T[] => Array.from({ length: pick(below) }, make)

  const body = (depth: number): BodyPlan => {
    const kinds = [
      'value',
      'later',
      'listens',
      'throw',
      'shields',
      ...(depth > 0 ? (['spawns', 'nests'] as const) : []),
    ] as const
    const kind = kinds[pick(kinds.length)] ?? 'value'
    const spawns = kind === 'spawns' || kind === 'nests'
    return { kind, ms: pick(60), fails: pick(3) === 2, tasks: spawns ? several(3, () => task(depth - 1)) : [] }
  }
  const task = (depth: number): TaskPlan => ({
    at: time(),
    body: body(depth),
    options: taskOptions(),
    watched: pick(2) === 0,
    cancelAt: maybe(4, time),
  })
  const taskOptions = (): TaskOptions => ({
    ...maybe(4, () => ({ timeout: pick(50) })),
    ...maybe(4, () => ({
      retry: { max: pick(3), delay: pick(20), ...maybe(2, () => ({ attemptTimeout: 1 + pick(30) })) },
    })),
    ...maybe(5, () => ({ dedupe: `d${pick(2)}` })),
    ...maybe(6, () => ({ memo: { key: `m${pick(2)}`, ttl: pick(50) } })),
    ...maybe(6, () => ({ priority: pick(3) })),
    ...maybe(8, () => ({ id: 'shared', circuitBreaker: { failureThreshold: 2, resetTimeout: 20 } })),
  })
  const scope = (depth: number): ScopePlan => ({
    at: time(),
    options: {
      ...maybe(3, () => ({ concurrency: 1 + pick(2) })),
      ...maybe(6, () => ({ failFast: true })),
      ...maybe(6, () => ({ timeout: pick(horizon) })),
      ...maybe(5, () => ({ circuitBreaker: { failureThreshold: 2, resetTimeout: 20 } })),
      ...maybe(4, () => ({ gracePeriod: pick(40) })),
      ...maybe(8, () => ({ taskPooling: { enabled: true, maxSize: 2 } })),
    },
    tasks: several(5, () => task(2)),
    children: depth > 0 ? several(3, () => scope(depth - 1)) : [],
    cleanups: several(3, () => pick(4) === 3),
    cancelAt: maybe(6, time),
    disposeAt: maybe(4, time),
    joinAt: maybe(5, time),
  })
  const root = scope(2)
  return { root: { ...root, at: 0 }, end: 1 + time(), foreignAt: maybe(6, time) }
}

interface Started {
  readonly task: Task<readonly [Error | undefined, unknown]>
  readonly scope: string
  readonly watched: boolean
  result: readonly [Error | undefined, unknown] | undefined
  over: boolean
}

/** A body, and its task as soon as `task()` has returned. */
interface Running {
  task: Task<unknown> | undefined
}

interface Live {
  readonly scope: Scope
  readonly name: string
  readonly parent: Live | undefined
  readonly events: string[]
  readonly cleaned: number[]
  /** How many cleanups it has. */
  readonly cleanups: number
  /** Bodies on their way. */
  readonly running: Set<Running>
  /** Tasks reported as abandoned. */
  readonly abandoned: string[]
  permits: number
  ended: boolean
  readonly cancels: string[]
}

/** Runs a tree and gives every breach of a law, none if all is well. */
export async function breachesOf(lib: Lib, testing: Testing, plan: TreePlan): Promise<string[]> {
  const clock = testing.virtualTime()
  try {
    return await new Run(lib, clock, testing.trackSignal(), plan).go()
  } finally {
    clock.restore()
  }
}

class Run {
  readonly #lib: Lib
  readonly #clock: ReturnType<Testing['virtualTime']>
  readonly #foreign: ReturnType<Testing['trackSignal']>
  readonly #plan: TreePlan
  readonly #breaches: string[] = []
  readonly #live: Live[] = []
  readonly #started: Started[] = []
  readonly #thrown: Set<unknown> = new Set()
  readonly #cleanupErrors: Set<unknown> = new Set()
  readonly #toldErrors: Set<unknown> = new Set()
  readonly #reports: { readonly error: unknown; readonly key: string }[] = []
  readonly #promises: { readonly what: string; settled: boolean }[] = []
  #over = false

  constructor(
    lib: Lib,
    clock: ReturnType<Testing['virtualTime']>,
    foreign: ReturnType<Testing['trackSignal']>,
    plan: TreePlan,
  ) {
    this.#lib = lib
    this.#clock = clock
    this.#foreign = foreign
    this.#plan = plan
  }

  async go(): Promise<string[]> {
    const { root, end, foreignAt } = this.#plan
    const live = this.#open(root, undefined)
    this.#at(foreignAt, () => this.#foreign.abort(new Error('foreign')))
    await this.#clock.advance(end)
    this.#over = true
    this.#dispose(live)
    await this.#clock.advance(2_000)
    await this.#check(live)
    return this.#breaches
  }

  /** Does something at a time, if the tree has not come to its end by then. */
  #at(ms: number | undefined, fn: () => void): void {
    if (ms === undefined || ms - this.#clock.now >= this.#plan.end - this.#clock.now) return
    setTimeout(() => this.#over || fn(), Math.max(0, ms - this.#clock.now))
  }

  #open(plan: ScopePlan, parent: Live | undefined): Live {
    const name = `s${this.#live.length}`
    const events: string[] = []
    const abandoned: string[] = []
    const cancels: string[] = [] // a scope may be born cancelled
    const note = (what: string) => (task: string, _detail: unknown, _error?: unknown, index?: number) =>
      void events.push(`${what} ${task}#${index ?? _detail}`)
    const options: ScopeOptions = {
      gracePeriod: Number.POSITIVE_INFINITY,
      ...plan.options,
      name,
      logger: new this.#lib.NoOpLogger(),
      onUnhandled: (error, task) =>
        void this.#reports.push({ error, key: `${task.scopeName}/${task.name}#${task.index}` }),
      onAbandoned: (task) => void abandoned.push(`${task.name}#${task.index}`),
      hooks: {
        beforeTask: note('before'),
        afterTask: note('after'),
        onCancel: () => void cancels.push(name),
        beforeDispose: () => void events.push('beforeDispose'),
        afterDispose: () => void events.push('afterDispose'),
      },
      ...(parent === undefined ? { signal: this.#foreign.signal } : { parent: parent.scope }),
    }
    const scope = this.#lib.scope(options)
    const live: Live = {
      scope,
      name,
      parent,
      events,
      cleaned: [],
      cleanups: plan.cleanups.length,
      running: new Set(),
      abandoned,
      permits: 0,
      ended: false,
      cancels,
    }
    this.#live.push(live)
    plan.cleanups.forEach((fails, at) => void this.#cleanup(live, fails, at))
    for (const each of plan.tasks)
      this.#at(each.at, () => this.#spawn(live, each, (fn, given) => scope.task(fn, given)))
    for (const each of plan.children) {
      this.#at(each.at, () => {
        if (!scope.isDisposed) this.#open(each, live)
      })
    }
    this.#at(plan.cancelAt, () => scope.cancel(new Error(`cancel ${name}`)))
    this.#at(plan.disposeAt, () => this.#dispose(live))
    this.#at(plan.joinAt, () => this.#follow(`join of ${name}`, scope.join()))
    return live
  }

  #cleanup(live: Live, fails: boolean, at: number): void {
    live.scope.onDispose(async () => {
      live.cleaned.push(at)
      for (const each of this.#below(live)) {
        if (this.#wanted(each) > 0) this.#breach(`a cleanup of ${live.name} ran while a body of ${each.name} did`)
        if (each !== live && each.cleaned.length < each.cleanups)
          this.#breach(`${live.name} cleaned up before ${each.name}`)
      }
      await undefined
      if (!fails) return
      const error = new Error(`cleanup ${at} of ${live.name}`)
      this.#cleanupErrors.add(error)
      throw error
    })
  }

  #dispose(live: Live): void {
    const disposal = live.scope[Symbol.asyncDispose]()
    if (disposal !== live.scope[Symbol.asyncDispose]()) this.#breach('a second call gives another promise')
    this.#follow(
      `disposal of ${live.name}`,
      disposal.then(
        () => this.#ended(live),
        (error: unknown) => {
          this.#flatten(error)
          this.#ended(live)
        },
      ),
    )
  }

  #ended(live: Live): void {
    for (const each of this.#below(live)) {
      if (this.#wanted(each) > 0) this.#breach(`${each.name} ended with ${this.#wanted(each)} bodies running`)
      each.ended = true
    }
    if (
      live.parent !== undefined &&
      !live.parent.ended &&
      new RegExp(`\\b${live.name}\\b`).test(live.parent.scope.debugTree())
    ) {
      this.#breach(`the disposed ${live.name} is still in its parent's tree`)
    }
  }

  /** How many bodies run that were not given up. */
  #wanted({ running, abandoned }: Live): number {
    return [...running].filter(({ task }) => !abandoned.includes(`${task?.name}#${task?.index}`)).length
  }

  #flatten(error: unknown): void {
    if (typeof error === 'object' && error !== null && 'suppressed' in error && 'error' in error) {
      this.#flatten(error.error)
      this.#flatten(error.suppressed)
    } else this.#toldErrors.add(error)
  }

  #below(live: Live): Live[] {
    return this.#live.filter((each) => {
      for (let at: Live | undefined = each; at !== undefined; at = at.parent) if (at === live) return true
      return false
    })
  }

  #follow(what: string, promise: Promise<unknown>): void {
    const entry = { what, settled: false }
    this.#promises.push(entry)
    promise.then(
      () => (entry.settled = true),
      (error: unknown) => {
        entry.settled = true
        this.#breach(`${what} rejected with ${String(error)}`)
      },
    )
  }

  #spawn(live: Live, plan: TaskPlan, start: TaskContext['task'], nested: boolean = false): void {
    if (live.scope.isDisposed) {
      try {
        start(() => this.#breach('a body ran in a disposed scope'))
        this.#breach('a disposed scope took a task')
      } catch (error) {
        if (!(error instanceof this.#lib.ScopeDisposedError)) this.#breach(`a disposed scope threw ${String(error)}`)
      }
      return
    }
    const bodies: Running[] = []
    const started: { task: Task<unknown> | undefined } = { task: undefined } // the first body begins within task()
    const task = start((context) => {
      const body: Running = { task: started.task }
      bodies.push(body)
      return this.#body(live, plan.body, context, nested, body)
    }, plan.options)
    started.task = task
    for (const body of bodies) body.task = task
    const entry: Started = { task, scope: live.name, watched: plan.watched, result: undefined, over: false }
    this.#started.push(entry)
    void task.settled.then(() => (entry.over = true))
    if (plan.watched) void task.then((result) => (entry.result = result))
    const cancelAt = plan.cancelAt === undefined ? undefined : this.#clock.now + plan.cancelAt / 4
    this.#at(cancelAt, () => {
      const done = task.isSettled
      task.cancel(new Error('cancelled by plan'))
      if (!task.isSettled) this.#breach('a cancelled task did not settle in the same turn')
      if (!done && task.status !== 'cancelled') this.#breach(`a cancelled task is ${task.status}`)
    })
  }

  /** Notes that a body takes a step, which must not be after the end. */
  #step(live: Live, { task }: Running): void {
    if (live.ended && !live.abandoned.includes(`${task?.name}#${task?.index}`)) {
      this.#breach(`a body of ${live.name} ran after its end`)
    }
  }

  async #body(live: Live, plan: BodyPlan, context: TaskContext, nested: boolean, body: Running): Promise<string> {
    const { concurrency = Number.POSITIVE_INFINITY } = live.scope
    const permits = nested ? 0 : 1 // one on its caller's permit takes none
    live.running.add(body)
    live.permits += permits
    if (live.permits > concurrency) this.#breach(`${live.name} runs ${live.permits} bodies, ${concurrency} are allowed`)
    try {
      this.#step(live, body)
      await this.#act(live, plan, context)
      this.#step(live, body)
      if (plan.fails) throw this.#failure(plan.ms)
      return live.name
    } finally {
      live.running.delete(body)
      live.permits -= permits
    }
  }

  async #act(live: Live, plan: BodyPlan, context: TaskContext): Promise<void> {
    switch (plan.kind) {
      case 'value':
        return
      case 'throw':
        throw this.#failure(plan.ms)
      case 'later':
        await new Promise((resolve) => setTimeout(resolve, plan.ms))
        return
      case 'listens':
        return this.#pause(plan.ms, context.signal)
      case 'shields':
        await context.shield(() => new Promise((resolve) => setTimeout(resolve, plan.ms)))
        return
      case 'spawns':
        for (const each of plan.tasks) this.#spawn(live, each, (fn, options) => live.scope.task(fn, options))
        return this.#pause(plan.ms, context.signal)
      case 'nests':
        for (const each of plan.tasks) this.#spawn(live, each, (fn, options) => context.task(fn, options), true)
        return this.#pause(plan.ms, context.signal)
    }
  }

  #pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      const timer = setTimeout(() => {
        signal.removeEventListener('abort', stop)
        resolve()
      }, ms)
      const stop = (): void => {
        clearTimeout(timer)
        reject(signal.reason)
      }
      signal.addEventListener('abort', stop)
    })
  }

  /** Something to throw: now and then it is no error. */
  #failure(seed: number): unknown {
    const error = seed % 5 === 0 ? undefined : new Error('body')
    this.#thrown.add(error)
    return error
  }

  async #check(root: Live): Promise<void> {
    for (const { what, settled } of this.#promises) if (!settled) this.#breach(`the ${what} never settled`)
    if (!root.ended) return
    if (this.#clock.pendingTimers > 0) this.#breach(`${this.#clock.pendingTimers} timers are left`)
    if (this.#foreign.listenerCount > 0)
      this.#breach(`${this.#foreign.listenerCount} listeners are left on the foreign signal`)
    for (const live of this.#live) this.#checkScope(live)
    const looked = this.#started.map(async (entry) => this.#checkTask(entry, await entry.task))
    await Promise.all(looked)
    for (const error of this.#cleanupErrors) if (!this.#toldErrors.has(error)) this.#breach(`lost: ${String(error)}`)
    for (const error of this.#toldErrors)
      if (!this.#cleanupErrors.has(error)) this.#breach(`invented: ${String(error)}`)
  }

  #checkScope({ name, events, cleaned, cleanups, cancels, running, abandoned }: Live): void {
    const count = (start: string): string[] =>
      events.filter((event) => event.startsWith(start)).map((event) => event.slice(start.length))
    if (count('before ').sort().join() !== count('after ').sort().join()) {
      this.#breach(`hooks of ${name} do not come in pairs: ${events.join(', ')}`)
    }
    if (count('beforeDispose').length !== 1 || events.at(-1) !== 'afterDispose') {
      this.#breach(`${name} was not disposed of once: ${events.join(', ')}`)
    }
    if (cancels.length !== 1) this.#breach(`onCancel of ${name} was called ${cancels.length} times`)
    if (running.size !== 0) this.#breach(`${running.size} bodies of ${name} never ended`)
    if (new Set(abandoned).size !== abandoned.length)
      this.#breach(`${name} reported an abandoned task twice: ${abandoned.join()}`)
    const expected = Array.from({ length: cleanups }, (_, at) => cleanups - 1 - at)
    if (cleaned.join() !== expected.join()) this.#breach(`cleanups of ${name} ran as ${cleaned.join()}`)
  }

  #checkTask({ task, scope, watched, result, over }: Started, outcome: readonly [Error | undefined, unknown]): void {
    const key = `${scope}/${task.name}#${task.index}`
    const [error, value] = outcome
    if (!over) this.#breach(`${key} never ended`)
    if (watched && result === undefined) this.#breach(`${key} never settled`)
    if (watched && result !== outcome && (result?.[0] !== error || result?.[1] !== value))
      this.#breach(`${key} changed its Result`)
    const good = error === undefined
    if (good !== (task.status === 'succeeded')) this.#breach(`${key} is ${task.status} with ${String(error)}`)
    if (good && typeof value !== 'string') this.#breach(`${key} succeeded with ${String(value)}`)
    if (!good && !(error instanceof Error)) this.#breach(`${key} failed with what is no error`)
    if (!good && !this.#known(error)) this.#breach(`${key} failed with a stranger: ${String(error)}`)
    const reports = this.#reports.filter((report) => report.key === key)
    const expected = task.status === 'failed' && !watched ? 1 : 0
    if (reports.length !== expected) {
      this.#breach(`${key}, ${task.status} and ${watched ? '' : 'un'}watched, was reported ${reports.length} times`)
    }
    for (const report of reports) if (report.error !== error) this.#breach(`${key} was reported with another error`)
  }

  /** True for errors that somebody threw or that the library makes for these plans. */
  #known(error: Error): boolean {
    const { isCancelled, TimeoutError, CircuitOpenError, UnknownError } = this.#lib
    if (isCancelled(error) || this.#thrown.has(error)) return true
    if (error instanceof UnknownError) return this.#thrown.has(error.cause)
    return error instanceof TimeoutError || error instanceof CircuitOpenError
  }

  #breach(what: string): void {
    this.#breaches.push(`${what} (at ${this.#clock.now})`)
  }
}
