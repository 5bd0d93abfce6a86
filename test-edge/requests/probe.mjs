/** A Worker with a route for each way in which a request can end. */
import { scope, scoped } from 'go-go-scope'

const seen = []
const encoder = new TextEncoder()
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const note = (text) => void seen.push(text)

/** A body of `chunks` pieces, then an error if there is one. */
function body(chunks, error) {
  let sent = 0
  return new ReadableStream({
    async pull(controller) {
      await pause(5)
      if (sent++ < chunks) return controller.enqueue(encoder.encode(`${sent}\n`))
      if (error) throw error
      controller.close()
    },
    cancel: (reason) => note(`source cancelled: ${reason?.name}`),
  })
}

/** Waits for its signal. */
const untilAborted = ({ signal }) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

const routes = {
  plain: () => new Response('plain', { headers: { 'x-own': 'yes' } }),
  async hangs(s) {
    const [error] = await s.task(untilAborted)
    note(`body aborted: ${error.name}`)
    throw error
  },
  late: (s) => s.task(untilAborted, { timeout: 50 }).then(([error]) => Promise.reject(error)),
  ignores: (s) => {
    s.cancel(new DOMException('too late', 'TimeoutError')) // as the scope's own timeout would
    return new Promise(() => {})
  },
  platform: async (_s, request) => {
    const url = new URL(request.url).searchParams.get('url')
    return fetch(url, { signal: AbortSignal.timeout(50) })
  },
  throws() {
    throw new Error('thrown by the handler')
  },
  streams: () => new Response(body(1_000_000)),
  breaks: () => new Response(body(2, new Error('broken amid the body'))),
  cleanup(s) {
    s.onDispose(() => {
      throw new Error('thrown by a cleanup')
    })
    return new Response('fine')
  },
  unseen(s) {
    void s.task(() => Promise.reject(new Error('a failure that nobody looked at')))
    return new Response('fine')
  },
  background(s) {
    void s.task(({ shield }) => shield(() => pause(200).then(() => note('shielded work is done'))))
    void s.task(async ({ signal }) => {
      await pause(100)
      note(`plain work was ${signal.aborted ? 'cancelled' : 'left alone'}`)
    })
    return new Response('fine')
  },
  socket() {
    const [mine, theirs] = Object.values(new WebSocketPair())
    theirs.accept()
    theirs.addEventListener('message', ({ data }) => theirs.send(`echo of ${data}`))
    return new Response(null, { status: 101, webSocket: mine })
  },
  gzip: () =>
    new Response(body(3).pipeThrough(new CompressionStream('gzip')), {
      headers: { 'content-encoding': 'gzip' },
      encodeBody: 'manual',
    }),
  /** A bit of everything that waits, with others doing the same at this very time. */
  async crowd(s, request, { UPSTREAM }) {
    const id = new URL(request.url).searchParams.get('id')
    const numbers = s.channel(2)
    const gate = s.semaphore(2)
    void s.task(async () => {
      for (const number of [1, 2, 3]) await numbers.send(number)
      numbers.close()
    })
    const [error, echoed] = await s.task(async ({ signal }) =>
      (await fetch(`${UPSTREAM}/hold/${id}`, { signal })).text(),
    )
    if (error) throw error
    const results = await s.parallel([1, 2, 3].map((n) => () => gate.acquire(() => pause(n).then(() => n))))
    let sum = 0
    for await (const number of numbers) sum += number
    for (const [, n] of results) sum += n
    return new Response(new Blob([`${echoed} ${sum}`]).stream())
  },
}

const handle = scoped(
  (s, request, env, ctx) => {
    s.onDispose(() => note('scope ended'))
    return routes[new URL(request.url).pathname.slice(1)](s, request, env, ctx)
  },
  { name: 'probe', timeout: 20_000, gracePeriod: 100 },
)

/** What belongs to another request. */
let elsewhere
/** What is said to a scope that belongs to none. */
let refusal
try {
  scope({ name: 'global' })
} catch (error) {
  refusal = error.message
}

export default {
  async fetch(request, env, ctx) {
    const { pathname } = new URL(request.url)
    if (pathname === '/seen') return Response.json(seen.splice(0))
    if (pathname === '/meddle') {
      if (elsewhere !== undefined) return new Response(await elsewhere.text())
      elsewhere = await fetch(`${env.UPSTREAM}/kept`)
      return new Response('kept')
    }
    if (pathname === '/stuck') return new Promise(() => {})
    if (pathname === '/global') return new Response(refusal)
    return handle(request, env, ctx)
  },
}
