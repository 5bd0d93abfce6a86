/** `using` and `await using` end scopes and tasks with their block, natively and compiled down alike. */

import { aborted, deferred, thrownBy, timed } from './fixtures.js'
import type { Kit } from './kit.js'

export function using(kit: Kit): void {
  const { lib, test } = kit
  const assert: Chai.AssertStatic = kit.assert

  const caughtFrom = async (block: () => Promise<unknown>): Promise<unknown> => {
    let outcome: { readonly error: unknown } | undefined
    try {
      await block()
    } catch (error) {
      outcome = { error }
    }
    assert.isOk(outcome, 'the block should have thrown')
    return outcome?.error
  }

  test('a scope ends with its block: work is cancelled, waited for, cleaned up', async () => {
    const log: string[] = []
    let escaped: { readonly isDisposed: boolean; readonly aborted: boolean } | undefined
    {
      await using s = lib.scope()
      escaped = s
      s.onDispose(() => void log.push('cleanup'))
      s.task(async ({ signal }) => {
        await aborted(signal)
        log.push('told')
        await undefined
        log.push('body ended')
      })
      log.push('end of block')
    }
    log.push('after block')
    assert.deepEqual(log, ['end of block', 'told', 'body ended', 'cleanup', 'after block'])
    assert.isTrue(escaped.isDisposed && escaped.aborted)
  })

  test('scopes of one block end in reverse order', async () => {
    const log: string[] = []
    {
      await using first = lib.scope()
      await using second = lib.scope()
      first.onDispose(() => void log.push('first'))
      second.onDispose(() => void log.push('second'))
    }
    assert.deepEqual(log, ['second', 'first'])
  })

  test('return, break and continue end the scope, and the value gets through', async () => {
    const log: string[] = []
    const run = async (): Promise<string> => {
      for (const name of ['one', 'two', 'three']) {
        await using s = lib.scope()
        s.onDispose(() => void log.push(name))
        if (name === 'one') continue
        if (name === 'two') break
      }
      await using s = lib.scope()
      s.onDispose(() => void log.push('returned'))
      return 'value'
    }
    assert.strictEqual(await run(), 'value')
    assert.deepEqual(log, ['one', 'two', 'returned'])
  })

  test('an error of the block gets through by identity, falsy ones too', async () => {
    for (const error of [new Error('block'), undefined, null, 0, '']) {
      const seen = await caughtFrom(async () => {
        await using s = lib.scope()
        s.task(({ signal }) => aborted(signal))
        throw error
      })
      assert.strictEqual(seen, error)
    }
  })

  test('an error of a cleanup gets through by identity', async () => {
    const error = new Error('cleanup')
    const seen = await caughtFrom(async () => {
      await using s = lib.scope()
      s.onDispose(() => Promise.reject(error))
    })
    assert.strictEqual(seen, error)
  })

  test('an error of the block and one of a cleanup are both kept', async () => {
    const [inBlock, inCleanup] = [new Error('block'), new Error('cleanup')]
    const seen = (await caughtFrom(async () => {
      await using s = lib.scope()
      s.onDispose(() => Promise.reject(inCleanup))
      throw inBlock
    })) as { readonly name: string; readonly error: unknown; readonly suppressed: unknown }
    assert.strictEqual(seen.name, 'SuppressedError')
    assert.strictEqual(seen.error, inCleanup)
    assert.strictEqual(seen.suppressed, inBlock)
  })

  test('the Result of a task awaited in the block is there before the scope ends', async () => {
    let result: unknown
    {
      await using s = lib.scope()
      const t = s.task(async () => 'result')
      result = await t
    }
    assert.deepEqual(result, [undefined, 'result'])
  })

  timed(kit, 'using cancels a task at the end of its block and does not wait', async (clock) => {
    await using s = lib.scope()
    const gate = deferred()
    let escaped: { readonly status: string; readonly settled: Promise<void> } | undefined
    let ended = false
    {
      using t = s.task(() => gate.promise)
      escaped = t
    }
    assert.strictEqual(escaped.status, 'cancelled')
    escaped.settled.then(() => {
      ended = true
    })
    await clock.settle()
    assert.isFalse(ended)
    assert.isFalse(s.aborted)
    gate.resolve()
    await clock.settle()
    assert.isTrue(ended)
  })

  test('await using cancels a task at the end of its block and waits for its body', async () => {
    await using s = lib.scope()
    const log: string[] = []
    {
      await using t = s.task(async ({ signal }) => {
        await aborted(signal)
        await undefined
        log.push('body ended')
      })
      assert.strictEqual(t.status, 'running')
    }
    log.push('after block')
    assert.deepEqual(log, ['body ended', 'after block'])
  })

  test('a task that has its Result keeps it at the end of the block', async () => {
    await using s = lib.scope()
    let escaped: PromiseLike<unknown> | undefined
    {
      using quick = s.task(() => 'value')
      await using slow = s.task(async () => 'slow')
      await slow
      escaped = quick
    }
    assert.deepEqual(await escaped, [undefined, 'value'])
  })

  test('a child may outlive neither its block nor its parent', async () => {
    const log: string[] = []
    {
      await using root = lib.scope({ name: 'root' })
      {
        await using child = root.createChild({ name: 'child' })
        child.onDispose(() => void log.push('child'))
      }
      assert.notInclude(root.debugTree(), 'child')
      root.createChild().onDispose(() => void log.push('other child'))
      root.onDispose(() => void log.push('root'))
    }
    assert.deepEqual(log, ['child', 'other child', 'root'])
  })

  test('a scope disposed by hand before its block ends is disposed once', async () => {
    let cleanups = 0
    {
      await using s = lib.scope()
      s.onDispose(() => void cleanups++)
      await s[Symbol.asyncDispose]()
    }
    assert.strictEqual(cleanups, 1)
  })

  test('a scope cannot be disposed of synchronously, and a task can', async () => {
    await using s = lib.scope()
    const read: unknown = thrownBy(() => Reflect.get(s, Symbol.dispose))
    assert.instanceOf(read, TypeError)
    assert.include(read.message, 'await using')
    const t = s.task(() => 1)
    assert.isTrue(Symbol.dispose in t && Symbol.asyncDispose in t)
    assert.isTrue(Symbol.asyncDispose in s)
  })

  test('scopes work in generators that are left early', async () => {
    const log: string[] = []
    async function* numbers(): AsyncGenerator<number> {
      await using s = lib.scope()
      s.onDispose(() => void log.push('cleanup'))
      for (let n = 0; ; n++) {
        const [, value] = await s.task(async () => n)
        yield value ?? -1
      }
    }
    for await (const n of numbers()) if (n === 3) break
    assert.deepEqual(log, ['cleanup'])
  })
}
