/** Log correlation by W3C trace context: a trace shared by a tree of scopes, and a span for each scope. */

import { outOfRange, text } from '../base/options.js'
import type { LogLevel, Runtime } from '../runtime.js'
import type { Logger } from '../task/options.js'
import { LevelLogger } from './log.js'

/** What correlated lines carry. */
export interface CorrelationContext {
  /** 32 lowercase hex digits, shared by the whole tree. */
  readonly traceId: string
  /** 16 lowercase hex digits, one for each scope. */
  readonly spanId: string
  readonly scopeName: string
  /** The span of the parent scope. */
  readonly parentSpanId?: string
}

/** Puts the ids before every line, and as an object behind lines that have no other arguments. */
export class CorrelatedLogger extends LevelLogger {
  readonly #logger: Logger
  /** What its lines carry. */
  readonly context: CorrelationContext

  constructor(logger: Logger, context: CorrelationContext) {
    super()
    this.#logger = logger
    this.context = context
  }

  protected override write(level: LogLevel, message: string, args: readonly unknown[]): void {
    const { traceId, spanId } = this.context
    const more = args.length === 0 ? [this.context] : args
    this.#logger[level](`[traceId=${traceId}] [spanId=${spanId}] ${message}`, ...more)
  }
}

/** Makes a correlated logger over another one. */
export function createCorrelatedLogger(logger: Logger, context: CorrelationContext): CorrelatedLogger {
  return new CorrelatedLogger(logger, context)
}

/** True for a logger whose lines carry trace and span ids. */
export function isCorrelatedLogger(logger: unknown): logger is CorrelatedLogger {
  return logger instanceof CorrelatedLogger
}

/** What the lines of a correlated logger carry; `undefined` for any other. */
export function getCorrelationContext(logger: unknown): CorrelationContext | undefined {
  return isCorrelatedLogger(logger) ? logger.context : undefined
}

/** So many random bytes as lowercase hex digits, never all zero. */
export function hexId(bytes: number, host: Pick<Runtime, 'randomBytes'>): string {
  for (;;) {
    const id = Array.from(host.randomBytes(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('')
    if (/[1-9a-f]/.test(id)) return id
  }
}

/** Checks a trace id that came from outside. */
export function traceIdOf(value: unknown): string {
  const id = text('create scope', 'traceId', value)
  if (/^[0-9a-f]{32}$/.test(id) && /[1-9a-f]/.test(id)) return id
  throw outOfRange('create scope', 'traceId', '32 lowercase hex digits that are not all zero', id)
}
