/** The conformance suite under `node --test`, in whichever major runs this. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { assert } from 'chai'
import * as lib from 'go-go-scope'
import * as inspector from 'go-go-scope/inspector'
import * as testing from 'go-go-scope/testing'
import { environments } from '../build/runtimes/conformance/env.js'
import { conformance } from '../build/runtimes/conformance/index.js'

const folder = mkdtempSync(join(tmpdir(), 'checkpoints-'))
after(() => rmSync(folder, { recursive: true }))
const openCheckpoints = () => new lib.FileCheckpointProvider(folder)

// node:test passes its own context, which is none of the suite's business.
const modules = {
  base: new URL('../runtimes/conformance/modules/', import.meta.url).href,
  tasks: () => import('../runtimes/conformance/modules/tasks.js'),
}
const kit = {
  lib,
  testing,
  inspector,
  test: (name, fn) => test(name, () => fn()),
  assert,
  env: environments.node,
  openCheckpoints,
  modules,
}

// Once nothing holds the process open, Node 20 and 22 blame a test that hangs on all those after it.
const alive = setInterval(() => {}, 1000)
after(() => clearInterval(alive))

test('the export conditions choose the Node entry', () => assert.equal(lib.runtime, 'node'))
conformance(kit)

// To an engine without native `await using`, as Node 20 and 22 are, the file would be a syntax error. The class came with it.
if (typeof SuppressedError === 'function') {
  const native = await import('../build/native/runtimes/conformance/using.js')
  native.using({ ...kit, test: (name, fn) => test(`native: ${name}`, () => fn()) })
}
