/** The conformance suite in a browser page. */
import { assert } from 'chai'
import * as lib from 'go-go-scope'
import * as testing from 'go-go-scope/testing'
import { environments } from '../build/runtimes/conformance/env.js'
import { conformance } from '../build/runtimes/conformance/index.js'

const kit = { lib, testing, test: it, assert, env: environments.browser }

it('the export conditions choose the browser entry', () => assert.equal(lib.runtime, 'browser'))
conformance(kit)

// Both WebKits lack native `await using`: to them the file is a syntax error.
const native = await import('../build/native/runtimes/conformance/using.js').catch((error) => {
  if (!(error instanceof SyntaxError)) throw error
})
native?.using({ ...kit, test: (name, fn) => it(`native: ${name}`, fn) })
