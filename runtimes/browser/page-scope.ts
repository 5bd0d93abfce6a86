/**
 * A scope that ends with its page.
 *
 * 1. A page that is left may be kept and come back as it was (`event.persisted`): that is no end, its scope goes on with it.
 * 2. `unload` and `beforeunload` are not listened to: they keep a page from being kept, and do not come on phones.
 * 3. A navigation is a change to another entry of the session's history. `replaceState` only renames the one that is shown.
 */

import { object, oneOf } from '../../src/base/options.js'
import type { Undo } from '../../src/base/undo.js'
import { openScope, type Scope } from '../../src/scope/scope.js'
import type { PageScopeOptions } from '../generic/options.js'
import { host } from './runtime.js'

/** What is used of the Navigation API, where there is one. */
interface NavigationLike {
  addEventListener(type: 'currententrychange', listener: (event: EntryChange) => void): void
  removeEventListener(type: 'currententrychange', listener: (event: EntryChange) => void): void
}

interface EntryChange {
  /** Null when only the state of the entry was changed. */
  readonly navigationType: 'push' | 'replace' | 'traverse' | 'reload' | null
}

/** Opens a scope that ends with the page; the documentation stands at the neutral entry's. */
export function pageScope<S extends object = {}>(options: PageScopeOptions<S> = {}): Scope<S> {
  const action = 'create page scope'
  const { until = 'pagehide', ...scopeOptions } = object(action, 'options', options)
  oneOf(action, 'until', until, ['pagehide', 'navigation'])
  if (typeof document === 'undefined') throw new TypeError(`Cannot ${action}: a worker is no page; use scope()`)
  const s = openScope<S>(host, scopeOptions)
  const end = (): void => {
    s[Symbol.asyncDispose]().catch((error: unknown) => s.report(error, 'disposal of the scope of a page'))
  }
  s.onDispose(onPageGone(end))
  if (until === 'navigation') s.onDispose(onNavigation(end))
  return s
}

/** Calls `fn` when the page is left for good. */
function onPageGone(fn: () => void): Undo {
  const listener = ({ persisted }: PageTransitionEvent): void => {
    if (!persisted) fn()
  }
  addEventListener('pagehide', listener)
  return () => removeEventListener('pagehide', listener)
}

/** Calls `fn` when the page shows another entry of the history. */
function onNavigation(fn: () => void): Undo {
  const { navigation } = globalThis as { readonly navigation?: NavigationLike } // newer than the types of the DOM
  if (navigation === undefined) return onTraversal(fn)
  const listener = ({ navigationType }: EntryChange): void => {
    if (navigationType !== 'replace' && navigationType !== null) fn()
  }
  navigation.addEventListener('currententrychange', listener)
  return () => navigation.removeEventListener('currententrychange', listener)
}

/** What older browsers tell of it: the way back and forth, and links within the page. */
function onTraversal(fn: () => void): Undo {
  addEventListener('popstate', fn)
  addEventListener('hashchange', fn)
  return () => {
    removeEventListener('popstate', fn)
    removeEventListener('hashchange', fn)
  }
}
