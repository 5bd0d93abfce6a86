/** Runs the conformance suite in workerd, with and without its imitation of Node, before and after that became the default. */
import { Miniflare } from 'miniflare'
import { bundle } from '../.ci/bundle.mjs'

// From this date on workerd imitates Node unasked.
const imitatesNodeFrom = '2026-08-04'
const configurations = [
  { compatibilityDate: '2026-07-01', compatibilityFlags: [] },
  { compatibilityDate: '2026-07-01', compatibilityFlags: ['nodejs_compat'] },
  { compatibilityDate: imitatesNodeFrom, compatibilityFlags: [] },
  { compatibilityDate: imitatesNodeFrom, compatibilityFlags: ['nodejs_compat'] },
]

/** Fetches JSON; a handler that never settles, or a Worker that will not start, answers with an error page. */
async function ask(miniflare, path) {
  const response = await miniflare.dispatchFetch(`http://suite/${path}`)
  const text = await response.text()
  if (!response.ok) throw new Error(text.slice(0, 2000))
  return JSON.parse(text)
}

async function runSuite(script, configuration) {
  const label = [configuration.compatibilityDate, ...configuration.compatibilityFlags].join(' ')
  // Both kinds of storage, which differ in how long a value may be.
  const useSQLite = configuration.compatibilityFlags.length === 0
  const durableObjects = { STORAGE: { className: 'Storage', useSQLite } }
  const miniflare = new Miniflare({ modules: true, script, durableObjects, ...configuration })
  let passed = 0
  let failed = 0
  const fail = (name, error) => {
    failed++
    console.log(`✖ ${name} (${label})\n  ${error}`)
  }
  try {
    for (const place of ['', 'storage/']) {
      for (const [index, name] of (await ask(miniflare, `${place}names`)).entries()) {
        const result = await ask(miniflare, place + index).catch((error) => ({ ok: false, error }))
        if (result.ok) passed++
        else fail(name, result.error)
      }
    }
  } catch (error) {
    fail('the Worker starts', error)
  } finally {
    await miniflare.dispose()
  }
  return { passed, failed }
}

const script = await bundle('test-edge/worker.js')
const total = { passed: 0, failed: 0 }
for (const configuration of configurations) {
  const { passed, failed } = await runSuite(script, configuration)
  total.passed += passed
  total.failed += failed
}
console.log(`${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0
