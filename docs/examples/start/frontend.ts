import assert from 'node:assert/strict'
import { virtualTime } from 'go-go-scope/testing'

// #region show
import { isCancelled, type RunContext, scope } from 'go-go-scope'

/** Makes a box search as its user types; returns what ends it. */
export function searchBox(
  box: HTMLInputElement,
  show: (hits: string[]) => void,
) {
  const s = scope({ name: 'search box' })

  const search = s.debounce(
    async (text: string, { signal }: RunContext) => {
      const response = await fetch(`/search?q=${encodeURIComponent(text)}`, {
        signal,
      })
      return (await response.json()) as string[]
    },
    { wait: 200, latest: true },
  )

  box.addEventListener(
    'input',
    async () => {
      const [err, hits] = await search(box.value)
      if (!err) show(hits)
      else if (!isCancelled(err)) show([`Sorry: ${err.message}`])
    },
    { signal: s.signal },
  )
  return () => s[Symbol.asyncDispose]()
}
// #endregion show

const asked: string[] = []
globalThis.fetch = async (input, init) => {
  const url = String(input)
  asked.push(url)
  // The first answer would come long after the second.
  await new Promise((answer, fail) => {
    init?.signal?.addEventListener('abort', () => fail(init.signal?.reason))
    setTimeout(answer, asked.length === 1 ? 5_000 : 100)
  })
  return Response.json([url])
}

using clock = virtualTime()
const box = Object.assign(new EventTarget(), { value: '' })
const shown: string[][] = []
const end = searchBox(box as unknown as HTMLInputElement, (hits) =>
  shown.push(hits),
) // all of it that is used
const type = (text: string) => {
  box.value = text
  box.dispatchEvent(new Event('input'))
}

type('a')
type('ab')
await clock.advance(300)
type('abc')
await clock.advance(10_000)
assert.deepEqual(asked, ['/search?q=ab', '/search?q=abc'])
assert.deepEqual(shown, [['/search?q=abc']])
type('abcd')
await end()
type('abcde')
await clock.advance(10_000)
assert.equal(shown.length, 1)
assert.equal(clock.pendingTimers, 0)
