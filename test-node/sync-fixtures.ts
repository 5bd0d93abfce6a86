/** What the model checks of channels, select and broadcast share: an owner, a clock that moves at once, a log of outcomes. */

import fc from 'fast-check'
import { vi } from 'vitest'
import { markCancelled } from '../src/base/errors.js'
import type { Lifetime } from '../src/lifetime/lifetime.js'
import type { Runtime } from '../src/runtime.js'
import { BroadcastLaggedError } from '../src/sync/errors.js'

/** Timers and a clock that `advance` moves synchronously: a million programs leave no time for real turns. */
export class InstantClock {
  now = 0
  #id = 0
  readonly #timers: Map<number, { readonly at: number; readonly fn: () => void }> = new Map()

  get pending(): number {
    return this.#timers.size
  }

  install(): void {
    vi.stubGlobal('setTimeout', (fn: () => void, ms = 0) => {
      this.#timers.set(++this.#id, { at: this.now + ms, fn })
      return this.#id
    })
    vi.stubGlobal('clearTimeout', (id: number) => this.#timers.delete(id))
  }

  advance(ms: number): void {
    const until = this.now + ms
    for (;;) {
      const due = [...this.#timers].filter(([, { at }]) => at <= until).sort(([, a], [, b]) => a.at - b.at)[0]
      if (due === undefined) break
      const [id, { at, fn }] = due
      this.#timers.delete(id)
      this.now = at
      fn()
    }
    this.now = until
  }
}

/** The smallest owner there can be. */
export class Owner implements Lifetime {
  readonly scopeName = 'test'
  isDisposed = false
  readonly gracePeriod = 2_000
  reason: unknown
  abortError: Error | undefined
  readonly reports: unknown[] = []
  readonly logs: string[] = []
  readonly host: Runtime
  readonly #listeners: Set<(error: Error) => void> = new Set()

  constructor(clock: { readonly now: number } = { now: 0 }) {
    this.host = {
      name: 'generic',
      now: () => clock.now,
      randomBytes: (length) => new Uint8Array(length),
      log: (_level, message) => void this.logs.push(message),
    }
  }

  get aborted(): boolean {
    return this.abortError !== undefined
  }

  get signal(): AbortSignal {
    throw new Error('features listen by onAbort')
  }

  get listeners(): number {
    return this.#listeners.size
  }

  cancel(reason: Error): void {
    if (this.aborted) return
    this.reason = reason
    this.abortError = markCancelled(reason)
    for (const listener of this.#listeners) listener(reason)
    this.#listeners.clear()
  }

  onAbort(fn: (error: Error) => void): () => void {
    if (this.abortError === undefined) this.#listeners.add(fn)
    else fn(this.abortError)
    return () => this.#listeners.delete(fn)
  }

  onDispose(): () => void {
    throw new Error('channels need no disposal')
  }

  warn(message: string): void {
    this.logs.push(message)
  }

  report(error: unknown): void {
    this.reports.push(error)
  }
}

/** Writes down what becomes of a promise. */
export function follow(promise: Promise<unknown>): { text: string } {
  const outcome = { text: 'pending' }
  promise.then(
    (value) => (outcome.text = show(value)),
    (error: unknown) => (outcome.text = `rejected ${nameOf(error)}`),
  )
  return outcome
}

/** Shows values, Results and iteration results alike on both sides of a comparison. */
export function show(value: unknown): string {
  if (Array.isArray(value) && value[0] instanceof Error) return `failed ${nameOf(value[0])}`
  return JSON.stringify(value, (_, it) => (it === undefined ? 'undefined' : it))
}

function nameOf(error: unknown): string {
  if (error instanceof BroadcastLaggedError) return `skipped ${error.skipped}`
  return error instanceof Error ? `${error.name}${error.name === 'Error' ? `: ${error.message}` : ''}` : String(error)
}

/** Lets all microtasks run that a settled operation can need. */
export async function flush(): Promise<void> {
  for (let i = 0; i < 10; i++) await undefined
}

/** How many random programs: a million in the long version. */
export const runs: number = process.env.TEST_LONG === '1' ? 1_000_000 : 2_000

/** Checks random programs; a failure prints the shortest one found, which makes a test as it stands. */
export async function checkPrograms<P extends { readonly program: readonly unknown[] }>(
  programs: fc.Arbitrary<P>,
  check: (program: P) => Promise<void>,
): Promise<void> {
  const property = fc.asyncProperty(programs, async (it) => {
    try {
      await check(it)
    } catch (error) {
      const lines = it.program.map((command) => `    ${show(command)},`).join('\n')
      const { program: _, ...setup } = it
      throw new Error(
        `${error instanceof Error ? error.message : error}\n  ${show(setup)}\n  program: [\n${lines}\n  ]`,
      )
    }
  })
  await fc.assert(property, { numRuns: runs })
}
