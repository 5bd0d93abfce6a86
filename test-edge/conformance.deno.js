/** The conformance suite under `deno test`, which also looks for timers and resources left over. */
import { assert } from 'chai'
import * as lib from 'go-go-scope'
import * as inspector from 'go-go-scope/inspector'
import * as testing from 'go-go-scope/testing'
import { environments } from '../build/runtimes/conformance/env.js'
import { conformance } from '../build/runtimes/conformance/index.js'
import { using } from '../build/native/runtimes/conformance/using.js'

// By itself Deno would cancel all tests after the first rejection that nobody handles; here only its own test fails.
const rejections = []
globalThis.addEventListener('unhandledrejection', (event) => {
  event.preventDefault()
  rejections.push(event.reason)
})

/** Runs a test with the rejections that are its own: they are told once the microtasks have run dry. */
async function watched(fn) {
  let cause
  try {
    await fn()
  } finally {
    await new Promise((done) => setTimeout(done))
    cause = rejections.splice(0)[0]
  }
  if (cause !== undefined) throw new Error(`a rejection that nobody handled: ${cause}`, { cause })
}

function test(name, fn) {
  Deno.test({ name, fn: () => watched(fn), sanitizeOps: true, sanitizeResources: true })
}

// The one folder that the command lets it write to; each test deletes what it saves.
const openCheckpoints = () => new lib.FileCheckpointProvider('build/deno-checkpoints')
const modules = {
  base: new URL('../runtimes/conformance/modules/', import.meta.url).href,
  tasks: () => import('../runtimes/conformance/modules/tasks.js'),
}
const kit = { lib, testing, inspector, test, assert, env: environments.deno, openCheckpoints, modules }

test('the export conditions choose the Deno entry', () => assert.equal(lib.runtime, 'deno'))
conformance(kit)

test('files: a missing permission is an error that names it', async () => {
  const error = await new lib.FileCheckpointProvider('dist/none').claim('job').catch((thrown) => thrown)
  assert.equal(error.name, 'ProviderError')
  assert.match(error.message, /--allow-write/)
})
using({ ...kit, test: (name, fn) => test(`native: ${name}`, fn) })
