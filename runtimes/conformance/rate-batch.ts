/** Items are processed together, in order, and every caller gets the Result of its own item. */

import { aborted, deferred, recorder, thrownBy, timed, watch } from './fixtures.js'
import type { Kit } from './kit.js'

export function rateBatch(kit: Kit): void {
  batches(kit)
  failures(kit)
  concurrency(kit)
  endings(kit)
  misuse(kit)
}

function batches(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'batch: begins with `size` items at once, or `timeout` after the first', async (clock) => {
    const s = lib.scope()
    const log: string[] = []
    const start = clock.now
    const double = s.batch({
      size: 3,
      timeout: 100,
      process: (items: readonly number[]) => {
        log.push(`${items} at ${clock.now - start}`)
        return items.map((item) => item * 2)
      },
    })
    assert.instanceOf(double, lib.Batch)
    const full = [1, 2, 3].map((item) => double.add(item))
    assert.deepEqual(log, ['1,2,3 at 0'])
    assert.deepEqual([double.pending, clock.pendingTimers], [0, 0])
    assert.deepEqual(await Promise.all(full), [
      [undefined, 2],
      [undefined, 4],
      [undefined, 6],
    ])
    const four = double.add(4)
    await clock.advance(60)
    const five = double.add(5)
    assert.deepEqual([double.pending, clock.pendingTimers], [2, 1])
    await clock.advance(39)
    assert.lengthOf(log, 1)
    await clock.advance(1)
    assert.deepEqual(
      [await four, await five],
      [
        [undefined, 8],
        [undefined, 10],
      ],
    )
    assert.deepEqual(log, ['1,2,3 at 0', '4,5 at 100'])
    assert.strictEqual(clock.pendingTimers, 0)
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'batch: process may return nothing, and may add items itself', async (clock) => {
    const s = lib.scope()
    const seen: number[][] = []
    const log = lib.batch(s, {
      size: 2,
      timeout: Infinity,
      process: (items: readonly number[]) => {
        seen.push([...items])
        if (items[0] === 1) for (const more of [3, 4]) void log.add(more)
      },
    })
    const first = log.add(1)
    assert.strictEqual(clock.pendingTimers, 0)
    assert.deepEqual(await Promise.all([first, log.add(2)]), [
      [undefined, undefined],
      [undefined, undefined],
    ])
    assert.deepEqual(seen, [
      [1, 2],
      [3, 4],
    ])
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'batch: flush begins what gathers and waits until everybody has an answer', async (clock) => {
    const s = lib.scope()
    const gate = deferred()
    const slow = s.batch({
      process: async (items: readonly number[]) => {
        await gate.promise
        return items
      },
    })
    await slow.flush()
    const one = watch(slow.add(1))
    const flushed = watch(slow.flush())
    assert.deepEqual([slow.pending, clock.pendingTimers], [0, 0])
    await clock.settle()
    assert.isFalse(flushed.settled)
    gate.resolve()
    await clock.settle()
    assert.isTrue(flushed.settled)
    assert.deepEqual(one.value, [undefined, 1])
    await s[Symbol.asyncDispose]()
  })
}

function failures(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'batch: what process throws is the error of each of its items, falsy or not', async () => {
    const s = lib.scope()
    const error = new Error('thrown')
    const ways: readonly (() => never[] | Promise<never[]>)[] = [
      () => {
        throw error
      },
      () => Promise.reject(error),
    ]
    for (const process of ways) {
      const failing = s.batch({ size: 2, process })
      assert.deepEqual(await Promise.all([failing.add(1), failing.add(2)]), [
        [error, undefined],
        [error, undefined],
      ])
    }
    const falsy = s.batch({ size: 1, process: () => Promise.reject(undefined) })
    const [err] = await falsy.add(1)
    assert.instanceOf(err, lib.UnknownError)
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'batch: a wrong number of results is an error for all, which names both numbers', async () => {
    const s = lib.scope()
    for (const [results, type, message] of [
      [[1], RangeError, 'Cannot answer batch: results must be one for each of the 2 items, got 1'],
      [[1, 2, 3], RangeError, 'Cannot answer batch: results must be one for each of the 2 items, got 3'],
      [null, TypeError, 'Cannot answer batch: results must be an array or nothing, got null'],
    ] as const) {
      const wrong = s.batch({
        size: 2,
        process: (items: readonly number[]) => {
          ;(items as number[]).push(0) // changing what it was given changes no count
          return results as readonly number[]
        },
      })
      for (const [err] of await Promise.all([wrong.add(1), wrong.add(2)])) {
        assert.instanceOf(err, type)
        assert.strictEqual(err?.message, message)
      }
    }
    await s[Symbol.asyncDispose]()
  })
}

function concurrency(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'batch: with `concurrency`, batches wait for a place and begin in order', async (clock) => {
    const s = lib.scope()
    const gates: (() => void)[] = []
    const begun: string[] = []
    const process = (items: readonly number[]): Promise<void> => {
      begun.push(String(items))
      const { promise, resolve } = deferred()
      gates.push(resolve)
      return promise
    }
    const limited = s.batch({ size: 2, timeout: 10, concurrency: 1, process })
    for (const item of [1, 2, 3, 4, 5]) void limited.add(item)
    await clock.advance(10)
    assert.deepEqual([begun, limited.pending], [['1,2'], 3])
    gates[0]?.()
    await clock.settle()
    assert.deepEqual([begun, limited.pending], [['1,2', '3,4'], 1])
    // The callers of a cancelled batch are answered, but its body still holds its place.
    limited.cancel()
    const six = watch(limited.add(6))
    await clock.advance(10)
    assert.lengthOf(begun, 2)
    gates[1]?.()
    await clock.settle()
    assert.deepEqual(begun, ['1,2', '3,4', '6'])
    gates[2]?.()
    await clock.settle()
    assert.deepEqual(six.value, [undefined, undefined])
    await s[Symbol.asyncDispose]()
  })

  timed(kit, 'batch: without it they overlap', async () => {
    const s = lib.scope()
    let running = 0
    const unlimited = s.batch({ size: 1, process: () => new Promise<void>(() => running++) })
    for (const item of [1, 2, 3]) void unlimited.add(item)
    assert.strictEqual(running, 3)
    unlimited.cancel()
  })
}

function endings(kit: Kit): void {
  const { lib } = kit
  const { assertNothingLeft } = kit.testing
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'batch: cancel answers all who wait, aborts what runs, and leaves it usable', async (clock) => {
    const s = lib.scope()
    const signals: AbortSignal[] = []
    const echo = s.batch({
      size: 2,
      process: async (items: readonly number[], { signal }) => {
        signals.push(signal)
        if (items.includes(0)) await aborted(signal)
        return items
      },
    })
    const reason = new Error('reason')
    for (const given of [undefined, reason]) {
      const waits = [0, 1, 2].map((item) => watch(echo.add(item)))
      echo.cancel(...(given === undefined ? [] : [given]))
      assert.deepEqual([echo.pending, clock.pendingTimers], [0, 0])
      await clock.settle()
      for (const { value } of waits) {
        if (given === undefined) assert.instanceOf(value?.[0], lib.AbortError)
        else assert.strictEqual(value?.[0], given)
        assert.isTrue(lib.isCancelled(value?.[0]))
      }
      assert.isTrue(signals.at(-1)?.aborted)
    }
    assert.deepEqual(await Promise.all([echo.add(3), echo.add(4)]), [
      [undefined, 3],
      [undefined, 4],
    ])
    await s[Symbol.asyncDispose]()
    assertNothingLeft({ clock, scopes: [s] })
  })

  timed(kit, 'batch: the end of the scope answers all at once and waits for process', async (clock) => {
    const s = lib.scope()
    const gate = deferred()
    let heard = false
    const slow = s.batch({
      size: 1,
      concurrency: 1,
      process: (_: readonly number[], { signal }) => {
        void aborted(signal).then(() => (heard = true))
        return gate.promise
      },
    })
    const waits = [1, 2].map((item) => watch(slow.add(item)))
    const flushed = watch(slow.flush())
    const end = watch(s[Symbol.asyncDispose]())
    await clock.settle()
    assert.isTrue(heard && flushed.settled && !flushed.rejected)
    for (const { value } of waits) assert.strictEqual(value?.[0], s.abortError)
    assert.isFalse(end.settled)
    gate.resolve()
    await clock.settle()
    assert.isTrue(end.settled)
    const [err] = await slow.add(3)
    assert.strictEqual(err, s.abortError)
    assertNothingLeft({ clock, scopes: [s] })
  })

  timed(kit, 'batch: a process that ignores its signal is waited for as long as gracePeriod says', async (clock) => {
    const { logger, at } = recorder()
    const s = lib.scope({ gracePeriod: 50, logger })
    void s.batch({ size: 1, process: () => new Promise<void>(() => {}) }).add(1)
    const end = watch(s[Symbol.asyncDispose]())
    await clock.advance(49)
    assert.isFalse(end.settled)
    await clock.advance(1)
    assert.isTrue(end.settled)
    assert.lengthOf(at('error'), 1)
    assert.include(at('error')[0]?.message, 'process of a batch')
  })

  timed(kit, 'batch: nothing begins while a cancelled scope still tells others', async (clock) => {
    const s = lib.scope()
    let calls = 0
    let end = (): void => {}
    s.onAbort(() => end())
    const counted = s.batch({ process: () => void calls++ })
    const wait = watch(counted.add(1))
    end = () => void counted.flush()
    s.cancel()
    await clock.settle()
    assert.strictEqual(calls, 0)
    assert.strictEqual(wait.value?.[0], s.abortError)
    await s[Symbol.asyncDispose]()
    assertNothingLeft({ clock, scopes: [s] })
  })
}

function misuse(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  kit.test('batch: nonsense is refused at the call', async () => {
    const s = lib.scope()
    const process = (): void => {}
    const create = (options: unknown) => () => s.batch(options as never)
    assert.strictEqual(
      String(thrownBy(create({ process, size: 0 }))),
      'RangeError: Cannot create batch: size must be a positive integer or Infinity, got 0',
    )
    for (const wrong of [{ size: 1.5 }, { timeout: -1 }, { timeout: Number.NaN }, { concurrency: -1 }])
      assert.instanceOf(thrownBy(create({ process, ...wrong })), RangeError)
    for (const wrong of [undefined, {}, { process: 1 }, { process, size: '1' }, { process, timeout: '1' }])
      assert.instanceOf(thrownBy(create(wrong)), TypeError)
    await s[Symbol.asyncDispose]()
    assert.instanceOf(thrownBy(create({ process })), lib.ScopeDisposedError)
  })
}
