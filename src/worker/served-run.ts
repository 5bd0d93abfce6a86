/** The worker's side of one run: what its body is given, and what it hears from the scope. */

import type { Logger } from '../base/logger.js'
import { createProgressContext, type ProgressContext } from '../persist/progress.js'
import type { CheckpointContext } from '../persist/types.js'
import type { LogLevel } from '../runtime.js'
import type { WorkerContext } from './context.js'
import { decodeError } from './error-codec.js'
import type { FromWorker, ToWorker } from './protocol.js'

/** What the worker's host gives to a run. */
export interface RunHome {
  /** Sends a copy to the scope; throws when something cannot be copied. */
  post(message: FromWorker): void
  /** Monotonic milliseconds. */
  now(): number
}

/** The message that starts a run. */
export type Order = ToWorker & { readonly goGoScope: 'run' }

type Saved = ToWorker & { readonly goGoScope: 'saved' }

/** Posts a message whose parts may be what cannot be copied: then as text. */
export function tell(home: RunHome, message: (asText: boolean) => FromWorker): void {
  try {
    home.post(message(false))
  } catch {
    home.post(message(true))
  }
}

/** Saves on their way to the scope; an answer comes also when the run that asked has ended. */
export class Saves {
  readonly #home: RunHome
  readonly #waiting: Map<number, (answer: Saved) => void> = new Map()
  #last = 0

  constructor(home: RunHome) {
    this.#home = home
  }

  /** Resolves to what was saved, as it now stands. */
  send(id: number, data: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const save = ++this.#last
      this.#home.post({ goGoScope: 'save', id, save, data }) // throws, and so rejects, when it cannot be copied
      this.#waiting.set(save, ({ error, data: saved }) => {
        if (error === undefined) resolve(saved)
        else reject(decodeError(error))
      })
    })
  }

  /** The scope has saved, or could not. */
  answered(answer: Saved): void {
    this.#waiting.get(answer.save)?.(answer)
    this.#waiting.delete(answer.save)
  }
}

/** A run that has begun. */
export class ServedRun {
  readonly id: number
  readonly home: RunHome
  /** It takes no more saves: nobody would hear of them. */
  over = false
  /** Made when the task first reads its signal: most never do. */
  #controller: AbortController | undefined
  /** Why it was cancelled, once it was. */
  #aborted: { readonly reason: unknown } | undefined
  readonly #saves: Saves

  constructor(home: RunHome, saves: Saves, id: number) {
    this.home = home
    this.#saves = saves
    this.id = id
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#aborted !== undefined) this.#controller.abort(this.#aborted.reason)
    }
    return this.#controller.signal
  }

  /** The scope has cancelled it. */
  abort(reason: unknown): void {
    this.#aborted = { reason }
    this.#controller?.abort(reason)
  }

  /** Resolves to what was saved, as it now stands. */
  async save(data: unknown): Promise<unknown> {
    if (this.over) throw new Error('Cannot save checkpoint: its task has ended')
    return this.#saves.send(this.id, data)
  }
}

/** What its body is given; members are made when first read, as on the other side. */
export class ServedContext implements WorkerContext {
  readonly data: unknown
  readonly attempt: number
  /** An own property of the contexts that have it, so that the others have none. */
  declare readonly checkpoint?: CheckpointContext
  readonly #run: ServedRun
  #logger: Logger | undefined
  #progress: ProgressContext | undefined

  constructor(run: ServedRun, { data, attempt, checkpoint }: Order) {
    this.#run = run
    this.data = data
    this.attempt = attempt
    if (checkpoint !== undefined) this.checkpoint = checkpointOf(run, checkpoint.data)
  }

  get signal(): AbortSignal {
    return this.#run.signal
  }

  get logger(): Logger {
    return (this.#logger ??= loggerOf(this.#run))
  }

  get progress(): ProgressContext {
    return (this.#progress ??= progressOf(this.#run, () => this.logger))
  }
}

function loggerOf({ home, id }: ServedRun): Logger {
  const log =
    (level: LogLevel) =>
    (message: string, ...args: unknown[]): void =>
      tell(home, (asText) => ({ goGoScope: 'log', id, level, message, args: asText ? args.map(String) : args }))
  return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') }
}

function progressOf({ home, id }: ServedRun, logger: () => Logger): ProgressContext {
  const progress = createProgressContext(
    () => home.now(),
    (error, where) => logger().error(`${where} threw`, error),
  )
  progress.onUpdate(({ percentage }) => tell(home, () => ({ goGoScope: 'progress', id, percentage })))
  return progress
}

function checkpointOf(run: ServedRun, data: unknown): CheckpointContext {
  let durable = data
  return {
    get data() {
      return durable
    },
    async save(next) {
      durable = await run.save(next)
    },
    stage: (next) => run.home.post({ goGoScope: 'stage', id: run.id, data: next }),
  }
}
