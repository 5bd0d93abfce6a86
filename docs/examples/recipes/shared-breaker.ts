import assert from 'node:assert/strict'

let asked = 0
const pay = async (_signal: AbortSignal): Promise<string> => {
  asked += 1
  throw new Error('no answer')
}

// #region show
import {
  CircuitOpenError,
  type CircuitBreakerStateProvider,
  InMemoryCircuitBreakerStateProvider,
  scope,
} from 'go-go-scope'

/** One of many processes that call the payment service; what one learns, all know. */
export function payments(states: CircuitBreakerStateProvider) {
  const s = scope({ name: 'payments', persistence: { circuitBreaker: states } })
  return {
    pay: () =>
      s.task(({ signal }) => pay(signal), {
        id: 'payment-service', // the name of the breaker
        circuitBreaker: { failureThreshold: 3, resetTimeout: 30_000 },
      }),
    [Symbol.asyncDispose]: () => s[Symbol.asyncDispose](),
  }
}

// In production: new RedisCircuitBreakerStateProvider(client) of 'go-go-scope/redis'.
const states = new InMemoryCircuitBreakerStateProvider()
// #endregion show

await using one = payments(states)
await using other = payments(states)
for (let at = 0; at < 3; at++)
  assert.equal((await one.pay())[0]?.message, 'no answer')
const [err] = await other.pay()
assert.ok(err instanceof CircuitOpenError)
assert.ok(err.retryAfter > 29_000)
assert.equal(asked, 3)
