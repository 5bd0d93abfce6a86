/** What a worker can be asked to run: a function, an export of a module, or a task that a module exposes. */

import { callback, object, text, wrongType } from '../base/options.js'
import type { WorkerCode } from '../runtime.js'
import type { WorkerBody } from './context.js'

/** Where a module is: an absolute address, as text or as a `URL`, or a path. */
export type ModuleAddress = string | { readonly href: string }

/** An export of a module, run in a worker. */
export interface WorkerModule {
  /** Its address; a path is taken from the page or from the working folder. */
  readonly module: ModuleAddress
  /** Name of the function. Default: `default`. */
  readonly export?: string
}

/** How a module of tasks is reached. At least one of the three. */
export interface WorkerTasksOptions<M = unknown> {
  /** Its address: on servers, and in browsers without a bundler. */
  readonly url?: ModuleAddress
  /** Makes the worker, in browsers rather than by `url`; in the form that bundlers recognise: `() => new Worker(new URL('./w.js', import.meta.url), { type: 'module' })`. */
  readonly create?: () => unknown
  /** Loads it here, for hosts without workers: `() => import('./w.js')`. */
  readonly inline?: () => PromiseLike<M>
}

/** The module of a `workerTasks`, and what tells its workers from others. */
export class TaskModule {
  readonly code: WorkerCode | undefined
  readonly inline: (() => PromiseLike<unknown>) | undefined

  constructor(options: WorkerTasksOptions) {
    const action = 'use worker tasks'
    const { url, create, inline } = object(action, 'options', options)
    for (const [name, fn] of Object.entries({ create, inline })) if (fn !== undefined) callback(action, name, fn)
    if (url === undefined && create === undefined && inline === undefined) {
      throw new TypeError(`Cannot ${action}: one of url, create and inline is needed`)
    }
    this.inline = inline
    if (url === undefined && create === undefined) return
    this.code = { from: 'module', url: url === undefined ? url : addressOf(action, 'url', url), create }
  }
}

/** A task of a module that runs in a worker; made by `workerTasks`. */
export class WorkerTask<D = unknown, T = unknown> {
  /** What it takes and gives, for the compiler only. */
  declare readonly types?: WorkerBody<D, T>
  /** @internal */ readonly module: TaskModule
  /** The name it was exposed under. */
  readonly taskName: string

  /** @internal */
  constructor(module: TaskModule, taskName: string) {
    this.module = module
    this.taskName = taskName
  }
}

/** The functions of a module, as tasks. */
export type WorkerTasks<M> = {
  readonly [K in keyof M as M[K] extends (context: never) => unknown ? K : never]: M[K] extends (
    context: infer C,
  ) => infer R
    ? WorkerTask<C extends { readonly data: infer D } ? D : unknown, Awaited<R>>
    : never
}

/**
 * Names the tasks of a module that runs in workers. It is the form that bundlers understand and strict pages allow.
 *
 * The module calls `expose` with its functions. Nothing is loaded before the first task.
 *
 * @throws TypeError without `url`, `create` and `inline`.
 * @example
 * ```ts
 * const w = workerTasks<{ add(context: WorkerContext<[number, number]>): number }>({
 *   create: () => new Worker(new URL('./w.js', import.meta.url), { type: 'module' }),
 * })
 * const [err, sum] = await s.task(w.add, { worker: true, data: [1, 2] })
 * ```
 */
export function workerTasks<M extends object>(options: WorkerTasksOptions<M>): WorkerTasks<M> {
  const module = new TaskModule(options)
  const tasks = new Map<string, WorkerTask>()
  const get = (_: object, name: string | symbol): WorkerTask | undefined => {
    if (typeof name === 'symbol' || name === 'then') return undefined // so that it is no promise, nor iterable
    const task = tasks.get(name) ?? new WorkerTask(module, name)
    tasks.set(name, task)
    return task
  }
  return new Proxy({}, { get }) as WorkerTasks<M> // every name is a task; M says which ones there are
}

/** Something a worker can run, checked. */
export type WorkerTarget =
  | { readonly kind: 'function'; readonly fn: WorkerBody<never, unknown>; readonly text: string }
  | { readonly kind: 'module'; readonly module: string; readonly name: string }
  | { readonly kind: 'exposed'; readonly module: TaskModule; readonly name: string }

/** Checks what a worker was asked to run; functions whose text cannot stand alone are refused. */
export function workerTarget(what: unknown): WorkerTarget {
  const action = 'start worker task'
  if (typeof what === 'function') {
    const fn = what as WorkerBody<never, unknown> // whatever it takes, it is given a worker's context
    return { kind: 'function', fn, text: textOf(fn) }
  }
  if (what instanceof WorkerTask) return { kind: 'exposed', module: what.module, name: what.taskName }
  if (typeof what !== 'object' || what === null || !('module' in what)) {
    throw wrongType(action, 'fn', 'a function, { module, export } or a task of workerTasks', what)
  }
  const { module, export: name = 'default' } = what as WorkerModule // checked below
  return { kind: 'module', module: addressOf(action, 'module', module), name: text(action, 'export', name) }
}

function addressOf(action: string, option: string, address: ModuleAddress): string {
  const { href = address } = Object(address) as { readonly href?: string } // an object has one or is refused as it is
  return text(action, option, href)
}

const native = /\{\s*\[native code\]\s*\}\s*$/
const plain = /^(?:async\s+)?function\b/
const arrow = /^(?:async\s*)?(?:\(|[\p{ID_Start}$_][\p{ID_Continue}$]*\s*=>)/u
const comments = /\/\*[\s\S]*?\*\/|\/\/.*/g

/** The text of a function; methods and accessors have one that means nothing outside their object. */
function textOf(fn: Function): string {
  const source = Function.prototype.toString.call(fn)
  const refuse = (kind: string): TypeError =>
    new TypeError(
      `Cannot start worker task: ${fn.name.trim() || 'the function'} is a ${kind}, whose text cannot be sent to a worker; ` +
        'use an arrow function, a function declaration or a module',
    )
  if (native.test(source)) throw refuse('native or bound function')
  if (source.startsWith('class')) throw refuse('class')
  const start = source.slice(0, 1_000).replaceAll(comments, ' ')
  const method = fn.name === 'async' && start.startsWith('async(') // reads like the start of an async arrow
  if (method || !(plain.test(start) || arrow.test(start))) throw refuse('method')
  return source
}
