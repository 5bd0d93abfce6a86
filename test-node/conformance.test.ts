/** The conformance suite once more, on the sources: it is what covers them. */
import { assert } from 'chai'
import { test } from 'vitest'
import { environments } from '../runtimes/conformance/env.js'
import { conformance } from '../runtimes/conformance/index.js'
import * as testing from '../runtimes/generic/testing.js'
import * as lib from '../runtimes/node/index.js'

conformance({ lib, testing, test: (name, fn) => test(name, () => fn()), assert, env: environments.node })
