/** The conformance suite on the sources, for their coverage; the engines run it on the built package. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assert } from 'chai'
import { afterAll, test } from 'vitest'
import { environments } from '../runtimes/conformance/env.js'
import { conformance } from '../runtimes/conformance/index.js'
import * as lib from '../runtimes/node/index.js'
import * as inspector from '../runtimes/inspector/index.js'
import * as testing from '../runtimes/generic/testing.js'

const folder = mkdtempSync(join(tmpdir(), 'checkpoints-'))
afterAll(() => rmSync(folder, { recursive: true }))

const base = new URL('../runtimes/conformance/modules/', import.meta.url).href
// The tasks are loaded here only where there are no workers.
const modules = { base, tasks: async () => ({}) }

conformance({
  lib,
  testing,
  inspector,
  test: (name, fn) => test(name, () => fn()),
  assert,
  // With coverage, a thread that runs out of memory takes the process with it; the suite's own runner has that test.
  env: { ...environments.node, smallWorker: undefined },
  openCheckpoints: () => new lib.FileCheckpointProvider(folder),
  modules,
})
