/** The worker's side: runs what it is sent and tells what became of it. */

import type { Logger } from '../base/logger.js'
import { isError } from '../base/errors.js'
import { createProgressContext, type ProgressContext } from '../persist/progress.js'
import type { CheckpointContext } from '../persist/types.js'
import type { LogLevel } from '../runtime.js'
import type { WorkerBody, WorkerContext } from './context.js'
import { decodeError, encodeError } from './error-codec.js'
import { type Failing, type FromWorker, isOurs, type ToWorker, type Work } from './protocol.js'

/** What the worker's host gives. */
export interface WorkerHome {
  /** Sends a copy to the scope; throws when something cannot be copied. */
  post(message: FromWorker): void
  /** Says hello, once the scope may send. */
  hello(): void
  /** Makes a function of its text, by importing it as a module. */
  read(text: string): Promise<unknown>
  /** Imports a module. */
  open(module: string): Promise<unknown>
  /** Monotonic milliseconds. */
  now(): number
}

/** Tasks by the name they are asked for under. */
export type Exposed = Readonly<Record<string, WorkerBody<never, unknown>>>

type Order = ToWorker & { readonly goGoScope: 'run' }

interface Run {
  /** Made when the task first reads its signal: most never do. */
  controller: AbortController | undefined
  /** Why it was cancelled, once it was. */
  aborted: { readonly reason: unknown } | undefined
  readonly saves: Map<number, (answer: ToWorker & { readonly goGoScope: 'saved' }) => void>
}

/** Something that kept a run from starting. */
class Obstacle {
  readonly why: Failing
  readonly error: unknown

  constructor(why: Failing, error: unknown) {
    this.why = why
    this.error = error
  }
}

/** Serves a scope; returns what hears its messages. */
export function serve(home: WorkerHome, tasks: Exposed | undefined): (message: unknown) => void {
  const runs = new Map<number, Run>()
  const functions = new Map<string, Promise<unknown>>()

  async function start(order: Order): Promise<void> {
    const { id, work } = order
    const run: Run = { controller: undefined, aborted: undefined, saves: new Map() }
    runs.set(id, run)
    try {
      const body = await find(work)
      const value = await body(contextOf(order, run) as never) // whatever it takes, it is given a worker's context
      reply(id, value)
    } catch (thrown) {
      const { why, error } = thrown instanceof Obstacle ? thrown : new Obstacle('thrown', thrown)
      const captured = why === 'thrown' && work.kind === 'function' ? variableOf(error) : undefined
      tell((asText) => ({ goGoScope: 'failed', id, why, error: encodeError(error, asText), captured }))
    } finally {
      runs.delete(id)
    }
  }

  function find(work: Work): Promise<WorkerBody<never, unknown>> | WorkerBody<never, unknown> {
    switch (work.kind) {
      case 'function':
        return read(work.text)
      case 'module':
        return exportOf(work.module, work.name)
      case 'exposed':
        return exposed(work.name)
    }
  }

  async function read(text: string): Promise<WorkerBody<never, unknown>> {
    const known = functions.get(text) ?? home.read(text)
    functions.set(text, known)
    try {
      return (await known) as WorkerBody<never, unknown> // the scope checked that it is a function
    } catch (error) {
      throw new Obstacle('unreadable', error)
    }
  }

  async function exportOf(module: string, name: string): Promise<WorkerBody<never, unknown>> {
    let exports: { readonly [name: string]: unknown }
    try {
      exports = (await home.open(module)) as typeof exports // a module is an object of its exports
    } catch (error) {
      throw new Obstacle('missing', shortened(module, error))
    }
    return functionOf(exports[name], `module ${module} has no function ${name} among its exports`)
  }

  function exposed(name: string): WorkerBody<never, unknown> {
    const task = tasks !== undefined && Object.hasOwn(tasks, name) ? tasks[name] : undefined
    return functionOf(task, `its module exposes no function ${name}`)
  }

  /** Members are made when first read, as on the other side. */
  function contextOf({ id, data, attempt, checkpoint }: Order, run: Run): WorkerContext {
    let logger: Logger | undefined
    let progress: ProgressContext | undefined
    const log = (): Logger => (logger ??= loggerOf(id))
    return {
      data,
      attempt,
      get logger() {
        return log()
      },
      get signal() {
        return signalOf(run)
      },
      get progress() {
        return (progress ??= progressOf(id, log))
      },
      ...(checkpoint && { checkpoint: checkpointOf(id, checkpoint.data, run) }),
    }
  }

  function loggerOf(id: number): Logger {
    const log =
      (level: LogLevel) =>
      (message: string, ...args: unknown[]): void =>
        tell((asText) => ({ goGoScope: 'log', id, level, message, args: asText ? args.map(String) : args }))
    return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') }
  }

  function progressOf(id: number, logger: () => Logger): ProgressContext {
    const progress = createProgressContext(
      () => home.now(),
      (error, where) => logger().error(`${where} threw`, error),
    )
    progress.onUpdate(({ percentage }) => tell(() => ({ goGoScope: 'progress', id, percentage })))
    return progress
  }

  function checkpointOf(id: number, data: unknown, run: Run): CheckpointContext {
    let durable = data
    let saves = 0
    return {
      get data() {
        return durable
      },
      save: (next) =>
        new Promise((resolve, reject) => {
          const save = ++saves
          home.post({ goGoScope: 'save', id, save, data: next }) // throws, and so rejects, when it cannot be copied
          run.saves.set(save, ({ error, data: saved }) => {
            run.saves.delete(save)
            if (error !== undefined) return reject(decodeError(error))
            durable = saved
            resolve()
          })
        }),
      stage: (next) => home.post({ goGoScope: 'stage', id, data: next }),
    }
  }

  function reply(id: number, value: unknown): void {
    try {
      home.post({ goGoScope: 'done', id, value })
    } catch (error) {
      throw new Obstacle('uncopyable', error)
    }
  }

  /** Posts a message whose parts may be what cannot be copied: then as text. */
  function tell(message: (asText: boolean) => FromWorker): void {
    try {
      home.post(message(false))
    } catch {
      home.post(message(true))
    }
  }

  return (message) => {
    if (!isOurs(message)) return
    const order = message as ToWorker // nobody else writes this property
    if (order.goGoScope === 'init') return home.hello()
    if (order.goGoScope === 'run') return void start(order)
    const run = runs.get(order.id)
    if (order.goGoScope === 'abort') abort(run, decodeError(order.reason))
    else run?.saves.get(order.save)?.(order)
  }
}

function signalOf(run: Run): AbortSignal {
  if (run.controller === undefined) {
    run.controller = new AbortController()
    if (run.aborted !== undefined) run.controller.abort(run.aborted.reason)
  }
  return run.controller.signal
}

function abort(run: Run | undefined, reason: unknown): void {
  if (run === undefined) return
  run.aborted = { reason }
  run.controller?.abort(reason)
}

function functionOf(value: unknown, otherwise: string): WorkerBody<never, unknown> {
  if (typeof value !== 'function') throw new Obstacle('missing', new TypeError(otherwise))
  return value as WorkerBody<never, unknown> // the user says what it takes
}

/** The variable that a function missed, in the words of each engine. */
function variableOf(error: unknown): string | undefined {
  if (!(error instanceof ReferenceError)) return undefined
  const { message } = error
  return (/^(.+) is not defined$/.exec(message) ?? /^Can't find variable: (.+)$/.exec(message))?.[1]
}

/** Some hosts say which module asked for the missing one: the whole text of ours. */
function shortened(module: string, error: unknown): unknown {
  if (!isError(error)) return error
  const message = error.message.replace(/ imported from \/?data:\S*/, '')
  return new Error(message.includes(module) ? message : `cannot import ${module}: ${message}`, { cause: error })
}
