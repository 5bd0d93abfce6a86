/** The Worker that runs the conformance suite inside workerd: one request for each test, as a Worker's life really is. */
import { assert } from 'chai'
import * as lib from 'go-go-scope'
import * as testing from 'go-go-scope/testing'
import { environments } from '../build/runtimes/conformance/env.js'
import { conformance } from '../build/runtimes/conformance/index.js'
import { using } from '../build/native/runtimes/conformance/using.js'

function collect() {
  const tests = []
  const test = (name, fn) => tests.push({ name, fn })
  const modules = { base: undefined, tasks: () => import('../runtimes/conformance/modules/tasks.js') }
  const kit = { lib, testing, test, assert, env: environments.workerd, modules }
  test('the export conditions choose the workerd entry', () => assert.equal(lib.runtime, 'workerd'))
  conformance(kit)
  using({ ...kit, test: (name, fn) => test(`native: ${name}`, fn) })
  return tests
}

async function attempt(fn) {
  try {
    await fn()
    return { ok: true }
  } catch (error) {
    return { ok: false, error: error?.stack ?? String(error) }
  }
}

export default {
  async fetch(request) {
    const path = new URL(request.url).pathname.slice(1)
    const tests = collect()
    return Response.json(path === 'names' ? tests.map(({ name }) => name) : await attempt(tests[Number(path)].fn))
  },
}
