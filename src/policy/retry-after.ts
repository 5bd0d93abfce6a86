/** Reads from an error how long its sender asks to wait: a `retryAfter` in milliseconds or a `Retry-After` header. */

/** Milliseconds to wait, or `undefined` where the error says nothing. */
export function retryAfterOf(error: unknown): number | undefined {
  const own = property(error, 'retryAfter')
  if (typeof own === 'number' && own >= 0) return own
  const headers = property(error, 'headers') ?? property(property(error, 'response'), 'headers')
  return header(headers)
}

/** Parses the header: seconds, or a date, which is compared with the wall clock since it is one. */
function header(headers: unknown): number | undefined {
  const get = property(headers, 'get')
  const value: unknown = typeof get === 'function' ? get.call(headers, 'retry-after') : field(headers)
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  if (/^\s*\d+\s*$/.test(String(value))) return Number(value) * 1_000
  const at = Date.parse(String(value))
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now())
}

/** The header in a plain object, whose names may be in any case. */
function field(headers: unknown): unknown {
  if (typeof headers !== 'object' || headers === null) return undefined
  return Object.entries(headers).find(([name]) => name.toLowerCase() === 'retry-after')?.[1]
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}
