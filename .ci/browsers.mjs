/** Finds the browsers the tests run in, and installs those that are missing. */
import { existsSync, globSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { env, getuid } from 'node:process'
import { chromium, firefox, webkit } from 'playwright'
import { aptSteps, isDebian, runSteps } from './debian.mjs'
import { isProgram } from './run.mjs'

const debianPackages = {
  chromium: ['chromium', 'fonts-liberation'],
  firefox: ['firefox-esr', 'fonts-liberation'],
  webkitgtk: ['webkit2gtk-driver', 'xvfb', 'xauth', 'fonts-liberation'],
  wpe: ['cog', 'wpewebkit-driver', 'fonts-liberation'],
}

function which(...names) {
  for (const name of names)
    for (const folder of (env.PATH ?? '').split(delimiter))
      if (folder && existsSync(join(folder, name))) return join(folder, name)
  return undefined
}

/** Playwright's own download of a browser, if there is one. */
function downloaded(type) {
  const path = type.executablePath()
  return path && existsSync(path) ? { launcher: 'playwright', product: type.name() } : undefined
}

const finders = {
  chromium() {
    const executablePath = which('chromium', 'chromium-browser', 'google-chrome')
    return executablePath
      ? { launcher: 'playwright', product: 'chromium', options: { executablePath } }
      : downloaded(chromium)
  },
  firefox() {
    const executablePath = which('firefox-esr', 'firefox')
    // A stock Firefox lacks the patches Playwright's own protocol needs; this channel speaks WebDriver BiDi.
    return executablePath
      ? { launcher: 'playwright', product: 'firefox', options: { executablePath, channel: 'moz-firefox' } }
      : downloaded(firefox)
  },
  webkitgtk() {
    const driver = which('WebKitWebDriver')
    const [binary] = globSync('/usr/lib/*/webkit2gtk-4.*/MiniBrowser')
    return driver && binary && which('Xvfb')
      ? { launcher: 'webdriver', kind: 'webkitgtk', driver, binary }
      : downloaded(webkit)
  },
  wpe() {
    const driver = which('WPEWebDriver')
    const binary = which('cog')
    return driver && binary ? { launcher: 'webdriver', kind: 'wpe', driver, binary } : undefined
  },
}

/** The browser's way to be started, or undefined where it is not installed. */
export function findBrowser(name) {
  return finders[name]()
}

/** Installs what is missing; says so, and what went wrong, but leaves it to the caller to mind. */
export async function installBrowsers() {
  const missing = Object.keys(finders).filter((name) => !findBrowser(name))
  if (missing.length === 0) return
  const debian = isDebian() && getuid() === 0
  await runSteps(`browsers: ${missing.join(', ')}`, debian ? aptSteps(packagesOf(missing)) : playwrightSteps(missing))
}

function packagesOf(missing) {
  return new Set(missing.flatMap((name) => debianPackages[name]))
}

function playwrightSteps(missing) {
  const products = missing.filter((name) => name !== 'wpe').map((name) => name.replace('webkitgtk', 'webkit'))
  return products.length ? [['playwright', 'install', ...products]] : []
}

if (isProgram(import.meta)) {
  await installBrowsers()
  for (const name of Object.keys(finders)) console.log(`${name}: ${findBrowser(name) ? 'found' : 'missing'}`)
}
