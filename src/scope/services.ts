/**
 * The services of a scope.
 *
 * 1. A factory runs on first use, once; its cleanup belongs to the scope that provided it, and only what was created
 *    is cleaned up, after every body has ended, newest first.
 * 2. Bodies see a view whose prototype is the parent's view, so that children look services up live.
 */

import { ServiceError } from '../base/errors.js'
import { isThenable } from '../base/guard.js'
import { callback, text, wrongType } from '../base/options.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import { requireOpen } from '../lifetime/open.js'

/** What runs when the scope of a service is disposed of. */
export type ServiceCleanup<T> =
  | ((value: Awaited<T>) => void | PromiseLike<void>)
  | { readonly dispose?: (value: Awaited<T>) => void | PromiseLike<void> }

type State =
  | { readonly at: 'waiting'; readonly factory: (services: object) => unknown }
  | { readonly at: 'creating' }
  | { readonly at: 'ready'; readonly value: unknown }

type Dispose = (value: unknown) => void | PromiseLike<void>

/** Where the creation of services stands at this moment, to show the path of a cycle. */
const path: string[] = []

/** The services of one scope. */
export class Services {
  /** What bodies see. */
  readonly view: object
  readonly #owner: Lifetime
  readonly #onDispose: (index: number, error?: unknown) => void
  #cleanups = 0

  constructor(owner: Lifetime, parent: Services | undefined, onDispose: (index: number, error?: unknown) => void) {
    this.view = Object.create(parent?.view ?? null)
    this.#owner = owner
    this.#onDispose = onDispose
  }

  /** Adds a service under a name that this scope has not provided yet. */
  provide(name: string, service: unknown, cleanup: unknown): void {
    text('provide service', 'name', name)
    if (Object.hasOwn(this.view, name)) {
      throw new ServiceError(`Cannot provide service '${name}': this scope has it already, use override to replace it`)
    }
    this.#define('provide service', name, service, cleanup)
  }

  /** Replaces a service for this scope and its children. */
  override(name: string, service: unknown, cleanup: unknown): void {
    text('override service', 'name', name)
    if (!(name in this.view)) {
      throw new ServiceError(`Cannot override service '${name}': it was not provided`)
    }
    this.#define('override service', name, service, cleanup)
  }

  /** The service, created if need be; `undefined` for an unknown name. */
  use(name: string): unknown {
    return (this.view as Readonly<Record<string, unknown>>)[name]
  }

  /** True if this scope or one above provides the name. */
  has(name: string): boolean {
    return name in this.view
  }

  #define(action: string, name: string, service: unknown, cleanup: unknown): void {
    requireOpen(this.#owner, action)
    const dispose = disposeOf(action, cleanup)
    const index = dispose === undefined ? 0 : ++this.#cleanups
    let state: State =
      typeof service === 'function'
        ? { at: 'waiting', factory: service as (services: object) => unknown } // a function is a factory
        : { at: 'ready', value: service }
    const ready = (value: unknown): void => {
      state = { at: 'ready', value }
      if (dispose !== undefined) this.#owner.onDispose(() => this.#cleanUp(index, dispose, value))
    }
    if (state.at === 'ready') ready(service)
    const get = (): unknown => {
      if (state.at === 'ready') return state.value
      if (state.at === 'creating')
        throw new ServiceError(`Services depend on each other: ${[...path, name].join(' → ')}`)
      const waiting = state
      state = { at: 'creating' }
      path.push(name)
      try {
        const value = this.#create(waiting.factory)
        ready(value)
        return value
      } catch (error) {
        state = waiting
        throw error
      } finally {
        path.pop()
      }
    }
    Object.defineProperty(this.view, name, { get, enumerable: true, configurable: true })
  }

  #create(factory: (services: object) => unknown): unknown {
    this.#owner.onDispose(() => {})() // throws when the scope has ended: nobody would clean up
    const value = factory(this.view)
    if (value instanceof Promise) value.catch(() => {}) // whoever uses it sees the rejection
    return value
  }

  async #cleanUp(index: number, dispose: Dispose, value: unknown): Promise<void> {
    let failed: { readonly error: unknown } | undefined
    try {
      const resolved = isThenable(value) ? await settled(value) : { value }
      if (resolved !== undefined) await dispose(resolved.value)
    } catch (error) {
      failed = { error }
    }
    this.#onDispose(index, failed?.error)
    if (failed !== undefined) throw failed.error
  }
}

/** The value of a service that is a promise; `undefined` when it was never made. */
function settled(promise: PromiseLike<unknown>): Promise<{ value: unknown } | undefined> {
  return Promise.resolve(promise).then(
    (value) => ({ value }),
    () => undefined,
  )
}

function disposeOf(action: string, cleanup: unknown): Dispose | undefined {
  if (cleanup === undefined) return undefined
  if (typeof cleanup === 'function') return cleanup as Dispose // checked to be a function, called with the service
  if (typeof cleanup !== 'object' || cleanup === null) {
    throw wrongType(action, 'cleanup', 'a function or { dispose }', cleanup)
  }
  const { dispose } = cleanup as { dispose?: Dispose }
  return dispose === undefined ? undefined : callback(action, 'dispose', dispose)
}
