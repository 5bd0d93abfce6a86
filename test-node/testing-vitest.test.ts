/** The kit in the hands of a user: the matchers as vitest knows them, orders that fast-check chooses. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as lib from '../runtimes/node/index.js'
import { explore, type Schedule, ScheduleError, trackSignal } from '../runtimes/generic/testing.js'
import '../runtimes/generic/testing-vitest.js'

test('Results match, awaited or by resolves', async () => {
  await using s = lib.scope()
  const cancelled = s.task(({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', reject)))
  cancelled.cancel(new Error('not needed'))
  const failed = await s.task(() => Promise.reject(new RangeError('too much')))
  expect(await s.task(() => ({ id: 1 }))).toBeOk({ id: expect.any(Number) })
  expect(failed).toBeFailed(RangeError)
  expect(failed).toBeFailed(/much/)
  expect(failed).not.toBeOk()
  expect(failed).not.toBeCancelled()
  await expect(s.task(() => 1)).resolves.toBeOk(1)
  await expect(cancelled).resolves.toBeCancelled('not needed')
})

test('a scope, a signal and all that assertNothingLeft takes', async () => {
  const tracked = trackSignal()
  const s = lib.scope({ name: 'job', signal: tracked.signal })
  expect(s).toHaveNothingLeft()
  expect(tracked).not.toHaveNothingLeft()
  const child = s.createChild({ name: 'kid' })
  expect(() => expect(s).toHaveNothingLeft()).toThrow(/Left behind: work below scope job:[\s\S]*kid/)
  await child[Symbol.asyncDispose]()
  await s[Symbol.asyncDispose]()
  expect({ signals: [tracked], scopes: [s] }).toHaveNothingLeft()
})

test('what does not match is shown', () => {
  expect(() => expect([undefined, 1]).toBeOk(2)).toThrow(
    'Expected a success with 2, and the Result is a success with 1',
  )
  expect(() => expect([undefined, 1]).not.toBeOk()).toThrow('Expected no success, and the Result is a success with 1')
  expect(() => expect(Promise.resolve([undefined, 1])).toBeOk()).toThrow('await the task first')
})

test('the compiler knows what they take', () => {
  // @ts-expect-error a failure is told by an error, its class or its message
  const wrong = (): void => expect([new Error('x'), undefined]).toBeFailed(5)
  expect(wrong).toThrow('Expected a failure with 5')
  // @ts-expect-error toHaveNothingLeft takes nothing
  expect({}).toHaveNothingLeft(1)
})

test('fast-check chooses the steps, and shrinks them to the simplest order that fails', async () => {
  /** Fails when `c` goes on before `a`. */
  const program = async ({ point }: Schedule): Promise<void> => {
    let started = false
    const first = point('a').then(() => (started = true))
    await Promise.all([first, point('b'), point('c').then(() => expect(started).toBe(true)), point('d')])
  }
  const chosen = fc.asyncProperty(fc.array(fc.nat(3)), (picks) => {
    const rest = [...picks]
    return explore(program, { pick: (count) => (rest.shift() ?? 0) % count })
  })
  const { failed, counterexample, errorInstance } = await fc.check(chosen, { seed: 1 })
  expect(failed).toBe(true)
  expect(counterexample).toEqual([[2]])
  expect(errorInstance).toBeInstanceOf(ScheduleError)
})
