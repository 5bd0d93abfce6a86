/** What the topic files share: tests in virtual time, promises to hold on to, a logger that remembers. */

import type { VirtualClock } from '../generic/testing.js'
import type { LogLevel, Logger } from '../generic/index.js'
import type { Kit } from './kit.js'

/** The clock of the last test, which a test that hangs leaves installed. */
let installed: VirtualClock | undefined

/** Registers a test that runs in virtual time. */
export function timed(kit: Kit, name: string, fn: (clock: VirtualClock) => void | Promise<void>): void {
  kit.test(name, async () => {
    installed?.restore()
    const clock = kit.testing.virtualTime()
    installed = clock
    try {
      await fn(clock)
    } finally {
      clock.restore()
    }
  })
}

/** A promise and its two ends. */
export interface Deferred<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
  readonly reject: (error: unknown) => void
}

/** A promise that the test settles when it wants to. */
export function deferred<T = void>(): Deferred<T> {
  let resolve: (value: T) => void = () => {}
  let reject: (error: unknown) => void = () => {}
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

/** What became of a promise so far. */
export interface Watched<T> {
  readonly settled: boolean
  readonly rejected: boolean
  readonly value: T | undefined
  readonly error: unknown
}

/** Follows a promise without waiting for it. */
export function watch<T>(promise: PromiseLike<T>): Watched<T> {
  const state: { -readonly [K in keyof Watched<T>]: Watched<T>[K] } = {
    settled: false,
    rejected: false,
    value: undefined,
    error: undefined,
  }
  promise.then(
    (value) => Object.assign(state, { settled: true, value }),
    (error: unknown) => Object.assign(state, { settled: true, rejected: true, error }),
  )
  return state
}

/** A line that was logged. */
export interface Line {
  readonly level: LogLevel
  readonly message: string
  readonly args: readonly unknown[]
}

/** A logger that remembers its lines. */
export function recorder(): { readonly logger: Logger; readonly lines: Line[]; at(level: LogLevel): Line[] } {
  const lines: Line[] = []
  const write =
    (level: LogLevel) =>
    (message: string, ...args: unknown[]): void => {
      lines.push({ level, message, args })
    }
  const logger = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
  return { logger, lines, at: (level) => lines.filter((line) => line.level === level) }
}

/** True if a line tells about this error, in its message or as an argument. */
export function tells(line: Line, error: Error): boolean {
  return line.args.includes(error) || line.message.includes(error.message)
}

/** Waits until a signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve())
  })
}

/** Waits in the current, virtual, time whatever happens: a body that ignores its signal. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** What a function throws; fails when it does not throw. */
export function thrownBy(fn: () => unknown, what: string = 'the call'): unknown {
  try {
    fn()
  } catch (error) {
    return error
  }
  throw new Error(`expected an error at ${what}, and there was none`)
}
