/** The live page, end to end: what a visitor does, sees and sends. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import axe from 'axe-core'
import { openStage } from './stage.mjs'

let stage
before(async () => {
  stage = await openStage()
})
after(() => stage?.close())

/** A test with a visitor of its own. */
const visit = (name, fn) => test(name, (t) => stage.visit((visitor) => fn(visitor, t)))

visit('typing quickly asks once', async ({ hurry, untilText, requests, text }) => {
  await hurry('lond', 10)
  await untilText('#search-status', 'for lond')
  assert.deepEqual(
    (await requests('search')).map(({ query }) => query.q),
    ['lond'],
  )
  assert.match(await text('#results'), /London/)
})

visit('everything can be done with the keyboard', async (visitor) => {
  const { tab, untilText, until } = visitor
  await tab.press('Tab')
  assert.equal(await tab.evaluate(() => document.activeElement.id), 'query')
  await tab.type('zurich')
  await untilText('#search-status', 'for zurich')
  await tab.press('ArrowDown')
  await tab.press('ArrowDown')
  const [active, name] = await tab.evaluate(() => {
    const option = document.getElementById(document.querySelector('#query').getAttribute('aria-activedescendant'))
    return [option.getAttribute('aria-selected'), option.querySelector('.name').textContent]
  })
  assert.equal(active, 'true')
  await tab.press('Enter')
  await untilText('#details-name', name)
  await until(() => document.querySelectorAll('#details-nearest button').length === 5)
  await tab.press('Escape')
  assert.equal(await tab.evaluate(() => document.querySelector('#results').hidden), true)
  await tab.press('Tab')
  await tab.press('Tab')
  const next = await tab.evaluate(() => document.activeElement.textContent)
  await tab.press('Enter')
  await untilText('#details-name', next)
})

// Most of these wait most of the time, and none needs the focus or a quick timer.
describe('the live page', { concurrency: 4 }, () => {
  visit('an answer to what is no longer asked never shows', async (visitor) => {
    const { tab, choose, hurry, untilRequests, untilText } = visitor
    await choose('#latency', '3000')
    await tab.evaluate(() => {
      const status = document.querySelector('#search-status')
      globalThis.said = []
      new MutationObserver(() => globalThis.said.push(status.textContent)).observe(status, { childList: true })
    })
    await hurry('par')
    await untilRequests('search', (found) => found.length === 1)
    await choose('#latency', '0')
    await hurry('paris')
    await untilText('#search-status', 'for paris')
    await untilRequests(
      'search',
      (found) => found.length === 2 && found.every(({ outcome }) => outcome !== 'under way'),
    )
    const said = await tab.evaluate(() => globalThis.said)
    assert.equal(said.length, 1, said.join('\n'))
  })

  visit('the ranking leaves the main thread free', async ({ found, tab }) => {
    await found('san')
    const { turns, words } = await tab.evaluate(() => {
      const cost = document.querySelector('#rank-cost')
      return { turns: Number(cost.dataset.turns), words: cost.textContent }
    })
    assert.match(words, /^Ranked 2,000 in [\d,]+ ms in a worker/)
    assert.ok(turns >= 5, words) // on the main thread it would be none or one
  })

  visit('the mirror wins a race with a slow primary, which is cancelled', async (visitor) => {
    const { tab, found, untilText, requests } = visitor
    await tab.click('#slow-primary')
    await found('nairobi')
    await tab.click('#results [role=option]')
    await untilText('#details-status', 'The mirror was first')
    await untilText('[data-source=primary] .outcome', 'cancelled')
    await untilText('[data-source=mirror] .outcome', 'answered')
    assert.equal((await requests('city')).length, 2) // nothing was tried again
  })

  visit('errors open the breaker, which heals by itself', async (visitor) => {
    const { tab, found, requests, choose, untilText, until } = visitor
    await found('lima')
    await tab.click('#failing')
    await tab.click('#results [role=option]')
    const isAt = (state) =>
      document.querySelector(`.states [data-state="${state}"]`).getAttribute('aria-current') === 'true'
    await until(isAt, 'open')
    await untilText('#details-status', 'No source has answered. Circuit breaker is open')
    assert.equal((await requests('city')).length, 2 * 3) // the fourth attempt was refused without a request
    await choose('#latency', '3000') // so that it is seen half-open
    await tab.click('#failing')
    await until(isAt, 'half-open')
    await until(isAt, 'closed')
    const history = await tab.evaluate(() =>
      [...document.querySelectorAll('#breaker-history li')].map(({ textContent }) => textContent),
    )
    assert.match(history.join(' '), /^closed open (half-open open )*half-open closed$/)
    await choose('#latency', '0')
    await found('quito')
  })

  visit('without network what is under way ends, and with it again all goes on', async (visitor) => {
    const { tab, choose, hurry, found, untilRequests, untilText } = visitor
    const flip = () => tab.evaluate(() => document.querySelector('#offline').click())
    await choose('#latency', '3000')
    await hurry('oslo')
    await untilRequests('search', (found) => found.length === 1)
    await flip()
    await untilText('#search-status', 'You are offline')
    await untilText('#network', 'Offline')
    await choose('#latency', '0')
    await flip()
    await untilText('#network', 'Online')
    await found('oslo')
  })

  visit('the survey goes on after a reload, and in a new tab', async (visitor) => {
    const { tab, until, reload, reopen, requests } = visitor
    const counted = (least) => Number(document.querySelector('#survey-bar').dataset.next ?? 0) >= least
    const resumed = () => Number(document.querySelector('#survey-status').dataset.resumedFrom ?? 0)
    await tab.click('#survey-start')
    await until(counted, 3_000)
    await reload()
    const first = await until(resumed)
    assert.ok(first >= 3_000, `${first}`)
    await until(counted, first + 3_000)
    await reopen()
    const second = await until(resumed)
    assert.ok(second >= first + 3_000, `${second}`)
    await until(counted, second + 3_000)
    const starts = (await requests('bulk')).filter(({ query }) => query.from === '0')
    assert.equal(starts.length, 1)
  })

  visit('a stopped survey stays stopped until it is told to go on', async (visitor) => {
    const { tab, until, reload, untilText } = visitor
    const counted = (least) => Number(document.querySelector('#survey-bar').dataset.next ?? 0) >= least
    await tab.click('#survey-start')
    await until(counted, 3_000)
    await tab.click('#survey-stop')
    await untilText('#survey-status', 'Stopped')
    await reload()
    assert.equal(await tab.evaluate(() => document.querySelector('#survey-start').hidden), false)
    await tab.click('#survey-start')
    await untilText('#survey-status', 'Went on from city')
  })

  visit('the inspector shows what typing does', async ({ found, until }) => {
    await found('lond')
    const seen = () => {
      const { inspector, shadowRoot } = document.querySelector('scope-inspector')
      const { scope, tasks } = inspector.snapshot()
      if (!shadowRoot.textContent.includes('page')) return undefined // it is drawn a little later
      return [scope.name, ...tasks.map(({ name, status }) => `${name} ${status}`)]
    }
    const [name, ...tasks] = await until(seen)
    assert.equal(name, 'page')
    assert.deepEqual(tasks.slice(-2), ['request succeeded', 'rank succeeded'])
  })

  visit('leaving for a while leaves the page as it was', async ({ tab, found }) => {
    await found('rome')
    await tab.goto('about:blank')
    await tab.back()
    await found('tokyo')
  })

  visit('leaving for good ends the scope, and with it all that it has started', async (visitor) => {
    const { tab, choose, hurry, found, untilRequests, until } = visitor
    const leave = (persisted) => window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted }))
    await tab.evaluate(leave, true)
    await found('lagos')
    await choose('#latency', '3000')
    await tab.click('#results [role=option]')
    await untilRequests('city', (requests) => requests.length === 2)
    await tab.evaluate(() => {
      globalThis.page = document.querySelector('scope-inspector').scope
    })
    await tab.evaluate(leave, false)
    await until(() => globalThis.page.isDisposed && document.querySelector('scope-inspector').scope === null)
    assert.match(await tab.evaluate(() => globalThis.page.debugTree({ tasks: true })), /^[^\n]* page [^\n]*$/)
    await hurry('accra')
    assert.equal(await tab.evaluate(() => document.querySelector('#query').ariaBusy), 'false')
  })

  visit('nothing hinders people with disabilities, as far as a program can tell', async (visitor, t) => {
    const { tab, found, until, untilText } = visitor
    const check = async (where) => {
      // Attributes that go while they are read are taken for wrong ones: nothing runs that the inspector still shows.
      await until(() => !document.querySelector('scope-inspector').shadowRoot.querySelector('[aria-expanded]'))
      const violations = await tab.evaluate(async () => {
        const { violations } = await globalThis.axe.run(document, { resultTypes: ['violations'] })
        return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
      })
      assert.deepEqual(violations, [], where)
    }
    await tab.run(axe.source)
    await check('at first')
    await found('bern')
    await tab.click('#results [role=option]')
    await untilText('#details-status', 'was first')
    await check('with results')
    if (tab.dark === undefined) return t.diagnostic('this driver cannot make it dark')
    await tab.dark(true)
    await check('in the dark')
  })
})
