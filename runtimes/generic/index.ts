/** The package as an unknown host sees it. */
import '../symbols.js'
import type { RuntimeName } from '../../src/runtime.js'
import type { ScopeOptions } from '../../src/scope/options.js'
import { openScope, type Scope } from '../../src/scope/scope.js'
import { host } from './runtime.js'

export * from '../../src/index.js'
export * from './lifetime.js'
export * from './logging.js'
export * from './standalone.js'
export * from './providers.js'
export * from './streams.js'

/** The host that this entry of the package was made for. */
export const runtime: RuntimeName = 'generic'

/** Opens a scope: everything started in it has ended, or is cancelled and cleaned up, when it is disposed. */
export function scope<S extends object = {}>(options?: ScopeOptions<S>): Scope<S> {
  return openScope(host, options)
}
