/**
 * A Worker that asks others: each request has a scope, and leaves nothing behind, however it ends.
 *
 *     GET  /cities/:id     two upstreams at once, each with timeouts and retries
 *     GET  /cities         a long answer, sent while it is fetched
 *     POST /imports/:id    a long job in a Durable Object, that goes on where it was left
 */
import { type Scope, scoped, toReadableStream } from 'go-go-scope'
import type { Env } from './env.js'
import { ask, failed } from './upstream.js'

export { Gate } from './gate.js'
export { Importer } from './importer.js'

/** Two answers in one. Without the weather there is none; the air is nice to have. */
export async function city(s: Scope, id: string, env: Env): Promise<Response> {
  const gate = env.GATE.get(env.GATE.idFromName('upstream'))
  const asked = [ask(s, gate, `${env.UPSTREAM}/weather/${id}`), ask(s, gate, `${env.UPSTREAM}/air/${id}`)] as const
  const [error, weather] = await asked[0]
  if (error) return failed(error) // and the other one is cancelled
  const [, air = null] = await asked[1]
  // Nobody waits for it: the response goes out, and the shield lets it end in peace.
  void s.task(({ shield }) => shield(({ signal }) => fetch(`${env.UPSTREAM}/seen/${id}`, { method: 'POST', signal })))
  return Response.json({ id, weather, air })
}

/** All cities, a line each. The next page is fetched when the last one has been read. */
export function cities(s: Scope, env: Env): Response {
  async function* lines(): AsyncGenerator<Uint8Array> {
    const encoder = new TextEncoder()
    for (let page = 0; ; page++) {
      const [error, found] = await ask<readonly unknown[]>(s, globalThis, `${env.UPSTREAM}/cities?page=${page}`)
      if (error) throw error // too late for a status: it breaks the body off, so that it does not look whole
      if (found.length === 0) return
      for (const each of found) yield encoder.encode(`${JSON.stringify(each)}\n`)
    }
  }
  return new Response(toReadableStream(lines()), { headers: { 'content-type': 'application/x-ndjson' } })
}

/** Imports, or goes on with it, for as long as this request lives: its end is the object's too. */
export function runImport(s: Scope, id: string, request: Request, env: Env): Promise<Response> {
  return env.IMPORTS.get(env.IMPORTS.idFromName(id)).fetch(new Request(request, { signal: s.signal }))
}

function route(s: Scope, request: Request, env: Env): Response | Promise<Response> {
  const [kind, id] = new URL(request.url).pathname.slice(1).split('/')
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  if (kind === 'cities' && isRead) return id === undefined ? cities(s, env) : city(s, id, env)
  if (kind === 'imports' && id !== undefined && request.method === 'POST') return runImport(s, id, request, env)
  return new Response('Not found', { status: 404 })
}

export default {
  // The whole of a request, its body included, has half a minute; a handler that is late answers with 504.
  fetch: scoped(route, { timeout: 30_000 }),
} satisfies ExportedHandler<Env>
