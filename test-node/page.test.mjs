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

/** What the pages have told, in order; a page is known by its query. */
const told = []
const toldBy = (page) => told.filter((line) => line.startsWith(page)).map((line) => line.slice(page.length + 1))

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
const tell = (what) => navigator.sendBeacon('/tell', location.search + ' ' + what + ': ' + state())
addEventListener('pagehide', ({ persisted }) => tell(persisted ? 'kept' : 'gone'))
addEventListener('pageshow', ({ persisted }) => persisted && tell('back'))
document.title = 'ready'
</script>`

const html = { 'content-type': 'text/html' }
/** Keeps Firefox from keeping a page for the way back. */
const unkept = { 'cache-control': 'no-store' }
const pages = { '/first': first, '/second': '<!doctype html><title>second</title>' }

let server
let address

before(async () => {
  server = createServer(async (request, response) => {
    const { pathname, search } = new URL(request.url, 'http://page')
    if (pathname === '/tell') {
      told.push(await new Response(request).text())
      response.end()
    } else if (pathname in pages)
      response.writeHead(200, { ...html, ...(search.endsWith('gone') && unkept) }).end(pages[pathname])
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
  chromium: {
    // Playwright turns the way back as it was off, for its own sake.
    launch: (options) =>
      chromium.launch({ ...options, args: ['--no-sandbox'], ignoreDefaultArgs: ['--disable-back-forward-cache'] }),
    leave: (tab) => tab.close({ runBeforeUnload: true }), // without, the page is not told
  },
  firefox: {
    launch: (options) => firefox.launch(options),
    // Not by closing: Firefox ends the scripts of a tab that is closed, in the midst of what they do.
    leave: (tab) => go(tab, '/second'),
  },
}

/** Leaves a page as a link does. */
const go = (tab, path) => tab.evaluate((to) => setTimeout(() => location.assign(to)), path)

for (const [name, { launch, leave }] of Object.entries(browsers)) {
  const found = findBrowser(name)
  const skip = found === undefined && process.env.CI !== 'true' ? `${name} is not installed` : false

  describe(name, { skip }, () => {
    let browser
    before(async () => {
      browser = await launch(found.options)
    })
    after(() => browser?.close())

    async function openFirst(query) {
      const tab = await browser.newPage()
      tab.setDefaultTimeout(20_000)
      await tab.goto(`${address}/first${query}`)
      await tab.waitForFunction(() => document.title === 'ready')
      return tab
    }

    test('the scope of a page that is kept goes on when it is shown again', async () => {
      const page = `?${name}-kept`
      const tab = await openFirst(page)
      await go(tab, '/second')
      await tab.waitForURL('**/second')
      await until(() => toldBy(page).length >= 1)
      // Not goBack(), which waits for a page that loads.
      await tab.evaluate(() => setTimeout(() => history.back()))
      await until(() => toldBy(page).length >= 2)
      assert.deepEqual(toldBy(page), ['kept: goes on, its task runs', 'back: goes on, its task runs'])
      await tab.close()
    })

    test('the scope of a page that is not kept ends when it is left', async () => {
      const page = `?${name}-gone`
      const tab = await openFirst(page)
      await leave(tab)
      await until(() => toldBy(page).length >= 1)
      assert.deepEqual(toldBy(page), ['gone: ended'])
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
