/** What a suite of tests for providers is given: a way to register tests, to compare, and to open what is tested. */

/** The two comparisons that suites need: those of `node:assert`, of Chai and of others will do. */
export interface SuiteAssert {
  strictEqual(actual: unknown, expected: unknown, message?: string): void
  deepEqual(actual: unknown, expected: unknown, message?: string): void
}

/** A store that was opened for one test, and is empty. */
export interface OpenedProvider<P> {
  /** A provider on it. */
  readonly provider: P
  /** Another provider on it, as another process has one. Without it what concerns several processes is not tested. */
  another?(): P | Promise<P>
  /** Lets time pass on the store's clock. Default: waits. */
  pass?(ms: number): Promise<void>
  /** Closes it, and deletes what it has kept. */
  close?(): void | Promise<void>
}

/** A suite's surroundings. */
export interface ProviderSuite<P> {
  /** Registers a test, which fails when `fn` throws or rejects. */
  test(name: string, fn: () => void | Promise<void>): unknown
  readonly assert: SuiteAssert
  /** Opens an empty store, for each test anew. */
  open(): OpenedProvider<P> | Promise<OpenedProvider<P>>
  /** What its tests' names begin with, for example the provider's name. */
  readonly name?: string
}

/** An opened store with nothing left out. */
export interface Opened<P> {
  readonly provider: P
  readonly another: (() => P | Promise<P>) | undefined
  pass(ms: number): Promise<void>
}

/** Registers a test with a store of its own. */
export function withProvider<P>(
  suite: ProviderSuite<P>,
  kind: string,
  title: string,
  fn: (opened: Opened<P>) => Promise<void>,
): void {
  suite.test(`${suite.name ?? kind}: ${title}`, async () => {
    const store = await suite.open()
    try {
      await fn({
        provider: store.provider,
        another: store.another?.bind(store),
        pass: async (ms) => (store.pass === undefined ? waitReally(ms) : store.pass(ms)),
      })
    } finally {
      await store.close?.()
    }
  })
}

/** What a promise rejects with; fails when it does not. */
export async function rejection(fn: () => unknown): Promise<unknown> {
  try {
    await fn()
  } catch (error) {
    return error
  }
  throw new Error('expected a rejection, and there was none')
}

/** Keys that stores must not confuse, or take for something else. */
export const oddKeys: readonly string[] = [
  'plain',
  'PLAIN',
  '../../etc/passwd',
  'a/b\\c:d*e?f"g<h>|i',
  '__proto__',
  'CON',
  'zero\u0000byte',
  'ünï ✓ 🙂',
  ' ',
  'long'.repeat(200),
]

function waitReally(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
