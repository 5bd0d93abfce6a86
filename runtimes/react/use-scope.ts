/** A scope that lives as long as its component. */

import type { Lifetime, ScopeOptions } from 'go-go-scope'
import { useContext, useEffect, useInsertionEffect, useState } from 'react'
import { ComponentScope, type OwnerRef, refOf, type ScopeRef } from './component-scope.js'
import { ScopeContext } from './scope-provider.js'

/**
 * Gives the component a scope, from mounting to unmounting: then it is cancelled at once and disposed of in the background.
 *
 * The scope stands in `current` of what is returned, like an element in a ref: for effects and event handlers, not for
 * rendering. Its parent is the scope of the `ScopeProvider` above, if there is one. The options are read when the scope is
 * made. A cleanup that throws is told to the scope's logger.
 *
 * @example
 * ```tsx
 * function Save({ draft }: { draft: string }) {
 *   const s = useScope({ name: 'save' })
 *   const save = async () => {
 *     const [err] = await s.current.task(() => api.save(draft), { timeout: 5_000 })
 *     if (err && !isCancelled(err)) report(err)
 *   }
 *   return <button onClick={save}>Save</button>
 * }
 * ```
 */
export function useScope<S extends object = {}>(options: ScopeOptions<S> = {}): ScopeRef<S> {
  return useComponentScope(options, true)
}

/** The owner of a component's tasks: the one given, the provided scope, or one of its own. @internal */
export function useOwner<O extends Lifetime>(given: O | OwnerRef<O> | undefined): OwnerRef<O> {
  const above = useContext(ScopeContext)
  const own = useComponentScope({}, given === undefined && above === undefined)
  // Those who give no owner have not said what more they want of it than a scope has.
  return given === undefined ? ((above ?? own) as unknown as OwnerRef<O>) : refOf(given)
}

function useComponentScope<S extends object>(options: ScopeOptions<S>, needed: boolean): ScopeRef<S> {
  // The context cannot say which services the scope above has; whoever asks for them must know.
  const above = useContext(ScopeContext) as unknown as ScopeRef<S> | undefined
  const [component] = useState(() => new ComponentScope<S>())
  // Insertion effects run before all other effects of the whole tree: from then on the scope may be asked for.
  useInsertionEffect(() => component.configure(options, above))
  useInsertionEffect(() => component.mount(), [component])
  useEffect(() => (needed ? component.open() : undefined), [component, needed])
  return component
}
