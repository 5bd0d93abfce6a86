import assert from 'node:assert/strict'
import { upstream } from '../upstream.ts'

// #region show
import { type CircuitBreaker, circuitBreaker, type Scope } from 'go-go-scope'

class HttpError extends Error {
  readonly _tag = 'HttpError'
  readonly status: number
  /** Read by `retry`: seconds, or a date. */
  readonly headers: Headers

  constructor({ status, headers }: Response) {
    super(`HTTP ${status}`)
    this.status = status
    this.headers = headers
  }

  get isTransient() {
    return this.status === 429 || this.status >= 500
  }
}

/** A client of an API that allows 50 requests a second, 8 at a time. */
export function apiClient(s: Scope, base: string) {
  const bucket = s.tokenBucket({ rate: 50, burst: 10 })
  const connections = s.semaphore(8)
  const breaker: CircuitBreaker = circuitBreaker({
    failureThreshold: 5,
    resetTimeout: 10_000,
  })

  const request = async (path: string, signal: AbortSignal) => {
    await bucket.take(1, { signal })
    using _ = await connections.acquire({ signal })
    const response = await fetch(base + path, { signal })
    if (!response.ok) throw new HttpError(response)
    return response.json()
  }

  return {
    get: (path: string) =>
      s.task(({ signal }) => request(path, signal), {
        id: `GET ${path}`,
        timeout: 30_000,
        dedupe: path,
        circuitBreaker: breaker,
        retry: {
          max: 4,
          attemptTimeout: 5_000,
          if: (error) => !(error instanceof HttpError) || error.isTransient,
        },
      }),
  }
}
// #endregion show

import { scope } from 'go-go-scope'

let busy = 0
let most = 0
const seen: string[] = []
await using server = await upstream(async (request, response) => {
  busy += 1
  most = Math.max(most, busy)
  seen.push(String(request.url))
  await new Promise((later) => setTimeout(later, 5))
  busy -= 1
  const first = seen.filter((url) => url === request.url).length === 1
  if (request.url === '/missing') response.writeHead(404).end()
  else if (request.url === '/3' && first)
    response.writeHead(429, { 'retry-after': '0' }).end()
  else response.end(JSON.stringify({ url: request.url }))
})

await using s = scope()
const api = apiClient(s, server.url)
const twice = [api.get('/0'), api.get('/0')]
const all = await Promise.all([
  ...twice,
  ...Array.from({ length: 12 }, (_, at) => api.get(`/${at + 1}`)),
])
assert.deepEqual([...new Set(all.map(([err]) => err))], [undefined])
assert.equal(seen.filter((url) => url === '/0').length, 1)
assert.equal(seen.filter((url) => url === '/3').length, 2)
assert.ok(most <= 8)
const [missing] = await api.get('/missing')
assert.equal(missing?.message, 'HTTP 404')
assert.equal(seen.filter((url) => url === '/missing').length, 1)
