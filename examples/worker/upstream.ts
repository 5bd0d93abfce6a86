/** Asks the upstream, again when that may help, and says what went wrong in a way that callers can tell apart. */
import { CircuitOpenError, exponentialBackoff, type Scope, type TaskOptions } from 'go-go-scope'

/** The upstream answered, but not with what was asked for. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError'
  readonly status: number
  /** A retry reads `Retry-After` from here. */
  readonly headers: Headers

  constructor({ url, status, headers }: Response) {
    super(`${new URL(url).pathname} answered with ${status}`)
    this.status = status
    this.headers = headers
  }
}

/** Three attempts of 500 ms each, all within 2 s. What the upstream has refused, it refuses again. */
const patience: TaskOptions = {
  timeout: 2_000,
  retry: {
    max: 2,
    attemptTimeout: 500,
    delay: exponentialBackoff({ initial: 50 }),
    if: (error) => !(error instanceof UpstreamError) || error.status >= 500 || error.status === 429,
  },
}

/** The upstream, or something in front of it that forwards requests. */
export interface Source {
  fetch(url: string, init?: RequestInit): Promise<Response>
}

/** Starts to ask; the task's Result has the parsed answer. */
export function ask<T>(s: Scope, source: Source, url: string) {
  return s.task(async ({ signal }) => {
    const response = await source.fetch(url, { signal })
    if (response.ok) return await response.json<T>()
    const error = new UpstreamError(response)
    await response.body?.cancel() // an unread body would hold its connection
    throw error
  }, patience)
}

/** The answer to a request that failed for the upstream's sake; all else is ours, and nobody's business outside. */
export function failed(error: Error): Response {
  if (error instanceof CircuitOpenError) {
    const seconds = Math.ceil(error.retryAfter / 1_000)
    return new Response('The upstream is resting', { status: 503, headers: { 'retry-after': `${seconds}` } })
  }
  if (error instanceof UpstreamError) {
    const { status, headers } = error
    if (status === 404) return new Response('No such city', { status })
    const retryAfter = headers.get('retry-after')
    return new Response(`The upstream failed: ${error.message}`, {
      status: status === 503 || status === 429 ? 503 : 502,
      headers: retryAfter === null ? {} : { 'retry-after': retryAfter },
    })
  }
  throw error
}
