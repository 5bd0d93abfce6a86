/** Leaving a real page, which is kept for the way back or not; and the example of plain DOM. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { chromium, firefox } from 'playwright'
import { findBrowser } from '../.ci/browsers.mjs'
import { root } from '../.ci/run.mjs'

const types = { '.html': 'text/html', '.js': 'text/javascript', '.map': 'application/json' }

/** What the pages have told, in order. */
const told = []

const first = `<!doctype html><title>first</title>
<script type="importmap">
{ "imports": { "go-go-scope": "/dist/browser.js", "idb-keyval": "/node_modules/idb-keyval/dist/index.js" } }
</script>
<script type="module">
import { pageScope } from 'go-go-scope'
const s = pageScope()
let running = true
s.task(({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve((running = false)))))
const state = () => (s.aborted ? 'ended' : 'goes on') + (running ? ', its task runs' : '')
// One message for each event: what a page sends while it closes may get lost.
const tell = (what) => navigator.sendBeacon('/tell', what + ': ' + state())
addEventListener('pagehide', ({ persisted }) => tell(persisted ? 'kept' : 'gone'))
addEventListener('pageshow', ({ persisted }) => persisted && tell('back'))
document.title = 'ready'
</script>`

const pages = { '/first': first, '/second': '<!doctype html><title>second</title>' }

let server
let address

before(async () => {
  server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://page')
    if (pathname === '/tell') {
      told.push(await new Response(request).text())
      response.end()
    } else if (pathname in pages) response.writeHead(200, { 'content-type': 'text/html' }).end(pages[pathname])
    else serveFile(pathname, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  address = `http://127.0.0.1:${server.address().port}`
})
after(() => server.close())

function serveFile(pathname, response) {
  try {
    const body = readFileSync(join(root, pathname))
    response.writeHead(200, { 'content-type': types[extname(pathname)] ?? 'text/plain' }).end(body)
  } catch {
    response.writeHead(404).end()
  }
}

async function until(condition) {
  const limit = performance.now() + 20_000
  while (!condition()) {
    if (performance.now() > limit) throw new Error(`Never came true: ${condition}; the page has told ${told}`)
    await delay(20)
  }
}

const browsers = {
  // Playwright turns the way back as it was off, for its own sake.
  chromium: (options) =>
    chromium.launch({ ...options, args: ['--no-sandbox'], ignoreDefaultArgs: ['--disable-back-forward-cache'] }),
  firefox: (options) => firefox.launch(options),
}

for (const [name, launch] of Object.entries(browsers)) {
  const found = findBrowser(name)
  const skip = found === undefined && process.env.CI !== 'true' ? `${name} is not installed` : false

  describe(name, { skip }, () => {
    let browser
    before(async () => {
      browser = await launch(found.options)
    })
    after(() => browser?.close())

    async function openFirst() {
      told.length = 0
      const tab = await browser.newPage()
      tab.setDefaultTimeout(20_000)
      await tab.goto(`${address}/first`)
      await tab.waitForFunction(() => document.title === 'ready')
      return tab
    }

    test('the scope of a page that is kept goes on when it is shown again', async () => {
      const tab = await openFirst()
      await tab.goto(`${address}/second`)
      await until(() => told.length >= 1)
      assert.deepEqual(told, ['kept: goes on, its task runs'])
      // Not goBack(), which waits for a page that loads.
      await tab.evaluate(() => setTimeout(() => history.back()))
      await until(() => told.length >= 2)
      assert.equal(told[1], 'back: goes on, its task runs')
      await tab.close({ runBeforeUnload: true })
      await until(() => told.length >= 3) // so that it tells nothing to the next test
      assert.equal(told[2], 'gone: ended')
    })

    test('the scope of a page that is closed ends', async () => {
      const tab = await openFirst()
      await tab.close({ runBeforeUnload: true }) // without, the page is not told
      await until(() => told.length >= 1)
      assert.equal(told[0], 'gone: ended')
    })

    test('the plain-DOM example searches, keeps time, and complains of nothing', async () => {
      const tab = await browser.newPage()
      tab.setDefaultTimeout(20_000)
      const complaints = []
      tab.on('console', (message) => complaints.push(message.text()))
      tab.on('pageerror', (error) => complaints.push(String(error)))
      await tab.goto(`${address}/examples/plain-dom/index.html`)
      await tab.getByLabel('City').fill('ber')
      await tab.getByText('Berlin').waitFor()
      await tab.getByText('on this page').waitFor()
      assert.deepEqual(await tab.locator('li').allTextContents(), ['Berlin', 'Bern'])
      assert.deepEqual(complaints, [])
      await tab.close()
    })
  })
}
