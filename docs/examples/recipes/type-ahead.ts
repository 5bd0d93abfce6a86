import assert from 'node:assert/strict'
import { virtualTime } from 'go-go-scope/testing'

// #region show
import {
  isCancelled,
  type Result,
  type RunContext,
  type Scope,
} from 'go-go-scope'

interface City {
  readonly name: string
}

type View =
  | { readonly at: 'idle' }
  | { readonly at: 'busy' }
  | { readonly at: 'found'; readonly cities: readonly City[] }
  | { readonly at: 'failed'; readonly message: string }

/** A search as one types: 150 ms after the last key, never a stale answer after a newer one. */
export function typeAhead(
  s: Scope,
  ask: (text: string, signal: AbortSignal) => Promise<readonly City[]>,
  show: (view: View) => void,
) {
  const search = s.debounce(
    async (text: string, { signal }: RunContext): Promise<readonly City[]> => {
      show({ at: 'busy' })
      // What was asked in the last minute is not asked again.
      const [err, cities]: Result<Error, readonly City[]> = await s.task(
        (context) => ask(text, context.signal),
        {
          memo: { key: `cities ${text}`, ttl: 60_000 },
          timeout: 4_000,
          retry: { max: 1, delay: 200 },
        },
      )
      signal.throwIfAborted()
      if (err) throw err
      return cities
    },
    { wait: 150, latest: true },
  )

  return async (text: string) => {
    if (text.trim() === '') {
      search.cancel()
      return show({ at: 'idle' })
    }
    const [err, cities] = await search(text.trim())
    if (!err) show({ at: 'found', cities })
    else if (!isCancelled(err)) show({ at: 'failed', message: err.message })
  }
}
// #endregion show

import { scope } from 'go-go-scope'

using clock = virtualTime()
const s = scope()
const asked: string[] = []
const views: View[] = []
const ask = async (text: string): Promise<City[]> => {
  asked.push(text)
  await new Promise((later) => setTimeout(later, text === 'p' ? 3_000 : 50))
  if (text === 'x') throw new Error('no service')
  return [{ name: text }]
}
const input = typeAhead(s, ask, (view) => views.push(view))

void input('p')
await clock.advance(200)
void input('pa')
void input('par')
await clock.advance(5_000)
assert.deepEqual(asked, ['p', 'par'])
assert.deepEqual(views.at(-1), { at: 'found', cities: [{ name: 'par' }] })
assert.ok(!JSON.stringify(views).includes('"p"'))
void input('x')
await clock.advance(1_000)
assert.deepEqual(views.at(-1), { at: 'failed', message: 'no service' })
void input('par')
await clock.advance(200)
assert.deepEqual(asked, ['p', 'par', 'x', 'x'])
void input('')
assert.deepEqual(views.at(-1), { at: 'idle' })
await s[Symbol.asyncDispose]()
assert.equal(clock.pendingTimers, 0)
