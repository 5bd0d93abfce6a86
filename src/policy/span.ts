/** A tracing span around each call, made by anything shaped like OpenTelemetry's tracer. */

import type { Call, Layer } from './layer.js'

/** The part of a span that is used. */
export interface Span {
  setAttribute?(key: string, value: unknown): unknown
  setStatus?(status: { code: number; message?: string }): unknown
  recordException?(error: Error): void
  end(): void
}

/** The part of a tracer that is used. */
export interface Tracer {
  startSpan(name: string, options?: { attributes?: Record<string, unknown> }, context?: unknown): Span
}

/** OpenTelemetry's own `context` and `trace`, given when parents should follow the scope tree. */
export interface OpenTelemetryParts {
  readonly context: {
    active(): unknown
    with<T>(context: never, fn: () => T): T
  }
  readonly trace: { setSpan(context: never, span: never): unknown }
}

/** How a span ended: cancelled is no error. */
export type SpanOutcome = { readonly error?: Error; readonly cancelled: boolean }

const statusOk = 1
const statusError = 2

/** The spans of one scope. */
export class Spans {
  readonly #tracer: Tracer
  readonly #parts: OpenTelemetryParts | undefined
  /** The context of the scope's own span. */
  readonly #context: unknown
  readonly #span: Span

  constructor(tracer: Tracer, parts: OpenTelemetryParts | undefined, name: string, parent: Spans | undefined) {
    this.#tracer = tracer
    this.#parts = parts
    const above = parent === undefined ? parts?.context.active() : parent.#context
    this.#span = tracer.startSpan(name, {}, above)
    this.#context = this.#within(above, this.#span)
  }

  /** Starts the span of a task and gives a way to run inside it and to end it. */
  start(name: string, attributes: Readonly<Record<string, unknown>>): Running {
    const span = this.#tracer.startSpan(name, { attributes: { ...attributes } }, this.#context)
    const context = this.#within(this.#context, span)
    return {
      run: (fn) => (this.#parts === undefined ? fn() : this.#parts.context.with(context as never, fn)),
      end: (outcome) => finish(span, outcome),
    }
  }

  /** Ends the scope's own span. */
  end(outcome: SpanOutcome): void {
    finish(this.#span, outcome)
  }

  #within(context: unknown, span: Span): unknown {
    // The parts are OpenTelemetry's and take their own contexts and spans back.
    return this.#parts?.trace.setSpan(context as never, span as never)
  }
}

interface Running {
  run<T>(fn: () => T): T
  end(outcome: SpanOutcome): void
}

function finish(span: Span, { error, cancelled }: SpanOutcome): void {
  if (cancelled) span.setAttribute?.('cancelled', true)
  else if (error === undefined) span.setStatus?.({ code: statusOk })
  else {
    span.recordException?.(error)
    span.setStatus?.({ code: statusError, message: error.message })
  }
  span.end()
}

/** Puts each call into a span of its own, which ends with the body. A tracer that throws changes nothing. */
export function span(
  spans: Spans,
  name: string | undefined,
  attributes: Readonly<Record<string, unknown>> = {},
): Layer {
  return (next) => async (call) => {
    const running = guard(call, () =>
      spans.start(name ?? call.name, { 'task.name': call.name, 'task.index': call.index, ...attributes }),
    )
    if (running === undefined) return next(call)
    let failed: Error | undefined
    try {
      return await running.run(() => next(call))
    } catch (error) {
      failed = error as Error // a step rejects with errors only
      throw error
    } finally {
      const outcome: SpanOutcome = {
        ...(failed && { error: failed }),
        cancelled: failed !== undefined && call.cancelled,
      }
      call.whenIdle(() => guard(call, () => running.end(outcome)))
    }
  }
}

function guard<T>(call: Call, fn: () => T): T | undefined {
  try {
    return fn()
  } catch (error) {
    call.report(error, 'tracer')
    return undefined
  }
}
