/** The worker's side: runs what it is sent and tells what became of it. */

import { isError } from '../base/errors.js'
import type { WorkerBody } from './context.js'
import { decodeError, encodeError } from './error-codec.js'
import { type Failing, isOurs, type ToWorker, type Work } from './protocol.js'
import { type Order, type RunHome, Saves, ServedContext, ServedRun, tell } from './served-run.js'

/** What the worker's host gives. */
export interface WorkerHome extends RunHome {
  /** Says hello, once the scope may send. */
  hello(): void
  /** Makes a function of its text, by importing it as a module. */
  read(text: string): Promise<unknown>
  /** Imports a module. */
  open(module: string): Promise<unknown>
}

/** Tasks by the name they are asked for under. */
export type Exposed = Readonly<Record<string, WorkerBody<never, unknown>>>

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
  /** What runs: one at a time. */
  let current: ServedRun | undefined
  const saves = new Saves(home)
  const functions = new Map<string, Promise<unknown>>()

  async function start(order: Order): Promise<void> {
    const { id, work } = order
    const run = new ServedRun(home, saves, id)
    current = run
    try {
      const body = await find(work)
      const value = await body(new ServedContext(run, order) as never) // whatever it takes, it is given a worker's context
      reply(id, value)
    } catch (thrown) {
      const { why, error } = thrown instanceof Obstacle ? thrown : new Obstacle('thrown', thrown)
      const captured = why === 'thrown' && work.kind === 'function' ? variableOf(error) : undefined
      tell(home, (asText) => ({ goGoScope: 'failed', id, why, error: encodeError(error, asText), captured }))
    } finally {
      run.over = true
      if (current === run) current = undefined
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

  function reply(id: number, value: unknown): void {
    try {
      home.post({ goGoScope: 'done', id, value })
    } catch (error) {
      throw new Obstacle('uncopyable', error)
    }
  }

  return (message) => {
    if (!isOurs(message)) return
    const order = message as ToWorker // nobody else writes this property
    if (order.goGoScope === 'init') return home.hello()
    if (order.goGoScope === 'run') return void start(order)
    if (order.goGoScope === 'saved') saves.answered(order)
    else if (current?.id === order.id) current.abort(decodeError(order.reason))
  }
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
