/** An owner and nothing more: for features that are used without a scope. */

import { AbortError, ScopeDisposedError, suppress } from '../base/errors.js'
import { callback, duration, object, text } from '../base/options.js'
import { optionalSignal, listen } from '../base/signal.js'
import type { Undo } from '../base/undo.js'
import type { Runtime } from '../runtime.js'
import { Cancellation } from './cancellation.js'
import { CleanupStack } from './cleanup.js'
import { defaultGrace } from './grace.js'
import type { Cleanup, Lifetime } from './lifetime.js'
import { ending } from './unseen.js'

/** Options of `createLifetime`. */
export interface LifetimeOptions {
  /** Name for messages. Default: `lifetime`. */
  readonly name?: string
  /** Cancels it when it aborts. */
  readonly signal?: AbortSignal
  /** How long disposal waits for work that was told to end, in milliseconds; `Infinity` waits for ever. Default: 2 000. */
  readonly gracePeriod?: number
}

/** An owner of semaphores, channels and the like, without tasks or services. Disposing of it ends them. */
export interface OwnLifetime extends Lifetime, AsyncDisposable {
  /** Cancels what lives in it with `reason`; it can still be disposed of. */
  cancel(reason?: unknown): void
}

/** An owner over a node of its own, or over the one of its tasks. */
export class Owner implements OwnLifetime {
  readonly scopeName: string
  readonly host: Runtime
  readonly gracePeriod: number
  readonly #node: Cancellation
  readonly #cleanups: CleanupStack = new CleanupStack()
  #state: { readonly at: 'open' } | { at: 'ending' | 'ended'; readonly disposal: Promise<void> } = { at: 'open' }

  constructor(host: Runtime, options: LifetimeOptions = {}, node: Cancellation = new Cancellation()) {
    const action = 'create lifetime'
    const { name, signal, gracePeriod } = object(action, 'options', options)
    this.scopeName = name === undefined ? 'lifetime' : text(action, 'name', name)
    this.gracePeriod = gracePeriod === undefined ? defaultGrace : duration(action, 'gracePeriod', gracePeriod)
    optionalSignal(action, signal)
    this.host = host
    this.#node = node
    if (signal?.aborted) node.cancelWith(signal.reason)
    else if (signal !== undefined) node.onAbort(listen(signal, (reason) => void node.cancelWith(reason)))
  }

  get signal(): AbortSignal {
    return this.#node.signal
  }

  get aborted(): boolean {
    return this.#node.aborted
  }

  get reason(): unknown {
    return this.#node.reason
  }

  get abortError(): Error | undefined {
    return this.#node.abortError
  }

  get isDisposed(): boolean {
    return this.#state.at !== 'open'
  }

  onAbort(fn: (error: Error) => void): Undo {
    return this.#node.onAbort(callback('listen', 'fn', fn))
  }

  onDispose(cleanup: Cleanup): Undo {
    callback('register cleanup', 'fn', cleanup)
    if (this.#state.at === 'ended') throw new ScopeDisposedError('register cleanup', this.scopeName)
    return this.#cleanups.push(cleanup)
  }

  cancel(reason: unknown = new AbortError('Cancelled', { scopeName: this.scopeName })): void {
    this.#node.cancelWith(reason)
  }

  report(error: unknown, where: string): void {
    this.host.log('error', `[${this.scopeName}] ${where} threw`, error)
  }

  warn(message: string): void {
    this.host.log('warn', `[${this.scopeName}] ${message}`)
  }

  [Symbol.asyncDispose](): Promise<void> {
    if (this.#state.at !== 'open') return this.#state.disposal
    let begin: (ended: Promise<void>) => void = () => {}
    const disposal = new Promise<void>((resolve) => (begin = resolve))
    this.#state = { at: 'ending', disposal } // before the first step, which may call us again
    begin(this.#end())
    return disposal
  }

  /** Waits for what is left after the abort and before the cleanups. @internal */
  protected async drain(): Promise<void> {}

  async #end(): Promise<void> {
    this.#node.abortAs(ending(this))
    await this.drain()
    const errors = await this.#cleanups.unwind()
    if (this.#state.at === 'ending') this.#state.at = 'ended'
    if (errors.length > 0) throw suppress(errors)
  }
}
