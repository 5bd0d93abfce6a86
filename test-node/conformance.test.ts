/** The conformance suite on the sources, for their coverage; the engines run it on the built package. */
import { assert } from 'chai'
import { test } from 'vitest'
import { environments } from '../runtimes/conformance/env.js'
import { conformance } from '../runtimes/conformance/index.js'
import * as lib from '../runtimes/node/index.js'
import * as testing from '../src/testing/index.js'

const base = new URL('../runtimes/conformance/modules/', import.meta.url).href
// The tasks are loaded here only where there are no workers.
const modules = { base, tasks: async () => ({}) }

conformance({ lib, testing, test: (name, fn) => test(name, () => fn()), assert, env: environments.node, modules })
