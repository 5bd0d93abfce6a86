/**
 * Stands in front of the upstream: one object for all Workers everywhere, so that all of them know at once when it is down.
 *
 * The breaker's state lies in the object's storage, and survives the object's own restarts.
 */
import { DurableObject } from 'cloudflare:workers'
import { DurableObjectCircuitBreakerStateProvider, scoped, type TaskOptions } from 'go-go-scope'
import type { Env } from './env.js'
import { failed, UpstreamError } from './upstream.js'

const forward: TaskOptions = {
  id: 'forward',
  circuitBreaker: { key: 'upstream', failureThreshold: 5, resetTimeout: 10_000 },
}

export class Gate extends DurableObject<Env> {
  readonly #forward = scoped(
    async (s, request: Request, env: Env) => {
      const { pathname, search } = new URL(request.url)
      const [error, response] = await s.task(async ({ signal }) => {
        const answer = await fetch(env.UPSTREAM + pathname + search, { signal })
        if (answer.status < 500) return answer // the upstream is well, whatever it thinks of the request
        await answer.body?.cancel()
        throw new UpstreamError(answer)
      }, forward)
      return error ? failed(error) : response
    },
    {
      name: 'gate',
      persistence: { circuitBreaker: new DurableObjectCircuitBreakerStateProvider(this.ctx.storage) },
    },
  )

  override fetch(request: Request): Promise<Response> {
    return this.#forward(request, this.env, this.ctx)
  }
}
