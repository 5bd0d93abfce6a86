/** The conformance suite under `bun test`. */
import { afterAll, test as bunTest } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assert } from 'chai'
import * as lib from 'go-go-scope'
import * as inspector from 'go-go-scope/inspector'
import * as testing from 'go-go-scope/testing'
import { environments } from '../build/runtimes/conformance/env.js'
import { conformance } from '../build/runtimes/conformance/index.js'
import { using } from '../build/native/runtimes/conformance/using.js'

const test = (name, fn) => bunTest(name, () => fn())
const folder = mkdtempSync(join(tmpdir(), 'checkpoints-'))
afterAll(() => rmSync(folder, { recursive: true }))
const openCheckpoints = () => new lib.FileCheckpointProvider(folder)
const modules = {
  base: new URL('../runtimes/conformance/modules/', import.meta.url).href,
  tasks: () => import('../runtimes/conformance/modules/tasks.js'),
}
const kit = { lib, testing, inspector, test, assert, env: environments.bun, openCheckpoints, modules }

test('the export conditions choose the Bun entry', () => assert.equal(lib.runtime, 'bun'))
conformance(kit)
using({ ...kit, test: (name, fn) => test(`native: ${name}`, fn) })
