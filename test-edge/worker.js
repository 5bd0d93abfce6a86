/**
 * The Worker that runs the conformance suite inside workerd: one request for each test, as a Worker's life really is. Tests of
 * the store run in a Durable Object, which has one.
 */
import { assert } from 'chai'
import * as lib from 'go-go-scope'
import * as testing from 'go-go-scope/testing'
import { environments } from '../build/runtimes/conformance/env.js'
import { conformance } from '../build/runtimes/conformance/index.js'
import { using } from '../build/native/runtimes/conformance/using.js'

function collect(storage) {
  const tests = []
  const test = (name, fn) => tests.push({ name, fn })
  const openCheckpoints = () => new lib.DurableObjectCheckpointProvider(storage)
  const kit = { lib, testing, test, assert, env: environments.workerd, openCheckpoints }
  test('the export conditions choose the workerd entry', () => assert.equal(lib.runtime, 'workerd'))
  conformance(kit)
  using({ ...kit, test: (name, fn) => test(`native: ${name}`, fn) })
  return tests
}

async function attempt(fn) {
  try {
    await fn()
    return { ok: true }
  } catch (error) {
    return { ok: false, error: error?.stack ?? String(error) }
  }
}

const pathOf = (request) => new URL(request.url).pathname.slice(1)

export class Store {
  #storage

  constructor({ storage }) {
    this.#storage = storage
  }

  async fetch(request) {
    return Response.json(await attempt(collect(this.#storage)[Number(pathOf(request))].fn))
  }
}

export default {
  async fetch(request, { STORE }) {
    const path = pathOf(request)
    const tests = collect()
    if (path === 'names') return Response.json(tests.map(({ name }) => name))
    const { name, fn } = tests[Number(path)]
    if (name.startsWith('the store of the host: ')) return STORE.get(STORE.idFromName('suite')).fetch(request)
    return Response.json(await attempt(fn))
  },
}
