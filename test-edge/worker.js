/**
 * The Worker that runs the conformance suite inside workerd: one request for each test, as a Worker's life really is. Tests of
 * what needs storage run in a Durable Object, which has one.
 */
import { assert } from 'chai'
import * as lib from 'go-go-scope'
import * as inspector from 'go-go-scope/inspector'
import * as testing from 'go-go-scope/testing'
import { environments } from '../build/runtimes/conformance/env.js'
import { conformance } from '../build/runtimes/conformance/index.js'
import { using } from '../build/native/runtimes/conformance/using.js'

/** What opening a scope here, outside of any request, throws. */
const atModuleScope = (() => {
  try {
    lib.scope()
  } catch (error) {
    return error
  }
})()

function collect(env) {
  const tests = []
  const test = (name, fn) => tests.push({ name, fn })
  const openCheckpoints = env.storage && (() => new lib.DurableObjectCheckpointProvider(env.storage))
  const modules = { base: undefined, tasks: () => import('../runtimes/conformance/modules/tasks.js') }
  const kit = { lib, testing, inspector, test, assert, env, openCheckpoints, modules }
  test('the export conditions choose the workerd entry', () => assert.equal(lib.runtime, 'workerd'))
  test('mistakes: a scope at module scope is refused, and the error says where to make it', () => {
    assert.match(atModuleScope?.message, /^Cannot create scope: the module scope of a Worker .+ scoped\(handler\)$/)
    assert.match(atModuleScope.cause?.message, /global scope/)
  })
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

async function answer(request, tests) {
  const path = new URL(request.url).pathname.split('/').at(-1)
  return Response.json(path === 'names' ? tests.map(({ name }) => name) : await attempt(tests[Number(path)].fn))
}

/** Runs what needs storage, which the tests outside of it leave out. */
export class Storage {
  constructor({ storage }) {
    this.env = { ...environments.workerd, storage }
  }

  fetch(request) {
    const others = new Set(collect(environments.workerd).map(({ name }) => name))
    return answer(
      request,
      collect(this.env).filter(({ name }) => !others.has(name)),
    )
  }
}

export default {
  fetch(request, { STORAGE }) {
    if (!new URL(request.url).pathname.startsWith('/storage/')) return answer(request, collect(environments.workerd))
    return STORAGE.get(STORAGE.idFromName('tests')).fetch(request)
  },
}
