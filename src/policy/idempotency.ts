/**
 * Runs a key once, across executions: reserve, run, store.
 *
 * 1. Only a success is stored; the reservation is given back when the body has really ended, whatever came of it.
 * 2. The key is looked up again after it was reserved: another run may have ended in between.
 * 3. A provider that fails before the run fails the call, and the body never starts.
 * 4. Where the provider can extend them, reservations are made for half a minute and renewed while the body lives: those of
 *    a process that died end by themselves. A run whose reservation was lost is aborted, since another may have begun.
 */

import { after } from '../base/clock.js'
import { IdempotencyInProgressError, toError } from '../base/errors.js'
import { text } from '../base/options.js'
import { IdempotencyLostError, ProviderError } from '../persist/errors-provider.js'
import { Renewal } from '../persist/renewal.js'
import type { IdempotencyProvider } from '../persist/types.js'
import { seal, unseal } from './envelope.js'
import { action, type IdempotencyOptions } from './idempotency-options.js'
import { abortable, type AsyncLayer, type Call } from './layer.js'

/** What came of asking for a key: a value, or a reservation that is ours since then, in the host's milliseconds. */
type Taken = { readonly at: 'stored'; readonly value: unknown } | { readonly at: 'reserved'; readonly since: number }

const firstPoll = 50
const longestPoll = 1_000
/** How long a reservation lasts that is not renewed, in milliseconds. */
const reservedFor = 30_000

/** A run in progress in this process: those who wait for its end. */
type Run = Set<() => void>

/** Keys in progress in this process, by provider. */
const inProgress: WeakMap<IdempotencyProvider, Map<string, Run>> = /* @__PURE__ */ new WeakMap()

/** Answers from the provider, or runs and stores. */
export function idempotency({ key, ttl, wait }: IdempotencyOptions, provider: IdempotencyProvider): AsyncLayer {
  return (next) => async (call) => {
    const name = keyOf(key)
    const taken = await take(call, provider, name, wait ?? false)
    // The key decides what is kept under it, so whoever asks for it expects its type.
    if (taken.at === 'stored') return taken.value as Awaited<ReturnType<typeof next>>
    const renewal = renew(call, provider, name, taken.since)
    try {
      const value = await next(call)
      await store(call, provider, name, value, ttl)
      return value
    } finally {
      call.whenIdle(() => {
        renewal?.stop()
        give(call, provider, name)
      })
    }
  }
}

function keyOf(key: string | (() => string)): string {
  try {
    return text(action, 'idempotency.key', typeof key === 'function' ? key() : key)
  } catch (error) {
    throw toError(error)
  }
}

/** The stored value, or the reservation for this call. */
async function take(call: Call, provider: IdempotencyProvider, key: string, waits: boolean): Promise<Taken> {
  let since = 0
  for (let poll = firstPoll; ; poll = Math.min(longestPoll, poll * 2)) {
    const stored = await look(call, provider, key)
    if (stored !== undefined) return stored
    since = call.host.now()
    const run = inProgress.get(provider)?.get(key)
    if (run === undefined && (await reserve(call, provider, key))) break
    if (!waits) throw new IdempotencyInProgressError(key)
    await pause(call, run, poll)
  }
  try {
    const stored = await look(call, provider, key)
    if (stored === undefined) return { at: 'reserved', since }
    give(call, provider, key)
    return stored
  } catch (error) {
    give(call, provider, key)
    throw error
  }
}

async function look(call: Call, provider: IdempotencyProvider, key: string): Promise<Taken | undefined> {
  const record = await abortable(
    call,
    ask(() => provider.get(key)),
  )
  if (record === null || record === undefined) return undefined
  const { value, expiresAt } = record
  if (expiresAt !== undefined && expiresAt <= Date.now()) return undefined // not every provider looks
  try {
    return { at: 'stored', value: unseal(value) }
  } catch (cause) {
    throw new ProviderError('idempotency', 'get', key, 'answered a damaged value', { cause })
  }
}

/** Keeps the reservation until it is stopped, where the provider has a way to. */
function renew(call: Call, provider: IdempotencyProvider, key: string, since: number): Renewal | undefined {
  if (provider.reserve === undefined || provider.extend === undefined) return undefined
  const thing = {
    host: call.host,
    ttl: reservedFor,
    extend: async () => (await provider.extend?.(key, reservedFor)) === true,
    lost: () => call.aborted || call.expire(new IdempotencyLostError(key)),
    report: (error: unknown) => call.report(error, 'idempotency provider'),
  }
  return new Renewal(thing, since)
}

/** Reserves a key that nobody has in this process; false when somebody elsewhere has it. */
async function reserve(call: Call, provider: IdempotencyProvider, key: string): Promise<boolean> {
  const own = inProgress.get(provider) ?? new Map<string, Run>()
  inProgress.set(provider, own.set(key, new Set()))
  if (provider.reserve === undefined) return true
  const answer = ask(() => provider.reserve?.(key, provider.extend === undefined ? undefined : reservedFor))
  try {
    if ((await abortable(call, answer)) === true) return true
  } catch (error) {
    // Only an answer tells whose the key is: to give it back without one could free somebody else's.
    const done = call.hold()
    answer
      .then(
        (reserved) => (reserved === true ? give(call, provider, key) : forget(provider, key)),
        () => forget(provider, key),
      )
      .then(done)
    throw error
  }
  forget(provider, key)
  return false
}

/** Gives the key back; the call stays open until the provider has answered. */
function give(call: Call, provider: IdempotencyProvider, key: string): void {
  if (provider.release === undefined) return forget(provider, key)
  const done = call.hold()
  ask(() => provider.release?.(key))
    .catch((error: unknown) => call.report(error, 'idempotency provider'))
    .then(() => {
      forget(provider, key)
      done()
    })
}

function forget(provider: IdempotencyProvider, key: string): void {
  const own = inProgress.get(provider)
  const waiting = own?.get(key)
  own?.delete(key)
  for (const wake of waiting ?? []) wake()
}

/**
 * The work was done once: if its value cannot be stored it is still delivered, since to fail would lose it and invite
 * the caller to do the work again. That later calls will run is told to the scope's logger.
 */
async function store(
  call: Call,
  provider: IdempotencyProvider,
  key: string,
  value: unknown,
  ttl: number | undefined,
): Promise<void> {
  if (ttl === 0) return // it has expired already; providers disagree about what 0 means
  const done = call.hold()
  try {
    await ask(() => provider.set(key, seal(value), ttl === Infinity ? undefined : ttl))
  } catch (error) {
    call.report(error, 'idempotency provider')
  } finally {
    done()
  }
}

/** Waits for the end of the run in this process, or some time for one elsewhere. */
function pause(call: Call, run: Run | undefined, ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    if (call.abortError !== undefined) return reject(call.abortError)
    // The run may be another request's, which cannot wake this one on every host.
    const wakes = call.host.isolatesRequests ? undefined : run
    const undo = after(wakes === undefined ? ms : Infinity, () => wake())
    const forgetCall = call.onAbort((error) => {
      undo()
      wakes?.delete(wake)
      reject(error)
    })
    const wake = (): void => {
      undo()
      forgetCall()
      resolve()
    }
    wakes?.add(wake)
  })
}

/** Asks the provider, which may throw at once or never answer. */
async function ask<T>(fn: () => PromiseLike<T> | T): Promise<T> {
  try {
    return await fn()
  } catch (error) {
    throw toError(error)
  }
}
