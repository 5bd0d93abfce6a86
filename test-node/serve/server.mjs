/** A server of Deno or Bun whose requests have scopes; it tells what becomes of them in lines. */
import { runtime, scoped } from 'go-go-scope'

const handle = scoped(
  async (s, request) => {
    s.onDispose(() => console.log('scope ended'))
    switch (new URL(request.url).pathname) {
      case '/plain':
        return new Response('plain')
      case '/streams':
        return new Response(
          new ReadableStream({
            pull: (controller) => s.delay(5).then(() => controller.enqueue(new Uint8Array(9))),
            cancel: () => console.log('source cancelled'),
          }),
        )
      case '/late': {
        const [error] = await s.task(() => s.delay(60_000), { timeout: 20 })
        throw error
      }
      default: {
        const [error] = await s.task(async ({ signal }) => {
          console.log('body started')
          await new Promise((resolve) => signal.addEventListener('abort', resolve))
          console.log('body aborted')
        })
        throw error
      }
    }
  },
  { gracePeriod: 100 },
)

const options = { port: 0, hostname: '127.0.0.1' }
const fetch = (request) => handle(request)
if (runtime === 'deno') Deno.serve({ ...options, onListen: ({ port }) => console.log(`port ${port}`) }, fetch)
else console.log(`port ${Bun.serve({ ...options, fetch }).port}`)
