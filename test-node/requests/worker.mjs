/** A Worker whose requests want the same lock, and the same idempotency key. */
import { InMemoryIdempotencyProvider, scope } from 'go-go-scope'

const idempotency = new InMemoryIdempotencyProvider()
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const events = []
let runs = 0

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url)
    await using s = scope({ persistence: { idempotency } })
    if (pathname === '/once') {
      const work = () => pause(80).then(() => ++runs)
      const [error, value] = await s.task(work, { idempotency: { key: 'k', wait: true } })
      return Response.json(error?.message ?? value)
    }
    await using _lock = await s.acquireLock('k')
    events.push('in')
    await pause(80)
    events.push('out')
    return Response.json(events)
  },
}
