/** A staggered race starts one competitor after the other: by the clock, or because one has failed. */

import { deferred, sleep, thrownBy, watch } from './fixtures.js'
import type { Kit } from './kit.js'
import { inScope, untilAborted } from './policy-fixtures.js'

export function raceStagger(kit: Kit): void {
  pacing(kit)
  failures(kit)
  endings(kit)
}

/** Factories that say when they start. */
function starters(
  count: number,
  body: (at: number) => unknown,
): { readonly list: (() => unknown)[]; starts: number[] } {
  const starts: number[] = []
  const list = Array.from({ length: count }, (_, at) => () => {
    starts.push(at)
    return body(at)
  })
  return { list, starts }
}

function pacing(kit: Kit): void {
  const assert: Chai.AssertStatic = kit.assert

  inScope(kit, 'stagger: the next starts only when the one before takes longer', {}, async (s, clock) => {
    const { list, starts } = starters(3, (at) => sleep(at === 1 ? 15 : 100))
    const result = watch(s.race(list, { staggerDelay: 10 }))
    assert.deepEqual(starts, [0])
    await clock.advance(9)
    assert.deepEqual(starts, [0])
    await clock.advance(1)
    assert.deepEqual(starts, [0, 1])
    await clock.advance(10)
    assert.deepEqual(starts, [0, 1, 2])
    await clock.advance(5)
    assert.deepEqual(result.value, [undefined, undefined])
    await clock.advance(100)
  })

  inScope(kit, 'stagger: a quick answer starts no second one, and leaves no timer', {}, async (s, clock) => {
    const { list, starts } = starters(3, () => 'quick')
    assert.deepEqual(await s.race(list, { staggerDelay: 10 }), [undefined, 'quick'])
    assert.strictEqual(clock.pendingTimers, 0)
    assert.deepEqual(starts, [0])
  })

  inScope(kit, 'stagger: no more run at once than staggerMaxConcurrent and concurrency allow', {}, async (s, clock) => {
    for (const limits of [
      { staggerMaxConcurrent: 2 },
      { concurrency: 2 },
      { concurrency: 2, staggerMaxConcurrent: 5 },
    ]) {
      const gates = [deferred(), deferred(), deferred()]
      const { list, starts } = starters(3, (at) => gates[at]?.promise)
      const result = watch(s.race(list, { staggerDelay: 10, requireSuccess: true, ...limits }))
      await clock.advance(100)
      assert.deepEqual(starts, [0, 1])
      gates[0]?.reject(new Error('no'))
      await clock.settle()
      assert.deepEqual(starts, [0, 1, 2])
      gates[2]?.resolve()
      await clock.settle()
      assert.deepEqual(result.value, [undefined, undefined])
      gates[1]?.resolve()
    }
  })
}

function failures(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  inScope(kit, 'stagger: a failure lets the next start at once, and the delay begins anew', {}, async (s, clock) => {
    const gate = deferred()
    const { list, starts } = starters(3, (at) => (at === 0 ? gate.promise : untilAborted))
    list[2] = () => {
      starts.push(2)
      return 'third'
    }
    list[1] = ((start) => (context: { readonly signal: AbortSignal }) => {
      void start()
      return untilAborted(context)
    })(list[1] ?? (() => {})) as () => unknown
    const result = watch(s.any(list, { staggerDelay: 10 }))
    await clock.advance(5)
    gate.reject(new Error('first'))
    await clock.settle()
    assert.deepEqual(starts, [0, 1])
    await clock.advance(9)
    assert.deepEqual(starts, [0, 1])
    await clock.advance(1)
    assert.deepEqual(starts, [0, 1, 2])
    assert.deepEqual(result.value, [undefined, 'third'])
  })

  inScope(kit, 'stagger: with Infinity only a failure lets the next start', {}, async (s, clock) => {
    const gate = deferred()
    const { list, starts } = starters(2, (at) => (at === 0 ? gate.promise : 'second'))
    const result = watch(s.any(list, { staggerDelay: Infinity }))
    await clock.advance(2 ** 31)
    assert.deepEqual(starts, [0])
    assert.strictEqual(clock.pendingTimers, 0)
    gate.reject(new Error('first'))
    await clock.settle()
    assert.deepEqual(result.value, [undefined, 'second'])
  })

  inScope(kit, 'stagger: all failed is an AggregateError in the order of the factories', {}, async (s) => {
    const errors = [new Error('a'), new Error('b'), new Error('c')]
    const [error] = await s.any(
      errors.map((each) => () => Promise.reject(each)),
      { staggerDelay: 10 },
    )
    assert.instanceOf(error, AggregateError)
    assert.deepEqual((error as AggregateError).errors, errors)
  })

  inScope(kit, 'stagger: falsy throws are failures too', {}, async (s) => {
    const [error, value] = await s.any(
      [
        () => {
          throw undefined
        },
        () => Promise.reject(0),
        () => 'ok',
      ],
      { staggerDelay: 10 },
    )
    assert.deepEqual([error, value], [undefined, 'ok'])
  })

  kit.test('stagger: options that make no sense are refused at the call', () => {
    const s = lib.scope()
    for (const options of [
      { staggerDelay: -1 },
      { staggerDelay: Number.NaN },
      { staggerMaxConcurrent: 1.5 },
      { staggerMaxConcurrent: -1 },
    ]) {
      assert.instanceOf(
        thrownBy(() => void s.race([() => 1], options)),
        RangeError,
      )
    }
    assert.instanceOf(
      thrownBy(() => void s.race([() => 1], { staggerDelay: '5' as never })),
      TypeError,
    )
    assert.instanceOf(
      thrownBy(() => void s.any([1 as never])),
      TypeError,
    )
    return s[Symbol.asyncDispose]()
  })
}

function endings(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  inScope(kit, 'stagger: a timeout, and a cancelled scope, start nobody after them', {}, async (s, clock) => {
    const { list, starts } = starters(3, () => sleep(1))
    list[0] = () => sleep(50)
    const late = await Promise.all([s.race(list, { staggerDelay: 10, timeout: 5 }), clock.advance(5)])
    assert.instanceOf(late[0][0], lib.TimeoutError)
    const reason = new Error('enough')
    const result = watch(s.race(list, { staggerDelay: 10 }))
    s.cancel(reason)
    await clock.settle()
    assert.strictEqual(result.value?.[0], reason)
    await clock.advance(100)
    assert.deepEqual(starts, [])
    assert.strictEqual(clock.pendingTimers, 0)
  })
}
