/** No error of a cleanup is lost, and none keeps another cleanup from running. */

import { deferred, recorder, timed, tells } from './fixtures.js'
import type { Kit } from './kit.js'

/** By shape, as in hosts without `SuppressedError`. */
interface SuppressedShape {
  readonly name: string
  readonly error: unknown
  readonly suppressed: unknown
}

export function disposeErrors(kit: Kit): void {
  const { lib, test } = kit
  const assert: Chai.AssertStatic = kit.assert

  const rejectionOf = async (promise: PromiseLike<unknown>): Promise<unknown> => {
    let outcome: { readonly error: unknown } | undefined
    await promise.then(undefined, (error: unknown) => {
      outcome = { error }
    })
    assert.isOk(outcome, 'the disposal should have been rejected')
    return outcome?.error
  }

  const assertSuppressed = (value: unknown, error: unknown): unknown => {
    assert.instanceOf(value, Error)
    const shape = value as unknown as SuppressedShape
    assert.strictEqual(shape.name, 'SuppressedError')
    assert.strictEqual(shape.error, error)
    return shape.suppressed
  }

  test('one cleanup error is rethrown as it is, whether thrown or rejected', async () => {
    for (const fail of [
      (error: Error) => {
        throw error
      },
      (error: Error) => Promise.reject(error),
    ]) {
      const s = lib.scope()
      const error = new Error('cleanup')
      const ran: string[] = []
      s.onDispose(() => void ran.push('first'))
      s.onDispose(() => fail(error))
      s.onDispose(() => void ran.push('last'))
      assert.strictEqual(await rejectionOf(s[Symbol.asyncDispose]()), error)
      assert.deepEqual(ran, ['last', 'first'])
    }
  })

  test('several cleanup errors are nested, the latest outermost', async () => {
    const s = lib.scope()
    const [first, second, third] = [new Error('1'), new Error('2'), new Error('3')]
    for (const error of [third, second, first]) s.onDispose(() => Promise.reject(error))
    const outer = await rejectionOf(s[Symbol.asyncDispose]())
    const inner = assertSuppressed(outer, third)
    assert.strictEqual(assertSuppressed(inner, second), first)
  })

  test('a cleanup that throws undefined still rejects the disposal', async () => {
    const s = lib.scope()
    s.onDispose(() => Promise.reject(undefined))
    await rejectionOf(s[Symbol.asyncDispose]())
    assert.isTrue(s.isDisposed)
  })

  test('an error in the cleanup of a child reaches whoever disposes the parent', async () => {
    const root = lib.scope()
    const error = new Error('child cleanup')
    let ran = false
    root.createChild().onDispose(() => Promise.reject(error))
    root.onDispose(() => void (ran = true))
    assert.strictEqual(await rejectionOf(root[Symbol.asyncDispose]()), error)
    assert.isTrue(ran)
  })

  test('errors of a child and its parent are both kept', async () => {
    const root = lib.scope()
    const [ofChild, ofRoot] = [new Error('child'), new Error('root')]
    root.onDispose(() => Promise.reject(ofRoot))
    root.createChild().onDispose(() => Promise.reject(ofChild))
    assert.strictEqual(assertSuppressed(await rejectionOf(root[Symbol.asyncDispose]()), ofRoot), ofChild)
  })

  test('an error that a child gave to whoever disposed it is not given to its parent again', async () => {
    const root = lib.scope()
    const child = root.createChild()
    const error = new Error('child')
    child.onDispose(() => Promise.reject(error))
    assert.strictEqual(await rejectionOf(child[Symbol.asyncDispose]()), error)
    await root[Symbol.asyncDispose]()
  })

  test('a failing service cleanup is told to the hook and rethrown', async () => {
    const calls: [number, unknown][] = []
    const error = new Error('service')
    const s = lib
      .scope({ hooks: { onDispose: (index, failure) => void calls.push([index, failure]) } })
      .provide('a', 1, () => {})
      .provide('b', 2, () => Promise.reject(error))
    assert.strictEqual(await rejectionOf(s[Symbol.asyncDispose]()), error)
    assert.deepEqual(calls, [
      [2, error],
      [1, undefined],
    ])
  })

  timed(kit, 'throwing hooks of disposal are reported once each and reject nothing', async (clock) => {
    const log = recorder()
    const errors = {
      onCancel: new Error('failure one'),
      beforeDispose: new Error('failure two'),
      afterDispose: new Error('failure three'),
      onDispose: new Error('failure four'),
    }
    const ran: string[] = []
    const s = lib
      .scope({
        logger: log.logger,
        hooks: {
          onCancel: () => {
            throw errors.onCancel
          },
          beforeDispose: () => Promise.reject(errors.beforeDispose),
          afterDispose: () => {
            throw errors.afterDispose
          },
          onDispose: () => {
            throw errors.onDispose
          },
        },
      })
      .provide('service', 1, () => void ran.push('service'))
    s.onDispose(() => void ran.push('cleanup'))
    await s[Symbol.asyncDispose]()
    assert.deepEqual(ran, ['cleanup', 'service'])
    for (const error of Object.values(errors)) {
      assert.lengthOf(
        log.lines.filter((line) => tells(line, error)),
        1,
        error.message,
      )
    }
    assert.strictEqual(clock.pendingTimers, 0)
  })

  test('a throwing onCancel hook of a parent does not keep its child from being aborted', async () => {
    const root = lib.scope({
      logger: new lib.NoOpLogger(),
      hooks: {
        onCancel: () => {
          throw new Error('hook')
        },
      },
    })
    const child = root.createChild()
    const gate = deferred()
    const t = child.task(() => gate.promise)
    root.cancel()
    assert.isTrue(child.aborted && t.isSettled)
    gate.resolve()
    await root[Symbol.asyncDispose]()
  })
}
