import assert from 'node:assert/strict'
import { virtualTime } from 'go-go-scope/testing'

using clock = virtualTime()
const asked: string[] = []
const delays: Record<string, number> = { eu: 30_000, us: 40, asia: 500 }
const fetchFrom = async (region: string, signal: AbortSignal) => {
  asked.push(region)
  await new Promise((later, fail) => {
    signal.addEventListener('abort', () => fail(signal.reason))
    setTimeout(later, delays[region])
  })
  return `page from ${region}`
}

// #region show
import { scope } from 'go-go-scope'

const s = scope({ name: 'page' })

const page = s.race(
  ['eu', 'us', 'asia'].map(
    (region) =>
      ({ signal }) =>
        fetchFrom(region, signal),
  ),
  { requireSuccess: true, staggerDelay: 200, timeout: 2_000 },
)
// #endregion show
await clock.advance(300)
assert.deepEqual(await page, [undefined, 'page from us'])
assert.deepEqual(asked, ['eu', 'us'])
await s[Symbol.asyncDispose]()
assert.equal(asked.length, 2)
