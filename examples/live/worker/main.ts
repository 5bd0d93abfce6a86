/**
 * The backend of the live page, a Cloudflare Worker: every request has a scope of its own, which ends when the client leaves.
 */
import { type Scope, scoped } from 'go-go-scope/workerd'
import { citiesLike, cityAt, countriesFrom } from './cities.js'
import { weather } from './conditions.js'
import { journal, note } from './journal.js'
import { nearest } from './nearby.js'

/** How long the two sources of details take by themselves, in milliseconds. */
const sources: Readonly<Record<string, number>> = { primary: 60, mirror: 140 }

type Route = (s: Scope, url: URL) => Promise<Response>

const routes: Readonly<Record<string, Route>> = {
  async search(s, url) {
    if (await weather(s, url)) return refusal()
    const text = (url.searchParams.get('q') ?? '').trim()
    return Response.json(text === '' ? { hits: [], total: 0 } : citiesLike(text, 2_000))
  },

  async city(s, url) {
    const source = url.searchParams.get('source') ?? 'primary'
    if (await weather(s, url, sources[source])) return refusal()
    const city = cityAt(Number(url.pathname.split('/')[3]))
    if (city === undefined) return Response.json({ error: 'There is no such city' }, { status: 404 })
    return Response.json({ ...city, source, nearest: nearest(city, 5) })
  },

  async bulk(s, url) {
    if (await weather(s, url, 40)) return refusal()
    const from = Number(url.searchParams.get('from') ?? 0)
    const count = Math.min(5_000, Number(url.searchParams.get('count') ?? 1_000))
    return Response.json(countriesFrom(from, count))
  },

  async health(s, url) {
    return (await weather(s, url)) ? refusal() : Response.json({ ok: true })
  },
}

function refusal(): Response {
  return Response.json({ error: 'The service is down, as was asked for' }, { status: 503 })
}

async function handle(s: Scope, request: Request): Promise<Response> {
  const url = new URL(request.url)
  const [, api, name = ''] = url.pathname.split('/')
  if (api === 'api' && name === 'journal') return Response.json(journal())
  const route = api === 'api' && Object.hasOwn(routes, name) ? routes[name] : undefined
  if (route === undefined) return new Response('Not found', { status: 404 })
  const entry = note(request, url)
  const forget = s.onAbort(() => (entry.outcome = 'client left'))
  const response = await route(s, url)
  forget()
  entry.outcome = response.status
  return response
}

export default { fetch: scoped(handle, { timeout: 15_000 }) }
