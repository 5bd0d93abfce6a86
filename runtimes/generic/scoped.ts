/**
 * A scope for each request of a server or Worker.
 *
 * 1. The handler is a task of the scope: it settles when the scope is cancelled, by the client's leaving or by its timeout. It takes
 *    no permit of the scope's `concurrency`, and counts in no breaker and no hook: they are for what it starts.
 *    When the client has left, nobody gets the response, and there is no error that anybody could do something about.
 * 2. The scope outlives the handler for as long as the response's body is read; its end is handed to `waitUntil`, so that the
 *    response does not wait for it.
 * 3. Nothing outlives the request: no promise, no timer, no listener.
 */
import { isCancelled } from '../../src/base/errors.js'
import { callback, object } from '../../src/base/options.js'
import type { Runtime } from '../../src/runtime.js'
import { checkOptions } from '../../src/scope/check-options.js'
import type { ScopeOptions } from '../../src/scope/options.js'
import { attend, openScope, type Scope } from '../../src/scope/scope.js'

/** What is asked of a request. */
export interface RequestLike {
  readonly method?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** What is asked of a Worker's `ExecutionContext`. Servers that have none pass something else, or nothing. */
export interface RequestContext {
  waitUntil?(promise: Promise<unknown>): void
}

/** Handles a request in a scope of its own; what comes after the request is what the host passes. */
export type ScopedHandler<Q, A extends readonly unknown[], R> = (s: Scope, request: Q, ...rest: A) => R | PromiseLike<R>

/** A handler as hosts want it. */
export type RequestHandler<Q, A extends readonly unknown[], R> = (
  request: Q,
  ...rest: readonly [...A, ...unknown[]]
) => Promise<R>

/** Options of `scoped`: those of the scope. */
export type ScopedOptions = Omit<ScopeOptions, 'parent' | 'signal'>

/** Makes the handler on this host; see `scoped`. */
export function scopedOn<Q extends RequestLike, A extends readonly unknown[], R>(
  host: Runtime,
  handler: ScopedHandler<Q, A, R>,
  options: ScopedOptions = {},
): RequestHandler<Q, A, R> {
  callback('create handler', 'handler', handler)
  checkOptions(object('create handler', 'options', options)) // now, and not with the first request
  return async (request, ...rest) => {
    const { signal } = request
    const s = openScope(host, { name: 'request', ...options, ...(signal && { signal }) })
    const keepAlive = waiting(rest)
    // What a host passes beyond what the handler takes is passed on, as with any function.
    const run = async (): Promise<R> => {
      const response = await handler(s, request, ...(rest as readonly unknown[] as A))
      if (s.aborted && isReadable(response)) abandon(s, response.body) // somebody else has answered
      return response
    }
    const [error, response] = await attend(s, 'handler', run)
    if (error === undefined) return whileRead(s, request, response, keepAlive)
    keepAlive(end(s))
    // The platform's responses, which are what handlers give.
    if (isCancelled(error) && signal?.aborted) return new Response(null, { status: 499 }) as R
    if (isTimeout(error)) return new Response('The request took too long', { status: 504 }) as R
    throw error
  }
}

/** `waitUntil` of the last argument, where it has one. */
function waiting(rest: readonly unknown[]): (promise: Promise<unknown>) => void {
  const context = rest.at(-1) as RequestContext | undefined
  return (promise) => {
    if (typeof context?.waitUntil === 'function') context.waitUntil(promise)
  }
}

/** Hands a response on; the scope ends when its body has been read, or nobody reads it any more. */
function whileRead<R>(
  s: Scope,
  { method }: RequestLike,
  response: R,
  keepAlive: (promise: Promise<unknown>) => void,
): R {
  if (!isReadable(response) || isUpgrade(response)) {
    keepAlive(end(s))
    return response
  }
  if (method === 'HEAD') {
    abandon(s, response.body) // which hosts leave aside, and tell nobody
    keepAlive(end(s))
    return new Response(null, response) as R // what the handler gave, without its body
  }
  const { body, read } = passOn(s, response.body)
  keepAlive(read.then(() => end(s)))
  return new Response(body, response) as R // what the handler gave, with its body passed on
}

/** True for a response with a body that nobody reads yet. */
function isReadable(response: unknown): response is Response & { readonly body: ReadableStream<Uint8Array> } {
  return response instanceof Response && response.body !== null && !response.body.locked
}

/** Tells the source of a body that nobody wants it. */
function abandon(s: Scope, body: Pick<ReadableStream, 'cancel'>, reason?: unknown): void {
  body.cancel(reason).catch((thrown: unknown) => s.report(thrown, 'end of a response body'))
}

/**
 * The same bytes, broken off when the scope is cancelled; `read` resolves when there is nothing more to read. `pipeTo` with a
 * signal would say this in a line, but does not break off a read that waits in every engine.
 */
function passOn(
  s: Scope,
  source: ReadableStream<Uint8Array>,
): { body: ReadableStream<Uint8Array>; read: Promise<void> } {
  const reader = source.getReader()
  let finish: () => void = () => {}
  const read = new Promise<void>((resolve) => (finish = resolve))
  let over = false
  /** True the first time. */
  const ends = (): boolean => {
    if (over) return false
    over = true
    finish()
    return true
  }
  const start = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
    s.onAbort((error) => {
      if (!ends()) return
      controller.error(error)
      abandon(s, reader, error)
    })
  }
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    try {
      const { done, value } = await reader.read()
      if (over) return
      if (!done) controller.enqueue(value)
      else if (ends()) controller.close()
    } catch (error) {
      if (ends()) controller.error(error)
    }
  }
  const cancel = (reason: unknown): Promise<void> | undefined => (ends() ? reader.cancel(reason) : undefined)
  return { body: new ReadableStream({ start, pull, cancel }, { highWaterMark: 0 }), read }
}

/** True for the answer to a WebSocket's request, which cannot be copied. */
function isUpgrade(response: Response): boolean {
  return 'webSocket' in response && Boolean(response.webSocket)
}

/** The end of a scope; what its cleanups throw has nobody else to go to than the logger. */
function end(s: Scope): Promise<void> {
  return s[Symbol.asyncDispose]().catch((error: unknown) => s.report(error, 'disposal of a request'))
}

/** True for the library's own timeouts and the platform's, such as that of `AbortSignal.timeout`. */
function isTimeout({ name }: Error): boolean {
  return name === 'TimeoutError'
}
