/** The live page, served, and the browser that ENGINE names. */
import { scope } from 'go-go-scope'
import { findBrowser } from '../../.ci/browsers.mjs'
import { serve } from '../../examples/live/server/serve.mjs'
import { newVisitor } from './visitor.mjs'

const engine = process.env.ENGINE ?? 'chromium'

async function startBrowser() {
  const found = findBrowser(engine)
  if (!found) throw new Error(`${engine} is not installed: npm run browsers`)
  if (found.launcher === 'webdriver') {
    const { webdriverBrowser } = await import('./webdriver-tab.mjs')
    return webdriverBrowser(found)
  }
  const { playwrightBrowser } = await import('./playwright-tab.mjs')
  return playwrightBrowser(found)
}

/** Starts both, or neither. */
async function open(s) {
  try {
    return await Promise.all([serve(s, { port: 0 }), startBrowser()])
  } catch (error) {
    await s[Symbol.asyncDispose]()
    throw error
  }
}

/** Starts both. */
export async function openStage() {
  const s = scope({ name: 'live page tests' })
  const [address, browser] = await open(s)
  console.log(`version ${browser.version}`)
  const journal = async () => (await fetch(`${address}api/journal`)).json()
  let visits = 0
  return {
    address,
    /** Runs with a visitor whose browser remembers nothing; fails when the page complained meanwhile. */
    async visit(fn) {
      const profile = await browser.profile()
      try {
        const visitor = await newVisitor(profile, `${address}?visit=${++visits}`, journal)
        await fn(visitor)
        await visitor.expectNoComplaint()
      } finally {
        await profile.close()
      }
    },
    async close() {
      await browser.close()
      await s[Symbol.asyncDispose]()
    },
  }
}
