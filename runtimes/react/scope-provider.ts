/** Hands a scope down the tree of components. */

import type { Scope } from 'go-go-scope'
import { type Context, createContext, createElement, type ReactElement, type ReactNode, useMemo } from 'react'
import { refOf, type ScopeRef } from './component-scope.js'

/** The scope that the components below belong to. */
export const ScopeContext: Context<ScopeRef | undefined> = /* @__PURE__ */ createContext<ScopeRef | undefined>(
  undefined,
)

/** Props of `ScopeProvider`. */
export interface ScopeProviderProps<S extends object = {}> {
  /** A scope of the application, or one made by `useScope`. It stays its owner's: the provider ends nothing. */
  readonly scope: Scope<S> | ScopeRef<S>
  readonly children?: ReactNode
}

/**
 * Makes `scope` the parent of the scopes of all components below, and the owner of their tasks, which then share its
 * services, limits, breaker and memo.
 *
 * @example
 * ```tsx
 * function Page() {
 *   const page = useScope({ name: 'page', concurrency: 4 })
 *   return <ScopeProvider scope={page}><User id={1} /></ScopeProvider>
 * }
 *
 * function User({ id }: { id: number }) {
 *   const user = useTask(({ signal }) => fetchUser(id, signal), [id])
 *   return <p>{user.value?.name}</p>
 * }
 * ```
 */
export function ScopeProvider<S extends object>({ scope, children }: ScopeProviderProps<S>): ReactElement {
  // The context cannot say which services there are: those below that want them are given the scope itself.
  const value = useMemo(() => refOf<Scope<S>>(scope) as unknown as ScopeRef, [scope])
  return createElement(ScopeContext.Provider, { value }, children)
}
