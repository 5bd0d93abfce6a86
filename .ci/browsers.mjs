/** Finds the browsers the tests run in, and installs those that are missing. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { env, getuid, platform } from 'node:process'
import { chromium, firefox, webkit } from 'playwright'
import { isProgram, run } from './run.mjs'

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

function isDebian() {
  if (platform !== 'linux' || !existsSync('/etc/os-release')) return false
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync('/etc/os-release', 'utf8'))
}

/** Installs what is missing; says so, and what went wrong, but leaves it to the caller to mind. */
export async function installBrowsers() {
  const missing = Object.keys(finders).filter((name) => !findBrowser(name))
  const steps = isDebian() && getuid() === 0 ? aptSteps(missing) : playwrightSteps(missing)
  if (steps.length > 0) console.log(`installing browsers: ${missing.join(', ')}`)
  for (const [command, ...args] of steps) {
    const { code, output } = await run(command, args, { env: { DEBIAN_FRONTEND: 'noninteractive' } })
    if (code !== 0) return console.log(`${command} ${args.join(' ')} failed:\n${output.slice(-2000)}`)
  }
}

function aptSteps(missing) {
  if (missing.length === 0) return []
  const packages = new Set(missing.flatMap((name) => debianPackages[name]))
  // Another installation may hold the lock; waiting for it is quicker than failing.
  const wait = ['-q', '-o', 'DPkg::Lock::Timeout=600']
  return [
    ['apt-get', 'update', ...wait],
    ['apt-get', 'install', '-y', '--no-install-recommends', ...wait, ...packages],
  ]
}

function playwrightSteps(missing) {
  const products = missing.filter((name) => name !== 'wpe').map((name) => name.replace('webkitgtk', 'webkit'))
  return products.length ? [['playwright', 'install', ...products]] : []
}

if (isProgram(import.meta)) {
  await installBrowsers()
  for (const name of Object.keys(finders)) console.log(`${name}: ${findBrowser(name) ? 'found' : 'missing'}`)
}
