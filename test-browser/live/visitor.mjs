/** What a visitor of the live page sees and does. */
import { setTimeout as delay } from 'node:timers/promises'

/** How long to wait for what must come: generous, since machines are noisy. */
const patience = 20_000

/** Opens the page, in a tab of the profile. Each visitor has an address of its own, by which the Worker's journal knows them. */
export async function newVisitor(profile, address, journal) {
  const at = { tab: await profile.tab() }
  const sees = seeing(at, address, journal)
  const visitor = { ...sees, ...doing(at, sees), ...moving(at, sees, profile, address) }
  await visitor.enter()
  return visitor
}

/** Asks until the answer will do. */
async function until(ask, willDo, describe) {
  const end = Date.now() + patience
  for (;;) {
    const answer = await ask()
    if (willDo(answer)) return answer
    if (Date.now() > end) throw new Error(`In vain waited for ${await describe(answer)}`)
    await delay(40)
  }
}

function seeing(at, address, journal) {
  const text = (selector) => at.tab.evaluate((selector) => document.querySelector(selector)?.textContent, selector)
  const page = () => at.tab.evaluate(() => document.querySelector('main')?.innerText)
  const requests = async (path) =>
    (await journal()).filter((entry) => entry.page === address && entry.path.startsWith(`/api/${path}`))
  return {
    text,
    /** The requests of this visit for a path. */
    requests,
    /** Waits for a function of the page to come true; gives what it gave. */
    until: (fn, input) =>
      until(
        () => at.tab.evaluate(fn, input),
        Boolean,
        async () => `${fn}\n${await page()}`,
      ),
    untilText: (selector, wanted) =>
      until(
        () => text(selector),
        (found) => found?.includes(wanted),
        async (found) => `${wanted} in ${selector}, which says ${found}\n${await page()}`,
      ),
    untilRequests: (path, willDo) =>
      until(
        () => requests(path),
        willDo,
        (found) => `${path}: ${JSON.stringify(found)}`,
      ),
    async expectNoComplaint() {
      const problems = await at.tab.problems()
      if (problems.length > 0) throw new Error(`The page complained: ${problems.join('\n')}`)
    },
  }
}

function doing(at, { untilText }) {
  /** Types into the field as quickly on the slowest machine: `ms` milliseconds a letter. */
  const hurry = (text, ms = 0) =>
    at.tab.evaluate(
      async ([text, ms]) => {
        const input = document.querySelector('#query')
        for (let length = 1; length <= text.length; length++) {
          input.value = text.slice(0, length)
          input.dispatchEvent(new InputEvent('input', { bubbles: true }))
          if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms))
        }
      },
      [text, ms],
    )
  return {
    hurry,
    async found(text) {
      await hurry(text)
      await untilText('#search-status', `for ${text}`)
    },
    /** Chooses from a list, as the list itself would tell. */
    choose: (selector, value) =>
      at.tab.evaluate(
        ([selector, value]) => {
          const list = document.querySelector(selector)
          list.value = value
          list.dispatchEvent(new Event('change', { bubbles: true }))
        },
        [selector, value],
      ),
  }
}

/** Whoever goes looks back first: what the page complained of goes with it. */
function moving(at, { untilText, expectNoComplaint }, profile, address) {
  const listens = () => untilText('#breaker-text', 'Calls pass')
  async function enter() {
    await at.tab.goto(address)
    await listens()
  }
  return {
    /** The first tab. */
    tab: at.tab,
    /** Opens the page, and waits until it listens. */
    enter,
    async reload() {
      await expectNoComplaint()
      await at.tab.reload()
      await listens()
    },
    /** Closes the tab and opens another one. */
    async reopen() {
      await expectNoComplaint()
      await at.tab.close()
      at.tab = await profile.tab()
      await enter()
    },
  }
}
