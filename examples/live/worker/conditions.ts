/** Bad weather on request: `delay` milliseconds, and a failure with a probability of `fail`. */
import type { Scope } from 'go-go-scope/workerd'

const longest = 10_000

/** Waits as long as asked; true when the request is to fail. */
export async function weather(s: Scope, url: URL, delay = 0): Promise<boolean> {
  const extra = Number(url.searchParams.get('delay') ?? 0)
  const fail = Number(url.searchParams.get('fail') ?? 0)
  await s.delay(Math.min(longest, delay + (extra > 0 ? extra : 0)))
  return Math.random() < fail
}
