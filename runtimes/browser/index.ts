/** The package as browsers see it. */
import '../symbols.js'
import type { RuntimeName } from '../../src/runtime.js'
import type { ScopeOptions } from '../../src/scope/options.js'
import { openScope, type Scope } from '../../src/scope/scope.js'
import {
  type RequestHandler,
  type RequestLike,
  type ScopedHandler,
  type ScopedOptions,
  scopedOn,
} from '../generic/scoped.js'
import { host } from './runtime.js'

export * from '../../src/index.js'
export * from '../generic/expose-web.js'
export * from '../generic/lifetime.js'
export * from '../generic/logging.js'
export type { RequestContext, RequestHandler, RequestLike, ScopedHandler, ScopedOptions } from '../generic/scoped.js'
export * from '../generic/no-durable-objects.js'
export * from '../generic/no-files.js'
export type * from '../generic/options.js'
export * from './indexed-db.js'
export * from './indexeddb-checkpoints.js'
export * from './page-scope.js'
export * from './web-locks.js'
export * from '../generic/standalone.js'
export * from '../generic/streams.js'

/** The host that this entry of the package was made for. */
export const runtime: RuntimeName = 'browser'

/** Opens a scope: everything started in it has ended, or is cancelled and cleaned up, when it is disposed. */
export function scope<S extends object = {}>(options?: ScopeOptions<S>): Scope<S> {
  return openScope(host, options)
}

/** Makes a handler of requests that has a scope of its own for each; the documentation stands at the neutral entry's. */
export function scoped<Q extends RequestLike, A extends readonly unknown[], R>(
  handler: ScopedHandler<Q, A, R>,
  options?: ScopedOptions,
): RequestHandler<Q, A, R> {
  return scopedOn(host, handler, options)
}
