/** What the policy topics share: a scope in virtual time that must leave nothing behind, chance that can be set, a provider that remembers. */

import type { IdempotencyOptions, Scope, ScopeOptions } from '../generic/index.js'
import type { VirtualClock } from '../generic/testing.js'
import { type Line, recorder, timed, watch } from './fixtures.js'
import type { Kit } from './kit.js'

/** The log of a test's scope. */
export type Log = ReturnType<typeof recorder>

/** Longer than the default grace period: after it, whatever a test left running has been given up. */
const patience = 10_000

/**
 * Registers a test with an open scope in virtual time. Afterwards the scope is disposed of, which must end, and no timer
 * may be left.
 */
export function inScope(
  kit: Kit,
  name: string,
  options: ScopeOptions,
  fn: (s: Scope, clock: VirtualClock, log: Log) => void | Promise<void>,
): void {
  const assert: Chai.AssertStatic = kit.assert
  timed(kit, name, async (clock) => {
    const log = recorder()
    const s = kit.lib.scope({ logger: log.logger, ...options })
    let ended = watch(Promise.resolve())
    try {
      await fn(s, clock, log)
    } finally {
      ended = watch(s[Symbol.asyncDispose]())
      await clock.advance(patience)
    }
    assert.isTrue(ended.settled, 'the scope must end')
    assert.isFalse(ended.rejected, `disposal must not fail: ${String(ended.error)}`)
    assert.strictEqual(clock.pendingTimers, 0, 'no timer may be left')
  })
}

/** Ends a scope that a test opened besides its own. */
export async function end(s: AsyncDisposable, clock: VirtualClock): Promise<void> {
  const ended = watch(s[Symbol.asyncDispose]())
  await clock.advance(patience)
  if (!ended.settled) throw new Error('the scope must end')
  if (ended.rejected) throw ended.error
}

/** Runs `fn` while `Math.random` gives these values, the last one for ever. */
export async function withRandom(values: readonly number[], fn: () => Promise<void>): Promise<void> {
  const { random } = Math
  let at = 0
  Math.random = () => values[Math.min(at++, values.length - 1)] ?? 0
  try {
    await fn()
  } finally {
    Math.random = random
  }
}

/** Lines at `error` that carry this error as it is. */
export function reportsOf(log: Log, error: unknown): Line[] {
  return log.lines.filter((line) => line.args.includes(error))
}

/** What a call throws; `undefined` when it throws nothing, so that a test can tell that apart. */
export function thrown(fn: () => unknown): { readonly error: unknown } | undefined {
  try {
    fn()
  } catch (error) {
    return { error }
  }
  return undefined
}

/** Values that are not errors, most of them falsy, that a body may throw all the same. */
export const oddities: readonly unknown[] = [undefined, null, 0, '', false, Number.NaN, 'text', Symbol.iterator]

/** A body that ends only when its signal aborts, and then with the reason. */
export function untilAborted({ signal }: { readonly signal: AbortSignal }): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

/** A body that waits in virtual time and stops at once when its signal aborts. */
export function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(signal.reason)
    })
  })
}

interface Stored {
  readonly value: unknown
  readonly expiresAt?: number
}

/** An idempotency provider over a map, which remembers how it was called. */
export interface RecordingProvider {
  readonly calls: string[]
  readonly ttls: (number | undefined)[]
  readonly stored: Map<string, unknown>
  readonly reserved: Set<string>
  get(key: string): Promise<Stored | null>
  set(key: string, value: unknown, ttl?: number): Promise<void>
  delete(key: string): Promise<void>
}

/** A provider with the three methods that every provider has. */
export function recordingProvider(): RecordingProvider {
  const calls: string[] = []
  const ttls: (number | undefined)[] = []
  const stored = new Map<string, unknown>()
  return {
    calls,
    ttls,
    stored,
    reserved: new Set(),
    async get(key) {
      calls.push(`get ${key}`)
      return stored.has(key) ? { value: stored.get(key) } : null
    },
    async set(key, value, ttl) {
      calls.push(`set ${key}`)
      ttls.push(ttl)
      // As a provider that keeps text would: what does not survive JSON is lost.
      stored.set(key, JSON.parse(JSON.stringify(value)))
    },
    async delete(key) {
      calls.push(`delete ${key}`)
      stored.delete(key)
    },
  }
}

/** A provider that reserves, too, as one shared by processes would. */
export function reservingProvider(): RecordingProvider & {
  reserve(key: string, ttl?: number): Promise<boolean>
  release(key: string): Promise<void>
} {
  const base = recordingProvider()
  return Object.assign(base, {
    async reserve(key: string) {
      base.calls.push(`reserve ${key}`)
      if (base.reserved.has(key)) return false
      base.reserved.add(key)
      return true
    },
    async release(key: string) {
      base.calls.push(`release ${key}`)
      base.reserved.delete(key)
    },
  })
}

/** The options of an idempotent task. */
export function once(
  key: IdempotencyOptions['key'],
  more: Partial<IdempotencyOptions> = {},
): { readonly idempotency: IdempotencyOptions } {
  return { idempotency: { key, ...more } }
}
