const url = String(process.env.UPSTREAM ?? 'data:,hello')

// #region show
import { createServer } from 'node:http'
import { isCancelled, scope } from 'go-go-scope'

await using s = scope({
  name: 'server',
  // On SIGINT and SIGTERM: what runs may finish for 8 s, then all is cancelled. A second signal cancels at once.
  gracefulShutdown: { timeout: 8_000 },
  gracePeriod: 2_000,
})

const server = createServer(async (request, response) => {
  if (s.isDisposed || s.isShutdownRequested)
    return response.writeHead(503, { connection: 'close' }).end()
  const [err, text] = await s.task(
    async ({ signal }) => (await fetch(url, { signal })).text(),
    { timeout: 5_000 },
  )
  if (err) response.writeHead(isCancelled(err) ? 503 : 502).end(err.message)
  else response.end(`${request.url}: ${text}`)
})

server.listen(Number(process.env.PORT ?? 0), '127.0.0.1')
s.onDispose(() => {
  server.closeIdleConnections()
  return new Promise<void>((closed) => server.close(() => closed()))
})

await new Promise((ended) => s.onDispose(() => ended(undefined)))
// #endregion show
