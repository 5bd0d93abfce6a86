/** Opens the built site in Chromium: no error, nothing from elsewhere, nothing that a screen reader trips over; the search finds. */
import { globSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { chromium } from 'playwright'
import { serve } from 'vitepress'
import { findBrowser } from '../../.ci/browsers.mjs'
import { long } from '../../.ci/run.mjs'

const docs = join(import.meta.dirname, '..')
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const origin = 'http://localhost'

/** One page of each kind; the long run opens all that are written by hand. */
const pages = long
  ? [
      ...globSync('**/*.md', { cwd: docs, exclude: (path) => path.startsWith('api') || path === 'examples' }),
      'api/index.md',
    ]
  : ['index.md', 'start/index.md', 'concepts/cancellation.md', 'compare/index.md', 'benchmarks.md']
const reference = ['functions/semaphore.md', 'interfaces/TaskOptions.md']
const paths = [...pages, ...reference.map((file) => `api/go-go-scope/${file}`)].map(
  (file) => `/${file.replace(/(index)?\.md$/, '')}`,
)

/** The theme's own: its search button is called Search and shows its keys, its groups are buttons with a button inside. */
const rules = { 'label-content-name-mismatch': { enabled: false }, 'nested-interactive': { enabled: false } }

/** What is wrong on a page, in this colour scheme, at this width. */
async function troubles(browser, url, colorScheme, width) {
  const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 } })
  const found = []
  page.on('console', (message) => message.type() === 'error' && found.push(message.text()))
  page.on('pageerror', (error) => found.push(String(error)))
  page.on(
    'request',
    (request) => /^(http:\/\/localhost|data:)/.test(request.url()) || found.push(`asks ${request.url()}`),
  )
  await page.goto(url, { waitUntil: 'load' })
  // Named by the script of the site: before it has run, a page is not yet what its readers get.
  await page.waitForSelector('.VPSwitchAppearance:not([title=""])', { state: 'attached' })
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  if (wide > 0) found.push(`is ${wide} pixels wider than the window`)
  await page.evaluate(axe)
  const runOnly = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']
  const options = { runOnly, rules, resultTypes: ['violations'] }
  const { violations } = await page.evaluate((wanted) => window.axe.run(document, wanted), options)
  for (const { id, nodes } of violations)
    found.push(`${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' ; ')}`)
  await page.close()
  return found.map((trouble) => `${new URL(url).pathname} (${colorScheme}, ${width}): ${trouble}`)
}

/** Whether the search box finds a page by a word of it. */
async function search(browser, url) {
  const page = await browser.newPage()
  await page.goto(url)
  await page.click('#local-search button')
  await page.fill('.VPLocalSearchBox input', 'semaphore')
  await page.waitForSelector('.VPLocalSearchBox .result[href*="semaphore"]', { timeout: 60_000 })
  await page.close()
}

/** Throws what it has found. Without Chromium it says so, and that is all. */
export async function visit(port) {
  const found = findBrowser('chromium')
  if (!found) return console.log('not opened in a browser: Chromium is not installed')
  const site = await serve({ root: docs, port })
  const browser = await chromium.launch(found.options)
  try {
    const url = `${origin}:${port}`
    await search(browser, url)
    const all = []
    for (const [at, path] of paths.entries()) {
      // Each page in one of the four ways to see it: all of them share their parts.
      all.push(...(await troubles(browser, url + path, at % 2 ? 'dark' : 'light', at % 4 < 2 ? 1280 : 390)))
    }
    if (all.length > 0) throw new Error(`the site has faults:\n${all.join('\n')}`)
    console.log(`${paths.length} pages opened`)
  } finally {
    await browser.close()
    await new Promise((closed) => site.server.close(closed))
  }
}
