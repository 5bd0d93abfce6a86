/** Scopes that end with their page, or with what it shows; leaving a real page is tested in test-node/page.test.mjs. */
import { assert } from 'chai'
import * as lib from 'go-go-scope'
import { assertNothingLeft } from 'go-go-scope/testing'

const leave = (persisted) => dispatchEvent(new PageTransitionEvent('pagehide', { persisted }))

/** Runs `fn` with the page's listeners counted; fails when some are left. */
async function withListeners(fn) {
  const targets = [window, ...('navigation' in window ? [window.navigation] : [])]
  let listeners = 0
  for (const target of targets) {
    const { addEventListener, removeEventListener } = target
    target.addEventListener = (type, fn, options) => {
      if (!options?.once) listeners++ // those are the tests' own
      addEventListener.call(target, type, fn, options)
    }
    target.removeEventListener = (...args) => {
      listeners--
      removeEventListener.apply(target, args)
    }
  }
  try {
    await fn(() => listeners)
    assert.strictEqual(listeners, 0, 'listeners of the page')
  } finally {
    for (const target of targets) for (const name of ['addEventListener', 'removeEventListener']) delete target[name]
  }
}

const traversed = () => new Promise((resolve) => addEventListener('popstate', resolve, { once: true }))

it('a page scope ends when the page is left for good', () =>
  withListeners(async (listeners) => {
    const s = lib.pageScope({ name: 'page' })
    assert.strictEqual(listeners(), 1)
    const running = s.task(({ signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve)))
    leave(false)
    assert.isTrue(s.aborted, 'in the turn of the event')
    const [error] = await running
    assert.isTrue(lib.isCancelled(error))
    await s[Symbol.asyncDispose]()
    assertNothingLeft({ scopes: [s] })
  }))

it('a page scope goes on when the page is kept for the way back', () =>
  withListeners(async () => {
    const s = lib.pageScope()
    leave(true)
    assert.isFalse(s.aborted)
    assert.deepEqual(await s.task(() => 'back'), [undefined, 'back'])
    leave(false)
    assert.isTrue(s.isDisposed)
    await s[Symbol.asyncDispose]()
  }))

it('a page scope can be disposed of earlier, and does not care about navigation', () =>
  withListeners(async () => {
    const s = lib.pageScope()
    history.pushState(undefined, '', '#one')
    assert.isFalse(s.aborted)
    history.back()
    await traversed()
    assert.isFalse(s.aborted)
    await s[Symbol.asyncDispose]()
  }))

it('until navigation it is the scope of a view: renaming the address is none, the way back is one', () =>
  withListeners(async () => {
    history.pushState(undefined, '', '#one')
    const s = lib.pageScope({ until: 'navigation' })
    history.replaceState(undefined, '', '#two')
    assert.isFalse(s.aborted)
    history.back()
    await traversed()
    assert.isTrue(s.isDisposed)
    await s[Symbol.asyncDispose]()
  }))

it('until navigation it ends with another entry of the history, where the browser can tell', () =>
  withListeners(async () => {
    const s = lib.pageScope({ until: 'navigation' })
    history.pushState(undefined, '', '#one')
    assert.strictEqual(s.isDisposed, 'navigation' in window)
    location.hash = 'three' // a link within the page, as older browsers tell of it
    if (!s.isDisposed) await new Promise((resolve) => addEventListener('hashchange', resolve, { once: true }))
    assert.isTrue(s.isDisposed)
    await s[Symbol.asyncDispose]()
    history.go(-2)
    await traversed()
  }))

it('a cleanup that throws is told to the logger', async () => {
  const told = []
  const s = lib.pageScope({ logger: { debug() {}, info() {}, warn() {}, error: (...args) => told.push(args) } })
  const failure = new Error('cannot close')
  s.onDispose(() => {
    throw failure
  })
  leave(false)
  await s[Symbol.asyncDispose]().catch(() => {})
  await Promise.resolve()
  assert.lengthOf(told, 1)
  assert.strictEqual(told[0].at(-1), failure)
})

it('a worker is no page', async () => {
  const s = lib.scope()
  const [error, message] = await s.task(
    async ({ data }) => {
      const there = await import(data)
      try {
        there.pageScope()
      } catch (refusal) {
        return refusal.message
      }
    },
    { worker: true, data: new URL('../dist/browser.js', import.meta.url).href },
  )
  assert.isUndefined(error)
  assert.strictEqual(message, 'Cannot create page scope: a worker is no page; use scope()')
  await s[Symbol.asyncDispose]()
})
