/** The middleware for Hono, with Hono itself. In workerd the example does the same. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Scope } from 'go-go-scope'
import { scopedMiddleware } from 'go-go-scope/hono'
import { Hono } from 'hono'

/** An app whose routes have a scope; `console.error` is recorded while `fn` runs. */
async function withApp(t, options, fn) {
  const waits = []
  const context = { waitUntil: (promise) => waits.push(promise), passThroughOnException() {} }
  const said = []
  t.mock.method(console, 'error', (...args) => said.push(args))
  const app = new Hono().use(scopedMiddleware({ gracePeriod: 50, ...options }))
  const scopes = []
  app.use(async (c, next) => {
    scopes.push(c.var.scope)
    await next()
  })
  const ask = (path, init) => app.fetch(new Request(`http://app${path}`, init), {}, context)
  await fn({ app, ask, said, scopes, waits })
  await Promise.all(waits)
  for (const s of scopes) assert.ok(s.isDisposed)
}

const untilAborted = ({ signal }) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

test('each request has a scope of its own, and the response comes as it was', (t) =>
  withApp(t, {}, async ({ app, ask, scopes, said }) => {
    app.get('/', (c) => {
      c.header('x-own', 'yes')
      c.header('set-cookie', 'a=1', { append: true })
      c.header('set-cookie', 'b=2', { append: true })
      return c.text('fine', 201)
    })
    for (const _ of [1, 2]) {
      const response = await ask('/')
      assert.deepEqual([response.status, response.headers.get('x-own'), await response.text()], [201, 'yes', 'fine'])
      assert.deepEqual(response.headers.getSetCookie(), ['a=1', 'b=2'])
      assert.equal(response.headers.get('content-type'), 'text/plain; charset=UTF-8')
    }
    assert.ok(scopes[0] instanceof Scope && scopes[0] !== scopes[1])
    assert.equal(await (await ask('/nowhere')).text(), '404 Not Found')
    assert.deepEqual(said, [])
  }))

test('the scope is open until the body has been read', (t) =>
  withApp(t, {}, async ({ app, ask, scopes }) => {
    let feed
    app.get('/', (c) => c.body(new ReadableStream({ start: (controller) => (feed = controller) })))
    const text = (await ask('/')).text()
    feed.enqueue(new TextEncoder().encode('one '))
    await new Promise(setImmediate)
    assert.ok(!scopes[0].isDisposed)
    feed.enqueue(new TextEncoder().encode('two'))
    feed.close()
    assert.equal(await text, 'one two')
  }))

test('HEAD ends the scope at once', (t) =>
  withApp(t, {}, async ({ app, ask }) => {
    app.get('/', (c) => c.body(new ReadableStream()))
    assert.equal((await ask('/', { method: 'HEAD' })).status, 200)
  }))

test('a scope that times out is a 504, whatever the route does', (t) =>
  withApp(t, { timeout: 20 }, async ({ app, ask }) => {
    app.get('/', () => new Promise(() => {}))
    assert.equal((await ask('/')).status, 504)
  }))

test('a timeout that a route throws is a 504, unless the app says something else', async (t) => {
  const late = async (c) => {
    const [error] = await c.var.scope.task(untilAborted, { timeout: 5 })
    throw error
  }
  await withApp(t, {}, async ({ app, ask }) => {
    app.get('/', late)
    assert.equal((await ask('/')).status, 504)
  })
  await withApp(t, {}, async ({ app, ask }) => {
    app.get('/', late).onError((error, c) => c.json({ error: error.name }, 503))
    const response = await ask('/')
    assert.deepEqual([response.status, await response.json()], [503, { error: 'TimeoutError' }])
  })
})

test('any other error is told to Hono, once', (t) =>
  withApp(t, {}, async ({ app, ask, said }) => {
    app.get('/', () => {
      throw new Error('of the route')
    })
    const response = await ask('/')
    assert.deepEqual([response.status, await response.text()], [500, 'Internal Server Error'])
    assert.deepEqual(
      said.map(([error]) => error.message),
      ['of the route'],
    )
  }))

test('a client that leaves cancels its work, and is no error', (t) =>
  withApp(t, {}, async ({ app, ask, said }) => {
    const client = new AbortController()
    app.get('/', async (c) => {
      const work = c.var.scope.task(untilAborted)
      client.abort()
      const [error] = await work
      return c.text(error.name) // to nobody
    })
    assert.equal((await ask('/', { signal: client.signal })).status, 499)
    assert.deepEqual(said, [])
  }))

test('it needs no execution context', async () => {
  const app = new Hono().use(scopedMiddleware()).get('/', (c) => c.text(c.var.scope.scopeName))
  assert.equal(await (await app.request('/')).text(), 'request')
})
