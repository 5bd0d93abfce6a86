/** Requests of Hono in scopes: what `scoped` is to a handler, as a middleware. */
import '../symbols.js'
import { type Scope, type ScopedOptions, scoped } from 'go-go-scope'
import type { Context, MiddlewareHandler, Next } from 'hono'

/** What the middleware adds to the context of those who come after it. */
export interface ScopedEnv {
  Variables: {
    /** The scope of the request. */
    scope: Scope
  }
}

/**
 * Makes a middleware that gives each request a scope, `c.var.scope`, for all that come after it.
 *
 * The scope is cancelled when the request's signal aborts because the client has left, and by its `timeout`. It ends when the
 * response's body has been read, or at once when there is none; where Hono has an execution context, its `waitUntil` waits for
 * that.
 *
 * When the scope times out, the response has status 504. So it has when a route throws a `TimeoutError` that Hono's own error
 * handler would make a 500 of; what an `onError` of yours answers is left as it is. Every other error is Hono's, as ever. When the
 * client has left, nobody gets the response, and it has status 499.
 *
 * The options are those of `scope`, without `parent` and `signal`. Use it once on the way to a route.
 *
 * @example
 * ```ts
 * import { Hono } from 'hono'
 * import { scopedMiddleware } from 'go-go-scope/hono'
 *
 * const app = new Hono().use(scopedMiddleware({ timeout: 5_000 })).get('/users/:id', async (c) => {
 *   const [err, user] = await c.var.scope.task(({ signal }) => fetchUser(c.req.param('id'), signal), { retry: 'exponential' })
 *   if (err) throw err
 *   return c.json(user)
 * })
 * export default app
 * ```
 */
export function scopedMiddleware(options?: ScopedOptions): MiddlewareHandler<ScopedEnv> {
  const handle = scoped(inScope, options)
  return async (c, next) => {
    const response = await handle(c.req.raw, c, next, executionContext(c))
    // Hono merges a response into the one that was there; this one has its headers already.
    c.res = undefined
    c.res = response
  }
}

/** Runs what comes after the middleware. */
async function inScope(s: Scope, _request: Request, c: Context<ScopedEnv>, next: Next): Promise<Response> {
  c.set('scope', s)
  await next()
  if (c.error?.name === 'TimeoutError' && c.res.status === 500) throw c.error
  return c.res
}

/** Where Hono runs without one, asking for it throws. */
function executionContext(c: Context): { waitUntil(promise: Promise<unknown>): void } | undefined {
  try {
    return c.executionCtx
  } catch {
    return undefined
  }
}
