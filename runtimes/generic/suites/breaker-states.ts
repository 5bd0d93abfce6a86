/** What every provider of circuit breaker states must do. */

import type { CircuitBreakerPersistedState, CircuitBreakerStateProvider } from '../../../src/persist/types.js'
import { oddKeys, type ProviderSuite, withProvider } from './kit.js'

const open: CircuitBreakerPersistedState = { state: 'open', failureCount: 3, lastFailureTime: 1_700_000_000_000 }

/**
 * Registers the tests that every provider of circuit breaker states must pass; of what it may leave out, what it has.
 *
 * @example
 * ```ts
 * const opened = { provider: new InMemoryCircuitBreakerStateProvider() }
 * circuitBreakerStateProviderSuite({ test, assert, open: () => opened })
 * ```
 */
export function circuitBreakerStateProviderSuite(suite: ProviderSuite<CircuitBreakerStateProvider>): void {
  const { assert } = suite
  const test = (title: string, fn: Parameters<typeof withProvider<CircuitBreakerStateProvider>>[3]): void =>
    withProvider(suite, 'breaker state provider', title, fn)

  test('keeps states, each under its key', async ({ provider, another }) => {
    const theirs = (await another?.()) ?? provider
    assert.strictEqual(await provider.getState('k'), null)
    await provider.setState('k', open)
    const { state, failureCount, lastFailureTime } = (await theirs.getState('k')) ?? {}
    assert.deepEqual({ state, failureCount, lastFailureTime }, open)
    assert.strictEqual(await theirs.getState('other'), null)
    await theirs.setState('k', { state: 'closed', failureCount: 0 })
    assert.strictEqual((await provider.getState('k'))?.state, 'closed')
  })

  test('counts failures of all, and opens at the most', async ({ provider, another }) => {
    const theirs = (await another?.()) ?? provider
    assert.strictEqual(await provider.recordFailure('k', 3), 1)
    assert.strictEqual(await theirs.recordFailure('k', 3), 2)
    assert.strictEqual((await provider.getState('k'))?.state, 'closed')
    await provider.recordSuccess('k')
    assert.strictEqual((await theirs.getState('k'))?.failureCount, 0)
    for (const count of [1, 2, 3]) assert.strictEqual(await theirs.recordFailure('k', 3), count)
    const after = await provider.getState('k')
    assert.strictEqual(after?.state, 'open', 'the third one opens it')
    assert.strictEqual(Math.abs((after?.lastFailureTime ?? 0) - Date.now()) < 60_000, true, 'when it failed last')
    await provider.recordSuccess('k')
    assert.strictEqual((await theirs.getState('k'))?.state, 'open', 'a success of before does not close it')
  })

  test('no failure is lost when many fail at once', async ({ provider, another }) => {
    const theirs = (await another?.()) ?? provider
    const all = Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? provider : theirs).recordFailure('k', 100))
    const counts = (await Promise.all(all)).sort((a, b) => a - b)
    assert.deepEqual(
      counts,
      counts.map((_, n) => n + 1),
    )
    assert.strictEqual((await provider.getState('k'))?.failureCount, 20)
  })

  test('replaces a state that is as expected, for one of many', async ({ provider, another }) => {
    if (provider.replaceState === undefined) return
    const theirs = (await another?.()) ?? provider
    assert.strictEqual(await provider.replaceState('k', open, open), false)
    assert.strictEqual(await provider.replaceState('k', null, open), true)
    assert.strictEqual(await theirs.replaceState?.('k', null, open), false)
    const seen = await theirs.getState('k')
    const asked = Array.from({ length: 8 }, (_, n) =>
      (n % 2 === 0 ? provider : theirs).replaceState?.('k', seen, {
        ...open,
        state: 'half-open',
        lastFailureTime: 5 + n,
      }),
    )
    assert.strictEqual((await Promise.all(asked)).filter((each) => each === true).length, 1)
    assert.strictEqual((await provider.getState('k'))?.state, 'half-open')
  })

  test('tells subscribers what others change, until they no longer want to hear', async ({ provider, another }) => {
    if (provider.subscribe === undefined) return
    const theirs = (await another?.()) ?? provider
    const heard: string[] = []
    let tell = (): void => {}
    const told = new Promise<void>((resolve) => (tell = resolve))
    const undo = provider.subscribe('k', ({ state }) => {
      heard.push(state)
      if (state === 'half-open') tell()
    })
    const other = provider.subscribe('other', ({ state }) => void heard.push(`other ${state}`))
    await theirs.setState('k', open)
    await theirs.setState('k', { ...open, state: 'half-open' })
    await told
    undo()
    other()
    await theirs.setState('k', { state: 'closed', failureCount: 0 })
    assert.deepEqual(heard, ['open', 'half-open'])
  })

  test('keys are taken as they are', async ({ provider }) => {
    for (const [n, key] of oddKeys.entries()) await provider.setState(key, { state: 'closed', failureCount: n })
    for (const [n, key] of oddKeys.entries()) assert.strictEqual((await provider.getState(key))?.failureCount, n, key)
  })
}
