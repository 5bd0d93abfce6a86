/** The conformance suite on the sources, for their coverage; the engines run it on the built package. */
import { assert } from 'chai'
import { test } from 'vitest'
import { environments } from '../runtimes/conformance/env.js'
import { conformance } from '../runtimes/conformance/index.js'
import * as lib from '../runtimes/node/index.js'
import * as testing from '../runtimes/generic/testing.js'

conformance({ lib, testing, test: (name, fn) => test(name, () => fn()), assert, env: environments.node })
