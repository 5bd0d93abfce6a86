/** Workers that a test plays: it sees what they are sent, and says what they say. */
import type { WorkerCode, WorkerEvents, WorkerHost, WorkerPort } from '../src/runtime.js'
import type { FromWorker, ToWorker } from '../src/worker/protocol.js'

type Order = ToWorker & { readonly goGoScope: 'run' }

/** A worker without a thread. */
export class FakeWorker implements WorkerPort {
  readonly code: WorkerCode
  readonly events: WorkerEvents
  readonly sent: ToWorker[] = []
  held = true
  ended = false

  constructor(code: WorkerCode, events: WorkerEvents) {
    this.code = code
    this.events = events
  }

  post(message: unknown): void {
    structuredClone(message)
    this.sent.push(message as ToWorker)
  }

  hold(open: boolean): void {
    this.held = open
  }

  end(): undefined {
    this.ended = true
  }

  /** The jobs it was sent. */
  get orders(): Order[] {
    return this.sent.filter((message) => message.goGoScope === 'run')
  }

  say(message: FromWorker): void {
    if (!this.ended) this.events.onMessage(message)
  }

  hello(): void {
    this.say({ goGoScope: 'hello' })
  }

  /** Ends the last job it was sent. */
  done(value: unknown = 'done'): void {
    this.say({ goGoScope: 'done', id: this.orders.at(-1)?.id ?? 0, value })
  }
}

/** A host of such workers. */
export class FakeHost implements WorkerHost {
  readonly size = 3
  readonly workers: FakeWorker[] = []
  /** What the next start throws. */
  refusal: Error | undefined

  resolve(module: string): string {
    return `resolved:${module}`
  }

  spawn(code: WorkerCode, events: WorkerEvents): FakeWorker {
    if (this.refusal !== undefined) throw this.refusal
    const worker = new FakeWorker(code, events)
    this.workers.push(worker)
    return worker
  }

  isRefusal(error: unknown): boolean {
    return error instanceof Error && error.message.startsWith('refused')
  }

  /** Those that live. */
  get live(): FakeWorker[] {
    return this.workers.filter((worker) => !worker.ended)
  }
}
