/** The kit for tests does in every engine what it says: orders that come again, matchers, what is left behind. */

import type { Schedule } from '../generic/testing.js'
import { aborted, timed } from './fixtures.js'
import type { Kit, Testing } from './kit.js'

export function testingKit(kit: Kit): void {
  orders(kit)
  schedules(kit)
  failures(kit)
  matching(kit)
  remains(kit)
}

/** Two tasks that add to one number without care: the result depends on the order of their steps. */
async function lostUpdate({ lib }: Kit, { point }: Pick<Schedule, 'point'>): Promise<number> {
  let stored = 0
  const add = async (name: string): Promise<void> => {
    const read = stored
    await point(name)
    stored = read + 1
  }
  await using s = lib.scope()
  await s.parallel([() => add('first'), () => point('between').then(() => add('second'))])
  return stored
}

function orders(kit: Kit): void {
  const { test, testing, lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  test('explore: every order of three steps comes, and the same ones each time', async () => {
    const seen = async (): Promise<string[]> => {
      const logs: string[] = []
      await testing.explore(async (schedule) => {
        await using s = lib.scope()
        await s.parallel(['a', 'b', 'c'].map((name) => () => schedule.point(name)))
        logs.push(schedule.log.join(''))
      })
      return logs
    }
    const first = await seen()
    assert.lengthOf(first, 100)
    assert.sameMembers([...new Set(first)], ['abc', 'acb', 'bac', 'bca', 'cab', 'cba'])
    assert.deepEqual(await seen(), first)
  })

  test('explore: a seed gives the same order and numbers in every engine', async () => {
    const logs: unknown[] = []
    await testing.explore(
      async (schedule) => {
        await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => schedule.point(name)))
        logs.push([schedule.seed, schedule.log.join(''), Math.floor(schedule.random() * 1_000)])
      },
      { seed: 7, runs: 3 },
    )
    assert.deepEqual(logs, [
      [7, 'abedc', 706],
      [8, 'adbec', 125],
      [9, 'aebdc', 499],
    ])
  })
}

function schedules(kit: Kit): void {
  const { test, testing, lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  test('explore: a wrapped function has a step before it starts and one before its outcome is seen', async () => {
    const seen = new Set<string>()
    await testing.explore(async (schedule) => {
      const fetchUser = schedule.wrap(async (id: number) => id * 2, 'fetch')
      const fails = schedule.wrap(() => {
        throw new Error('no')
      }, 'fails')
      await using s = lib.scope()
      const [user, failed] = await s.parallel([() => fetchUser(4), () => fails()], { continueOnError: true })
      assert.deepEqual(user, [undefined, 8])
      assert.strictEqual(failed[0]?.message, 'no')
      assert.sameMembers([...schedule.log], ['fetch starts', 'fetch ends', 'fails starts', 'fails ends'])
      seen.add(schedule.log.join())
    })
    assert.strictEqual(seen.size, 6)
  })

  test('explore: timers fire when no step can go on, in time, and in any order within one moment', async () => {
    const seen = new Set<string>()
    await testing.explore(async (schedule) => {
      await using s = lib.scope()
      let order = ''
      const wait = async (name: string, ms: number): Promise<void> => {
        await s.delay(ms)
        order += name
      }
      await s.parallel([
        () => wait('late', 60_000),
        () => wait('a', 10),
        () => wait('b', 10),
        () => schedule.point('p'),
      ])
      assert.deepEqual(schedule.log, ['p', '+10ms', '+10ms', '+60000ms'])
      seen.add(order)
    })
    assert.sameMembers([...seen], ['ablate', 'balate'])
  })

  test('explore: time is real again afterwards, and who still waits may go on', async () => {
    const before = setTimeout
    let late: Promise<void> | undefined
    await testing.explore((schedule) => void (late = schedule.point()), { runs: 1 })
    await late
    assert.strictEqual(setTimeout, before)
  })

  timed(kit, 'explore: in virtual time it says that time is faked already', async () => {
    const error = await testing.explore(() => {}).catch((thrown: unknown) => thrown)
    assert.match(String(error), /timers are faked already/)
  })
}

function failures(kit: Kit): void {
  const { test, testing } = kit
  const assert: Chai.AssertStatic = kit.assert
  const failureOf = async (
    fn: (schedule: Schedule) => unknown,
    options?: Parameters<Testing['explore']>[1],
  ): Promise<InstanceType<Testing['ScheduleError']>> => {
    const error = await testing.explore(fn, options).then(
      () => assert.fail('expected a failure'),
      (thrown: unknown) => thrown,
    )
    assert.instanceOf(error, testing.ScheduleError)
    return error
  }
  const test2 = async (schedule: Schedule): Promise<void> => assert.strictEqual(await lostUpdate(kit, schedule), 2)

  test('explore: a lost update is found, and its seed brings it back', async () => {
    const found = await failureOf(test2)
    assert.deepEqual(found.steps, ['between', 'first', 'second'])
    const hex = `0x${found.seed.toString(16)}`
    assert.include(found.message, `Schedule ${hex} failed, run it again with { seed: ${hex} }: `)
    assert.include(found.message, 'Steps: between, first, second')
    const again = await failureOf(test2, { seed: found.seed })
    assert.strictEqual(again.message, found.message)
    assert.match(String(again.cause), /expected 1 to equal 2/)
  })

  test('explore: whoever chooses the steps can look for the simplest order', async () => {
    const counts: number[] = []
    const last = await failureOf(test2, {
      pick: (count) => {
        counts.push(count)
        return count - 1
      },
    })
    assert.deepEqual(last.steps, ['between', 'second', 'first'])
    assert.deepEqual(counts, [2, 2])
    await testing.explore(test2, { pick: () => 0 })
  })

  test('explore: a standstill and a run without end are failures', async () => {
    const still = await failureOf(() => new Promise(() => {}))
    assert.include(still.message, 'nothing can go on')
    const endless = await failureOf(async () => {
      setInterval(() => {}, 1)
      await new Promise(() => {})
    })
    assert.include(endless.message, 'more than')
    assert.include(endless.message, '+1ms, +2ms')
    assert.isBelow(endless.message.length, 1_000)
  })

  test('explore: options that make no sense are refused', async () => {
    const wrong: readonly (readonly [unknown, RegExp])[] = [
      [{ runs: 0 }, /runs must be a positive integer, got 0/],
      [{ seed: -1 }, /seed must be an integer of at least 0, got -1/],
      [{ pick: 5 }, /pick must be a function, got 5/],
      [5, /options must be an object, got 5/],
    ]
    for (const [options, message] of wrong) {
      const error = await testing.explore(() => {}, options as never).catch((thrown: unknown) => thrown)
      assert.match(String(error), message)
    }
    const out = await failureOf((schedule) => Promise.all([schedule.point(), schedule.point()]), { pick: () => 2 })
    assert.match(out.message, /pick must be a whole number from 0 to 1, got 2/)
  })
}

function matching(kit: Kit): void {
  const { test, testing, lib } = kit
  const assert: Chai.AssertStatic = kit.assert
  const { matchers } = testing
  const context = { isNot: false, equals: (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b) }
  type Name = 'toBeOk' | 'toBeFailed' | 'toBeCancelled'
  const check = (name: Name, received: unknown, ...expected: unknown[]) =>
    Reflect.apply(matchers[name], context, [received, ...expected])

  test('matchers: a Result is a success, a failure or a cancellation', async () => {
    await using s = lib.scope()
    const error = new RangeError('too much')
    const cancelled = s.task(({ signal }) => aborted(signal))
    cancelled.cancel(new Error('not needed'))
    const results = {
      toBeOk: await s.task(() => ({ id: 1 })),
      toBeFailed: await s.task(() => Promise.reject(error)),
      toBeCancelled: await cancelled,
    }
    for (const name of Object.keys(results) as Name[]) {
      for (const [of, result] of Object.entries(results)) assert.strictEqual(check(name, result).pass, name === of)
    }
    assert.isTrue(check('toBeOk', results.toBeOk, { id: 1 }).pass)
    assert.isFalse(check('toBeOk', results.toBeOk, undefined).pass)
    for (const like of [error, RangeError, Error, 'too', /much$/])
      assert.isTrue(check('toBeFailed', results.toBeFailed, like).pass)
    for (const like of [new RangeError('too much'), TypeError, 'other', /other/]) {
      assert.isFalse(check('toBeFailed', results.toBeFailed, like).pass)
    }
    assert.isTrue(check('toBeCancelled', results.toBeCancelled, 'not needed').pass)
    assert.isFalse(check('toBeCancelled', results.toBeCancelled, 'other').pass)
  })

  test('matchers: what they say names both sides', () => {
    const failed = [new Error('boom'), undefined]
    assert.strictEqual(
      check('toBeOk', failed, 5).message(),
      'Expected a success with 5, and the Result is a failure with Error: boom',
    )
    assert.strictEqual(
      check('toBeFailed', [undefined, { a: 1 }], TypeError).message(),
      'Expected a failure with TypeError, and the Result is a success with {"a":1}',
    )
    for (const odd of [undefined, 5, [], [1, 2], ['error', undefined], lib.scope, {}]) {
      const { pass, message } = check('toBeOk', odd)
      assert.isFalse(pass)
      assert.include(message(), 'no Result, [error, value]: await the task first')
    }
  })
}

function remains(kit: Kit): void {
  const { testing, lib } = kit
  const assert: Chai.AssertStatic = kit.assert
  const context = { isNot: false, equals: Object.is }
  const left = (received: unknown): string => {
    const { pass, message } = Reflect.apply(testing.matchers.toHaveNothingLeft, context, [received])
    return pass ? '' : message()
  }

  timed(
    kit,
    'matchers: toHaveNothingLeft shows the tasks and children of a scope, timers, and listeners',
    async (clock) => {
      const tracked = testing.trackSignal()
      const s = lib.scope({ name: 'job', signal: tracked.signal })
      assert.strictEqual(left(s), '')
      assert.include(left(tracked), '1 abort listener')
      const t = s.task(() => s.delay(10), { id: 'busy' })
      assert.match(left(s), /^Left behind: work below scope job:\n.*job.*\n.*busy/)
      assert.include(left(clock), '1 armed timer')
      assert.include(left({ clock, scopes: [s] }), 'scope job, which is not disposed')
      await clock.advance(10)
      await t
      assert.strictEqual(left(s), '')
      const child = s.createChild({ name: 'kid' })
      assert.include(left(s), 'kid')
      await child[Symbol.asyncDispose]()
      await s[Symbol.asyncDispose]()
      for (const each of [s, tracked, clock, { clock, signals: [tracked], scopes: [s], idle: [s] }]) {
        assert.strictEqual(left(each), '')
      }
    },
  )
}
