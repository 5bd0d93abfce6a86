/** Runs the browser tests in the browser that ENGINE names, and reports in one line what .ci/engines.mjs reads. */
import { playwrightLauncher } from '@web/test-runner-playwright'
import { findBrowser } from '../.ci/browsers.mjs'
import { long, testTimeout } from '../.ci/run.mjs'
import { bundleReactTests } from './react/bundle.mjs'
import { webkitLauncher } from './webkit-launcher.mjs'

const engine = process.env.ENGINE ?? 'chromium'
const browser = findBrowser(engine)
if (!browser) throw new Error(`${engine} is not installed: npm run browsers`)
let version = 'unknown'
await bundleReactTests()

// Sandboxing needs rights a container lacks; the rest keeps Chromium from calling home during a test.
const chromiumFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

function launcher() {
  if (browser.launcher === 'webdriver') return webkitLauncher({ ...browser, onVersion: (found) => (version = found) })
  const args = browser.product === 'chromium' ? chromiumFlags : []
  return playwrightLauncher({
    product: browser.product,
    launchOptions: { ...browser.options, args },
    createBrowserContext({ browser: started }) {
      version = started.version()
      return started.newContext()
    },
  })
}

/** The message and where it came from, without the test framework's own frames. */
function describeError({ message = 'did not run', stack = '' } = {}) {
  const frames = stack.split('\n').filter((line) => !line.includes('node_modules') && !line.includes(message))
  return [message, ...frames].join('\n')
}

/** Every test of a session, suites flattened. */
function testsOf({ name, tests = [], suites = [] }, path = '') {
  const prefix = path + (name ? `${name} › ` : '')
  return [
    ...tests.map((test) => ({ ...test, name: prefix + test.name })),
    ...suites.flatMap((suite) => testsOf(suite, prefix)),
  ]
}

const reporter = {
  onTestRunFinished({ sessions }) {
    let passed = 0
    let failed = 0
    for (const session of sessions) {
      for (const error of session.errors) console.log(`✖ ${session.testFile}\n  ${describeError(error)}`)
      failed += session.errors.length
      for (const test of session.testResults ? testsOf(session.testResults) : []) {
        if (test.passed) passed++
        else failed++
        if (!test.passed) console.log(`✖ ${test.name}\n  ${describeError(test.error)}`)
      }
      for (const line of session.passed ? [] : session.logs) console.log('  console:', ...line)
      for (const request of session.request404s) console.log(`  not found: ${request.url ?? request}`)
    }
    console.log(`version ${version}\n${passed} passed, ${failed} failed`)
  },
}

export default {
  files: ['test-browser/*.test.js'],
  rootDir: '.',
  nodeResolve: { exportConditions: ['browser'] },
  browsers: [launcher()],
  concurrency: 1,
  testFramework: { config: { timeout: testTimeout } },
  // A page that is stuck must be told before the command as a whole is given up.
  testsFinishTimeout: long ? 3_000_000 : 150_000,
  browserStartTimeout: 60_000,
  testsStartTimeout: 60_000,
  reporters: [reporter],
}
