import assert from 'node:assert/strict'

const charges: string[] = []
const charge = async (order: string) => {
  charges.push(order)
  await new Promise((later) => setTimeout(later, 10))
  return { receipt: `receipt of ${order}` }
}

// #region show
import {
  createIdempotencyProvider,
  IdempotencyInProgressError,
  scope,
} from 'go-go-scope'

// In production: RedisIdempotencyProvider, PostgresIdempotencyProvider or DurableObjectIdempotencyProvider.
const idempotency = createIdempotencyProvider()

/** Answers a webhook that its sender repeats until it hears "200". */
export async function webhook(request: Request): Promise<Response> {
  await using s = scope({
    name: 'webhook',
    signal: request.signal,
    persistence: { idempotency },
  })
  const { id, order } = (await request.json()) as { id: string; order: string }

  const [err, receipt] = await s.task(() => charge(order), {
    idempotency: { key: `event ${id}`, ttl: 24 * 3_600_000 },
    timeout: 10_000,
  })

  if (err instanceof IdempotencyInProgressError)
    return new Response('under way', { status: 409 })
  if (err) return new Response(err.message, { status: 500 })
  return Response.json(receipt)
}
// #endregion show

const send = () =>
  webhook(
    new Request('http://shop/', {
      method: 'POST',
      body: JSON.stringify({ id: 'e1', order: '42' }),
    }),
  )
const [first, second] = await Promise.all([send(), send()])
assert.deepEqual([first.status, second.status], [200, 409])
const third = await send()
assert.equal(third.status, 200)
assert.deepEqual(await third.json(), { receipt: 'receipt of 42' })
assert.deepEqual(charges, ['42'])
