/** What is loaded on first use, in processes that load nothing before: no call is lost, doubled or late for it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { node, root, run } from '../.ci/run.mjs'

/** Runs a body in a fresh process; it gets the library and `s`, and gives what can be written as JSON. */
async function first(options, body) {
  const code = `
    import * as lib from 'go-go-scope'
    const s = lib.scope(${options})
    const answer = await (${body})(lib, s)
    await s[Symbol.asyncDispose]()
    console.log(JSON.stringify(answer))`
  const { code: exit, output } = await run(node, ['--input-type=module', '--eval', code], { cwd: root })
  assert.equal(exit, 0, output)
  return JSON.parse(output)
}

const options = (name, provider) => `{ name: 'late', persistence: { ${name}: new lib.${provider}() } }`

test('checkpoints', async () => {
  const answer = await first(options('checkpoint', 'InMemoryCheckpointProvider'), async (_lib, s) => {
    const once = (n) =>
      s.task(
        async ({ checkpoint }) => {
          const before = checkpoint.data ?? null
          await checkpoint.save(n)
          if (n === 1) throw new Error('amid')
          return before
        },
        { id: 'one', checkpoint: {} },
      )
    const [error] = await once(1)
    const [, before] = await once(2)
    return [error.message, before]
  })
  assert.deepEqual(answer, ['amid', 1])
})

test('one key at a time runs once', async () => {
  const answer = await first(options('idempotency', 'InMemoryIdempotencyProvider'), async (_lib, s) => {
    let runs = 0
    const ask = () => s.task(async () => ++runs, { idempotency: { key: 'k', wait: true } })
    return Promise.all([ask(), ask(), ask()])
  })
  assert.deepEqual(answer, [
    [null, 1],
    [null, 1],
    [null, 1],
  ])
})

test('those who ask a cache together ask once, and a clearing reaches it', async () => {
  const answer = await first(options('cache', 'InMemoryCache'), async (_lib, s) => {
    let runs = 0
    const ask = () => s.task(async () => ++runs, { memo: { key: 'k', ttl: 1_000 } })
    const both = await Promise.all([ask(), ask()])
    s.clearMemo('k')
    await s.task(() => {})
    return [...both, await ask()]
  })
  assert.deepEqual(answer.slice(0, 2), [
    [null, 1],
    [null, 1],
  ])
})

test('a shared breaker counts the failures that came while it was loaded', async () => {
  const answer = await first(options('circuitBreaker', 'InMemoryCircuitBreakerStateProvider'), async (_lib, s) => {
    const circuitBreaker = { key: 'b', failureThreshold: 3 }
    const fail = () =>
      s.task(
        async () => {
          throw new Error('no')
        },
        { circuitBreaker },
      )
    const failed = await Promise.all([fail(), fail(), fail()])
    const [error] = await fail()
    return [...failed.map(([each]) => each.message), error.name]
  })
  assert.deepEqual(answer, ['no', 'no', 'no', 'CircuitOpenError'])
})

test('locks are served in the order in which they were asked for', async () => {
  const answer = await first(`{}`, async (_lib, s) => {
    const order = []
    const hold = async (name) => {
      await using lock = await s.acquireLock('l')
      order.push(name, lock.isHeld)
    }
    await Promise.all([hold('a'), hold('b'), hold('c')])
    return order
  })
  assert.deepEqual(answer, ['a', true, 'b', true, 'c', true])
})

test('a cancel before it is loaded settles at once, and nothing is asked', async () => {
  const answer = await first(`{}`, async (lib) => {
    const asked = []
    const ask = async (...args) => void asked.push(args)
    const names =
      'save load loadLatest list delete deleteAll cleanup claim get set clear reserve release acquire'.split(' ')
    const provider = Object.fromEntries(names.map((name) => [name, ask]))
    const s = lib.scope({ persistence: { checkpoint: provider, idempotency: provider, lock: provider } })
    const waits = [
      s.task(() => 1, { id: 'a', checkpoint: {} }),
      s.task(() => 1, { idempotency: { key: 'k' } }),
      s.acquireLock('l').catch((error) => [error]),
    ]
    s.cancel(new Error('enough'))
    const settled = await Promise.all(waits)
    await s[Symbol.asyncDispose]()
    return [...settled.map(([error]) => error.message), asked.length]
  })
  assert.deepEqual(answer, ['enough', 'enough', 'enough', 0])
})
