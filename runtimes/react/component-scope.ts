/**
 * The scope of a mounted component.
 *
 * 1. Rendering makes no scope: a render that React throws away leaves nothing behind, and a server starts nothing.
 * 2. The scope lives from the effects of the component to their cleanup. When React runs them again (StrictMode, fast refresh,
 *    a hidden part that shows again), the old scope is disposed of and there is a new one.
 * 3. Effects of children run before those of their parents. A scope that is asked for early is made early.
 * 4. React cannot wait for a disposal: it goes on in the background, and what it throws is told to the scope's logger.
 */

import { type Lifetime, type Scope, ScopeDisposedError, type ScopeOptions, scope } from 'go-go-scope'

/** Holds a component's scope as a ref holds an element: from mounting to unmounting, for effects and event handlers. */
export interface ScopeRef<S extends object = {}> {
  /**
   * The scope.
   *
   * @throws Error while the component renders for the first time; ScopeDisposedError once it is unmounted.
   */
  readonly current: Scope<S>
}

/** One life of a component: fast refresh begins another one before the effects of the old one are cleaned up. */
interface Mounted<S extends object> {
  readonly at: 'mounted'
  scope: Scope<S> | undefined
}

type State<S extends object> = { readonly at: 'rendered' } | Mounted<S> | { readonly at: 'unmounted' }

/** An owner of work, or what holds one. */
export type OwnerRef<O> = { readonly current: O }

/** The ref of an owner that is given as it is. */
export function refOf<O extends Lifetime>(given: O | OwnerRef<O>): OwnerRef<O> {
  if (typeof given !== 'object' || given === null)
    throw new TypeError(`Cannot use scope: it must be a scope or what useScope returns, got ${String(given)}`)
  return 'current' in given ? given : { current: given }
}

/** One component's scope. */
export class ComponentScope<S extends object> implements ScopeRef<S> {
  #state: State<S> = { at: 'rendered' }
  #options: ScopeOptions<S> = {}
  #above: ScopeRef<S> | undefined

  get current(): Scope<S> {
    const state = this.#state
    if (state.at === 'rendered')
      throw new Error('Cannot use scope of a component before it is mounted: use it in effects and event handlers')
    if (state.at === 'unmounted')
      throw new ScopeDisposedError('use scope', this.#options.name ?? 'of an unmounted component')
    if (state.scope === undefined || state.scope.isDisposed) state.scope = this.#create()
    return state.scope
  }

  /** What the next scope is made with. */
  configure(options: ScopeOptions<S>, above: ScopeRef<S> | undefined): void {
    this.#options = options
    this.#above = above
  }

  /** React keeps the component; returns what to do when it is removed. */
  mount(): () => void {
    const life: Mounted<S> = { at: 'mounted', scope: undefined }
    this.#state = life
    return () => {
      this.#state = { at: 'unmounted' }
      queueMicrotask(() => end(life)) // React forbids listeners to the abort to set states at this point
    }
  }

  /** Its effects run; returns what to do when they are cleaned up. */
  open(): () => void {
    const life = this.#state
    void this.current
    return () => {
      if (life.at === 'mounted') end(life)
    }
  }

  #create(): Scope<S> {
    const parent = this.#options.parent ?? this.#above?.current
    return scope<S>(parent === undefined ? this.#options : { ...this.#options, parent })
  }
}

/** Ends the scope in the background. */
function end<S extends object>(life: Mounted<S>): void {
  const ended = life.scope
  life.scope = undefined
  ended?.[Symbol.asyncDispose]().catch((error: unknown) => ended.report(error, 'disposal of the scope of a component'))
}
