/** What became of the latest requests: plain data, kept for whoever wants to see it. */

/** How a request ended: with an answer of this status, or because the client had left. */
export type Outcome = number | 'under way' | 'client left'

/** One request. */
export interface Entry {
  readonly path: string
  /** The page that it came from. */
  readonly page: string
  readonly query: Readonly<Record<string, string>>
  outcome: Outcome
}

const kept = 500
const entries: Entry[] = []

/** Notes a request that has come in. */
export function note(request: Request, url: URL): Entry {
  const query = Object.fromEntries(url.searchParams)
  const page = request.headers.get('referer') ?? ''
  const entry: Entry = { path: url.pathname, page, query, outcome: 'under way' }
  entries.push(entry)
  if (entries.length > kept) entries.shift()
  return entry
}

/** The latest requests, oldest first. */
export function journal(): readonly Entry[] {
  return entries
}
