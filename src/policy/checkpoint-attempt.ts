/**
 * What one attempt of a task saves with.
 *
 * 1. A save under way when the call aborts rejects with the abort at once; the write goes on, and holds the call. Saves asked for
 *    after the abort, to leave things in order, are tried.
 * 2. At most one automatic save is under way; what is staged meanwhile waits for the next interval, or for the end.
 * 3. A timer is armed, and the page listened to, only while something is staged. Both go with the attempt.
 * 4. What is still staged when an attempt fails or is cancelled is saved then: the next one goes on from there.
 */

import { after } from '../base/clock.js'
import { nothing, type Undo } from '../base/undo.js'
import { type CheckpointLog, isFenced } from '../persist/checkpoint-log.js'
import { encode } from '../persist/codec.js'
import { createProgressContext, type ProgressContext } from '../persist/progress.js'
import type { CheckpointContext } from '../persist/types.js'
import { abortable, type Call } from './layer.js'

/** The checkpoints of one attempt. */
export class AttemptCheckpoints implements CheckpointContext {
  readonly #call: Call
  readonly #log: CheckpointLog
  readonly #interval: number | undefined
  readonly #fenced: (error: Error) => void
  /** The progress that goes into the records. */
  readonly progress: ProgressContext
  #automatic: 'idle' | 'saving' | 'ended' = 'idle'
  #staged: { readonly json: unknown } | undefined
  #due: number
  #disarm: Undo | undefined
  #ignorePage: Undo = nothing

  constructor(call: Call, log: CheckpointLog, interval: number | undefined, fenced: (error: Error) => void) {
    this.#call = call
    this.#log = log
    this.#interval = interval
    this.#fenced = fenced
    this.#due = call.host.now() + (interval ?? Infinity)
    this.progress = createProgressContext(
      () => call.host.now(),
      (error, where) => call.report(error, where),
    )
    if (log.percentage > 0) this.progress.update(log.percentage)
  }

  get data(): unknown {
    return this.#log.data
  }

  save(data: unknown): Promise<void> {
    let json: unknown
    try {
      json = encode(data)
    } catch (error) {
      return Promise.reject(error)
    }
    this.#staged = undefined // it is older
    this.#sleep()
    return this.#write(json) // and no other promise around it, whose rejection would be unhandled
  }

  stage(data: unknown): void {
    if (this.#interval === undefined) {
      throw new TypeError(`Cannot stage data of task ${this.#call.name}: its checkpoint option has no interval`)
    }
    const json = encode(data)
    if (this.#automatic === 'ended') return
    this.#staged = { json }
    if (this.#automatic === 'idle') this.#wake()
  }

  /** The attempt is over; what it has staged is saved unless it has succeeded. */
  end(succeeded: boolean): void {
    if (!succeeded) {
      this.#automatic = 'idle' // the last save does not wait for the one before it: the log keeps them in order
      this.#flush()
    }
    this.#automatic = 'ended'
    this.#staged = undefined
    this.#sleep()
  }

  /** Sees to it that what is staged gets saved: in time, or when the page is hidden, after which it may never run again. */
  #wake(): void {
    if (this.#disarm !== undefined) return
    const flush = (): void => this.#flush()
    this.#disarm = after(Math.max(0, this.#due - this.#call.host.now()), flush)
    this.#ignorePage = this.#call.host.events?.onHidden?.(flush) ?? nothing
  }

  #sleep(): void {
    this.#disarm?.()
    this.#disarm = undefined
    this.#ignorePage()
    this.#ignorePage = nothing
  }

  #flush(): void {
    const staged = this.#staged
    if (staged === undefined || this.#automatic !== 'idle') return
    this.#staged = undefined
    this.#sleep()
    if (this.#log.has(staged.json)) return
    this.#automatic = 'saving'
    this.#write(staged.json).then(
      () => this.#flushed(),
      (error: Error) => {
        if (this.#call.aborted || isFenced(error)) return
        this.#call.report(error, 'automatic checkpoint')
        this.#staged ??= staged
        this.#flushed()
      },
    )
  }

  #flushed(): void {
    if (this.#automatic === 'ended') return
    this.#automatic = 'idle'
    this.#due = this.#call.host.now() + (this.#interval ?? Infinity)
    if (this.#staged !== undefined) this.#wake()
  }

  #write(json: unknown): Promise<void> {
    const call = this.#call
    const done = call.hold()
    const saved = this.#log.write(json, () => this.progress.get())
    saved.then(done, (error: Error) => {
      if (isFenced(error)) this.#fenced(error)
      done()
    })
    if (call.aborted) return saved
    const out = abortable(call, saved)
    const forget = call.onAbort(() => out.catch(nothing)) // a body that was cancelled need not look
    saved.then(forget, forget)
    return out
  }
}
