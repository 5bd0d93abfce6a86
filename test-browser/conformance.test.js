/** The conformance suite in a browser page. */
import { assert } from 'chai'
import * as lib from 'go-go-scope'
import * as inspector from 'go-go-scope/inspector'
import * as testing from 'go-go-scope/testing'
import { environments } from '../build/runtimes/conformance/env.js'
import { conformance } from '../build/runtimes/conformance/index.js'

const openCheckpoints = () => new lib.IndexedDBCheckpointProvider({ name: 'conformance' })
const modules = {
  base: new URL('../runtimes/conformance/modules/', import.meta.url).href,
  tasks: () => import('../runtimes/conformance/modules/tasks.js'),
}
const kit = { lib, testing, inspector, test: it, assert, env: environments.browser, openCheckpoints, modules }

it('the export conditions choose the browser entry', () => assert.equal(lib.runtime, 'browser'))
conformance(kit)

// To an engine without native `await using`, as both WebKits are, the file would be a syntax error. The class came with it.
if (typeof SuppressedError === 'function') {
  const native = await import('../build/native/runtimes/conformance/using.js')
  native.using({ ...kit, test: (name, fn) => it(`native: ${name}`, fn) })
}
