/** A browser that Playwright drives. */
import { chromium, firefox, webkit } from 'playwright'

const types = { chromium, firefox, webkit }

/** What the tests themselves ask for, and nobody need worry about. */
const asked = [/status of 503/, /net::ERR_ABORTED/, /NS_BINDING_ABORTED/]

/** Starts it. */
export async function playwrightBrowser({ product, options }) {
  const args = product === 'chromium' ? ['--no-sandbox', '--disable-gpu'] : []
  const browser = await types[product].launch({ ...options, args })
  return {
    version: browser.version(),
    async profile() {
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
      return { tab: async () => playwrightTab(await context.newPage()), close: () => context.close() }
    },
    close: () => browser.close(),
  }
}

function playwrightTab(page) {
  const problems = []
  const problem = (text) => {
    if (!asked.some((pattern) => pattern.test(text))) problems.push(text)
  }
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problem(`${message.type()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => problem(`error: ${error.message}`))
  page.on('requestfailed', (request) => problem(`${request.url()}: ${request.failure()?.errorText}`))
  return {
    goto: (url) => page.goto(url),
    back: () => page.goBack(),
    reload: () => page.reload(),
    close: () => page.close(),
    evaluate: (fn, input) => page.evaluate(fn, input),
    /** Runs a program that has no value. */
    run: (source) => page.evaluate(`${source};0`),
    click: (selector) => page.click(selector),
    type: (text) => page.keyboard.type(text),
    press: (key) => page.keyboard.press(key),
    dark: (dark) => page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' }),
    problems: async () => problems,
  }
}
