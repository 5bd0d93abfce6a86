/**
 * Runs a key once, across executions: reserve, run, store.
 *
 * 1. Only a success is stored; the reservation is given back when the body has really ended, whatever came of it.
 * 2. The key is looked up again after it was reserved: another run may have ended in between.
 * 3. A provider that fails before the run fails the call, and the body never starts.
 */

import { after } from '../base/clock.js'
import { IdempotencyInProgressError, toError } from '../base/errors.js'
import { duration, flag, object, text, wrongType } from '../base/options.js'
import type { IdempotencyProvider } from '../persist/types.js'
import { abortable, type Call, type Layer } from './layer.js'

/** Under which key a task runs once. */
export interface IdempotencyOptions {
  /** The key, or a function that makes it when the task starts. */
  readonly key: string | (() => string)
  /** Milliseconds its value is kept. Default: the scope's `idempotency.defaultTTL`, else for ever. */
  readonly ttl?: number
  /** Waits for a run of the same key that is in progress, instead of failing at once. Default: false. */
  readonly wait?: boolean
}

/** What is stored: an object, so that `undefined` and `null` come back as they were. */
interface Envelope {
  readonly done: true
  readonly value?: unknown
}

const action = 'start task'
const firstPoll = 50
const longestPoll = 1_000

/** Keys in progress in this process, by provider, each with those who wait for its end. */
const inProgress: WeakMap<IdempotencyProvider, Map<string, Set<() => void>>> = /* @__PURE__ */ new WeakMap()

/** Answers from the provider, or runs and stores. */
export function idempotency(
  options: IdempotencyOptions,
  provider: IdempotencyProvider,
  defaultTtl: number | undefined,
): Layer {
  const { key, ttl = defaultTtl, wait } = object(action, 'idempotency', options)
  if (typeof key !== 'function' && typeof key !== 'string') {
    throw wrongType(action, 'idempotency.key', 'a string or a function', key)
  }
  if (ttl !== undefined) duration(action, 'idempotency.ttl', ttl)
  const waits = flag(action, 'idempotency.wait', wait)
  return (next) => async (call) => {
    const name = keyOf(key)
    const found = await take(call, provider, name, waits)
    // The key decides what is kept under it, so whoever asks for it expects its type.
    if (found !== undefined) return found.value as Awaited<ReturnType<typeof next>>
    try {
      const value = await next(call)
      await store(call, provider, name, value, ttl)
      return value
    } finally {
      call.whenIdle(() => give(call, provider, name))
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

/** The stored value, or nothing once the key is reserved for this call. */
async function take(
  call: Call,
  provider: IdempotencyProvider,
  key: string,
  waits: boolean,
): Promise<Envelope | undefined> {
  for (let poll = firstPoll; ; poll = Math.min(longestPoll, poll * 2)) {
    const stored = await look(call, provider, key)
    if (stored !== undefined) return stored
    if (await reserve(call, provider, key)) break
    if (!waits) throw new IdempotencyInProgressError(key)
    await pause(call, provider, key, poll)
  }
  try {
    const stored = await look(call, provider, key)
    if (stored !== undefined) give(call, provider, key)
    return stored
  } catch (error) {
    give(call, provider, key)
    throw error
  }
}

async function look(call: Call, provider: IdempotencyProvider, key: string): Promise<Envelope | undefined> {
  const record = await ask(call, () => provider.get(key))
  if (record === null || record === undefined) return undefined
  const { value } = record
  const ours = typeof value === 'object' && value !== null && 'done' in value && value.done === true
  return ours ? (value as Envelope) : { done: true, value } // a value that somebody else has stored
}

async function reserve(call: Call, provider: IdempotencyProvider, key: string): Promise<boolean> {
  const own = inProgress.get(provider) ?? new Map<string, Set<() => void>>()
  inProgress.set(provider, own)
  if (own.has(key)) return false
  own.set(key, new Set())
  try {
    const reserved = provider.reserve === undefined || (await ask(call, () => provider.reserve?.(key)))
    if (reserved !== true) forget(provider, key)
    return reserved === true
  } catch (error) {
    give(call, provider, key) // it may have been reserved although the answer never came
    throw error
  }
}

/** Gives the key back; the call stays open until the provider has answered. */
function give(call: Call, provider: IdempotencyProvider, key: string): void {
  if (provider.release === undefined) return forget(provider, key)
  const done = call.hold()
  ask(undefined, () => provider.release?.(key))
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

/** The work was done once: if its value cannot be stored it is still delivered, and the trouble reported. */
async function store(
  call: Call,
  provider: IdempotencyProvider,
  key: string,
  value: unknown,
  ttl: number | undefined,
): Promise<void> {
  const envelope: Envelope = { done: true, value }
  const done = call.hold()
  try {
    await ask(undefined, () => provider.set(key, envelope, ttl === Infinity ? undefined : ttl))
  } catch (error) {
    call.report(error, 'idempotency provider')
  } finally {
    done()
  }
}

/** Waits for the end of the run in this process, or some time for one elsewhere. */
function pause(call: Call, provider: IdempotencyProvider, key: string, ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const waiting = inProgress.get(provider)?.get(key)
    const undo = after(waiting === undefined ? ms : Infinity, () => wake())
    const forgetCall = call.onAbort((error) => {
      undo()
      waiting?.delete(wake)
      reject(error)
    })
    const wake = (): void => {
      undo()
      forgetCall()
      resolve()
    }
    waiting?.add(wake)
  })
}

/** Asks the provider, which may throw at once or never answer. */
function ask<T>(call: Call | undefined, fn: () => PromiseLike<T> | T): Promise<T> {
  const answer = (async () => await fn())().catch((error: unknown) => {
    throw toError(error)
  })
  return call === undefined ? answer : abortable(call, answer)
}
