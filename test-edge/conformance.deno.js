/** The conformance suite under `deno test`, which also looks for timers and resources left over. */
import { assert } from 'chai'
import * as lib from 'go-go-scope'
import * as testing from 'go-go-scope/testing'
import { environments } from '../build/runtimes/conformance/env.js'
import { conformance } from '../build/runtimes/conformance/index.js'
import { using } from '../build/native/runtimes/conformance/using.js'

const test = (name, fn) => Deno.test({ name, fn: () => fn(), sanitizeOps: true, sanitizeResources: true })
const kit = { lib, testing, test, assert, env: environments.deno }

test('the export conditions choose the Deno entry', () => assert.equal(lib.runtime, 'deno'))
conformance(kit)
using({ ...kit, test: (name, fn) => test(`native: ${name}`, fn) })
