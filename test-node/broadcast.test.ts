/** Broadcasts against a model, and what a model does not say. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ScopeDisposedError } from '../src/base/errors.js'
import { type BroadcastOptions, broadcast } from '../src/sync/broadcast.js'
import { BroadcastLaggedError, ChannelClosedError } from '../src/sync/errors.js'
import { check, commands, setups } from './broadcast-model.js'
import { checkPrograms, Owner } from './sync-fixtures.js'

test('random programs of sends, reads, subscriptions and cancellations do what the model does', async () => {
  await checkPrograms(
    fc.record({ setup: setups, program: fc.array(commands, { maxLength: 30, size: 'max' }) }),
    ({ setup, program }) => check(setup, program),
  )
})

test('warns once when a subscriber of an unbounded broadcast does not read', async () => {
  const owner = new Owner()
  const bc = broadcast<number>(owner)
  bc.subscribe()
  for (let i = 0; i < 9_999; i++) void bc.send(i)
  expect(owner.logs).toEqual([])
  for (let i = 0; i < 9_999; i++) void bc.send(i)
  expect(owner.logs).toHaveLength(1)
  expect(owner.logs[0]).toContain('10000 values waiting')
  const bounded = broadcast<number>(owner, { capacity: 20_000 })
  bounded.subscribe()
  for (let i = 0; i < 20_000; i++) void bounded.send(i)
  expect(owner.logs).toHaveLength(1)
})

test('a lagging subscriber is told once how much it missed, and goes on with what is left', async () => {
  const bc = broadcast<number>(new Owner(), { capacity: 2, backpressure: 'lag' })
  const events = bc.subscribe()
  for (let i = 1; i <= 5; i++) await bc.send(i)
  const error: unknown = await events.next().catch((it: unknown) => it)
  expect(error).toBeInstanceOf(BroadcastLaggedError)
  expect(error).toMatchObject({ skipped: 3, _tag: 'BroadcastLaggedError' })
  expect([await events.next(), await events.next()]).toMatchObject([{ value: 4 }, { value: 5 }])
})

test('a loop that is left unsubscribes and lets blocked senders go on', async () => {
  const bc = broadcast<number>(new Owner(), { capacity: 1 })
  const left = bc.subscribe()
  const stays = bc.subscribe()
  await bc.send(1)
  const blocked = bc.send(2)
  for await (const value of stays) {
    if (value === 1) break
  }
  expect([bc.subscriberCount, left.size, stays.size]).toEqual([1, 1, 0])
  await left[Symbol.asyncDispose]()
  expect(await blocked).toBe(true)
  expect(bc.subscriberCount).toBe(0)
})

test('a callback that sends changes no order and breaks nothing by throwing', async () => {
  const owner = new Owner()
  let again = true
  const bc = broadcast<number>(owner, {
    capacity: 1,
    backpressure: 'drop-oldest',
    onDrop: () => {
      if (!again) throw new Error('onDrop')
      again = false
      void bc.send(9)
    },
  })
  const subscribers = [bc.subscribe(), bc.subscribe()]
  await bc.send(1)
  await bc.send(2)
  expect(owner.reports).toHaveLength(3)
  for (const it of subscribers) expect(await it.next()).toEqual({ value: 9, done: false })
})

test('disposal closes it, and what it says in a bad case is clear', async () => {
  const owner = new Owner()
  const bc = broadcast<number>(owner)
  const events = bc.subscribe()
  const next = events.next()
  await bc[Symbol.asyncDispose]()
  expect(await next).toEqual({ value: undefined, done: true })
  expect([bc.isClosed, await bc.send(1)]).toEqual([true, false])
  expect(() => bc.subscribe()).toThrow(ChannelClosedError)
  expect(() => bc.subscribe()).toThrow('Cannot subscribe to closed broadcast channel')
  const wrong: [BroadcastOptions<number>, string][] = [
    [{ capacity: -1 }, 'Cannot create broadcast: capacity must be an integer of at least 0 or Infinity, got -1'],
    [{ replay: 3, capacity: 2 }, 'Cannot create broadcast: replay must be at most the capacity of 2, got 3'],
    [{ backpressure: 'sample' as 'block' }, "Cannot create broadcast: backpressure must be one of 'block'"],
    [{ onDrop: 1 as never }, 'Cannot create broadcast: onDrop must be a function, got 1'],
    [null as never, 'Cannot create broadcast: options must be an object, got null'],
  ]
  for (const [options, message] of wrong) expect(() => broadcast(owner, options)).toThrow(message)
  expect(() => bc.send(1, { signal: 1 as never })).toThrow(
    'Cannot send: signal must be an AbortSignal such as controller.signal, got 1',
  )
  owner.isDisposed = true
  expect(() => broadcast(owner)).toThrow(ScopeDisposedError)
})

test('an aborted signal or owner refuses at once', async () => {
  const owner = new Owner()
  const bc = broadcast<number>(owner)
  const reason = new Error('stop')
  await expect(bc.send(1, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  const events = bc.subscribe()
  const pending = events.next()
  owner.cancel(reason)
  await expect(pending).rejects.toBe(reason)
  await expect(bc.send(1)).rejects.toBe(reason)
  await expect(events.next()).rejects.toBe(reason)
})
