/** The package as an unknown host sees it. */
import '../symbols.js'
import type { RuntimeName } from '../../src/runtime.js'
import type { ScopeOptions } from '../../src/scope/options.js'
import { openScope, type Scope } from '../../src/scope/scope.js'
import { type RequestHandler, type RequestLike, type ScopedHandler, type ScopedOptions, scopedOn } from './scoped.js'
import { host } from './runtime.js'

export * from '../../src/index.js'
export * from './expose-web.js'
export * from './lifetime.js'
export * from './logging.js'
export type { RequestContext, RequestHandler, RequestLike, ScopedHandler, ScopedOptions } from './scoped.js'
export * from './no-browser.js'
export * from './no-durable-objects.js'
export * from './no-files.js'
export type * from './options.js'
export * from './standalone.js'
export * from './streams.js'

/** The host that this entry of the package was made for. */
export const runtime: RuntimeName = 'generic'

/** Opens a scope: everything started in it has ended, or is cancelled and cleaned up, when it is disposed. */
export function scope<S extends object = {}>(options?: ScopeOptions<S>): Scope<S> {
  return openScope(host, options)
}

/**
 * Makes a handler of requests that has a scope: `export default { fetch: scoped(handler) }`.
 *
 * The scope is cancelled when the request's signal aborts because the client has left (in workerd with the compatibility flag
 * `enable_request_signal`), and by its `timeout`. It ends when the response's body has been read, or at once when there is none,
 * as for `HEAD`: then everything of it is cancelled and cleaned up, while `waitUntil` of the last argument, if it has one, keeps
 * the Worker alive. Work that must outlive the response is shielded: `s.task(({ shield }) => shield(save))`.
 *
 * A timeout becomes a response with status 504: that of the scope, and any `TimeoutError` that the handler throws, the library's
 * or the platform's. When the client has left, nobody gets the response, and it has status 499. Every other error the handler
 * throws is thrown on as it is.
 *
 * The scope's timeout counts for the body too, and breaks it off: let tasks have the timeouts where bodies are long. A response that
 * nobody reads keeps its scope until then. Bodies are passed on as streams, which workerd sends without a `Content-Length`.
 *
 * The handler takes no permit of `concurrency`, and counts in no breaker and no hook: they are for the tasks it starts. The
 * response of a WebSocket is handed through, and the scope ends with the handler.
 *
 * @throws TypeError, RangeError at the call, when the handler is no function or the options make no sense.
 * @example
 * ```ts
 * export default {
 *   fetch: scoped(
 *     async (s, request: Request) => {
 *       const [err, page] = await s.race([() => fetchFrom(mirror1), () => fetchFrom(mirror2)])
 *       if (err) throw err
 *       return new Response(page, { headers: { 'x-url': request.url } })
 *     },
 *     { timeout: 5_000 },
 *   ),
 * }
 * ```
 */
export function scoped<Q extends RequestLike, A extends readonly unknown[], R>(
  handler: ScopedHandler<Q, A, R>,
  options?: ScopedOptions,
): RequestHandler<Q, A, R> {
  return scopedOn(host, handler, options)
}
