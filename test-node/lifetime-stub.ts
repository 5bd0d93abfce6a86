/** The smallest owner there can be, for tests of what lives in one: it counts what hangs on it. */
import type { Cleanup, Lifetime } from '../src/lifetime/lifetime.js'
import { AbortError } from '../src/base/errors.js'
import type { Undo } from '../src/base/undo.js'
import { Cancellation } from '../src/lifetime/cancellation.js'
import { CleanupStack } from '../src/lifetime/cleanup.js'
import type { HostEvents, Runtime } from '../src/runtime.js'

export { watch } from '../runtimes/conformance/fixtures.js'

/** A page that a test hides and shows. */
export class Page implements HostEvents {
  hidden = false
  readonly #onHidden: Set<() => void> = new Set()
  readonly #onVisible: Set<() => void> = new Set()

  /** How many listen. */
  get listeners(): number {
    return this.#onHidden.size + this.#onVisible.size
  }

  onHidden(fn: () => void): Undo {
    this.#onHidden.add(fn)
    return () => this.#onHidden.delete(fn)
  }

  onVisible(fn: () => void): Undo {
    this.#onVisible.add(fn)
    return () => this.#onVisible.delete(fn)
  }

  isHidden(): boolean {
    return this.hidden
  }

  hide(): void {
    this.hidden = true
    for (const fn of this.#onHidden) fn()
  }

  show(): void {
    this.hidden = false
    for (const fn of this.#onVisible) fn()
  }
}

/** An owner that remembers what was reported to it. */
export class Owner extends Cancellation implements Lifetime {
  readonly scopeName = 'stub'
  readonly reports: { readonly error: unknown; readonly where: string }[] = []
  readonly host: Runtime
  isDisposed = false
  gracePeriod = 2_000
  /** Listeners and cleanups registered, and neither run nor taken back. */
  entries = 0
  readonly #cleanups: CleanupStack = new CleanupStack()

  constructor(events?: HostEvents) {
    super()
    this.host = {
      name: 'generic',
      now: () => performance.now(),
      randomBytes: (length) => new Uint8Array(length),
      log: () => {},
      unref: (timer) => (timer as { unref?(): void }).unref?.(),
      ...(events && { events }),
    }
  }

  override onAbort(fn: (error: Error) => void): Undo {
    const leave = this.#enter()
    const undo = super.onAbort((error) => {
      leave()
      fn(error)
    })
    return () => {
      leave()
      undo()
    }
  }

  onDispose(cleanup: Cleanup): Undo {
    const leave = this.#enter()
    const undo = this.#cleanups.push(() => {
      leave()
      return cleanup()
    })
    return () => {
      leave()
      undo()
    }
  }

  warn(message: string): void {
    this.host.log('warn', message)
  }

  report(error: unknown, where: string): void {
    this.reports.push({ error, where })
  }

  /** Cancels, as `scope.cancel(reason)` does. */
  cancel(reason: unknown): void {
    const self = this as unknown as { cancelWith(reason: unknown): boolean } // internal: not in the declarations
    self.cancelWith(reason)
  }

  /** Ends as a scope does: cancels, then runs the cleanups; resolves to their errors. */
  dispose(): Promise<unknown[]> {
    this.isDisposed = true
    this.cancel(new AbortError('Scope disposed', { scopeName: this.scopeName }))
    return this.#cleanups.unwind()
  }

  #enter(): Undo {
    let registered = true
    this.entries++
    return () => {
      if (registered) this.entries--
      registered = false
    }
  }
}

/** Lets everything that is ready happen, without a macrotask. */
export async function microtasks(turns: number = 20): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await undefined
}
