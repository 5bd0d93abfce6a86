/** A browser that only WebDriver drives. */
import { By, Capabilities, Key, WebDriver } from 'selenium-webdriver'
import { Executor, HttpClient } from 'selenium-webdriver/http/index.js'
import { webkitDriver } from '../webkit-driver.mjs'

const keys = { ArrowDown: Key.ARROW_DOWN, Enter: Key.ENTER, Escape: Key.ESCAPE, Tab: Key.TAB }

/** A driver has one session: each profile gets a driver of its own. */
export async function webdriverBrowser(found) {
  const drivers = new Set()
  async function open() {
    const own = webkitDriver(found)
    drivers.add(own)
    const address = await own.start()
    // Selenium's builder would want the name of a browser that it knows.
    const session = WebDriver.createSession(new Executor(new HttpClient(address)), new Capabilities(own.capabilities))
    return { session, end: () => drivers.delete(own) && own.end() }
  }
  let spare = await open()
  const version = (await spare.session.getCapabilities()).get('browserVersion')
  return {
    version,
    async profile() {
      const ready = spare
      spare = undefined
      const { session, end } = ready ?? (await open())
      let used = false
      return {
        async tab() {
          if (used) await session.switchTo().newWindow('tab')
          used = true
          return webdriverTab(session, await session.getWindowHandle())
        },
        async close() {
          await session.quit()
          end()
        },
      }
    },
    async close() {
      for (const each of drivers) each.end()
    },
  }
}

async function evaluate(driver, fn, input) {
  const program = `const done = arguments[1]
    Promise.resolve((${fn})(arguments[0])).then((value) => done({ value }), (error) => done({ error: String(error) }))`
  const { value, error } = await driver.executeAsyncScript(program, input)
  if (error) throw new Error(error)
  return value
}

/** The driver tells nothing of the console, so that the page itself must. */
function watch(driver) {
  return evaluate(driver, () => {
    const problems = (globalThis.problems ??= [])
    console.error = console.warn = (...words) => problems.push(words.join(' '))
    addEventListener('error', ({ message }) => problems.push(message))
    addEventListener('unhandledrejection', ({ reason }) => problems.push(String(reason)))
  })
}

function webdriverTab(driver, handle) {
  const here = () => driver.switchTo().window(handle)
  const then = async (moved) => {
    await moved
    await watch(driver)
  }
  return {
    async goto(url) {
      await here()
      await then(driver.get(url))
    },
    back: () => then(driver.navigate().back()),
    reload: () => then(driver.navigate().refresh()),
    async close() {
      await here()
      await driver.switchTo().newWindow('tab') // a session ends with its last tab
      const other = await driver.getWindowHandle()
      await here()
      await driver.close()
      await driver.switchTo().window(other)
    },
    evaluate: (fn, input) => evaluate(driver, fn, input),
    run: (source) => driver.executeScript(source),
    click: (selector) => driver.findElement(By.css(selector)).click(),
    type: (text) => driver.actions().sendKeys(text).perform(),
    press: (key) => driver.actions().sendKeys(keys[key]).perform(),
    problems: () => evaluate(driver, () => globalThis.problems ?? []),
  }
}
