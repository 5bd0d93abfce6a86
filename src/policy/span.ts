/** A tracing span around each call, made by anything shaped like OpenTelemetry's tracer. */

import { guard } from '../base/guard.js'
import type { Layer } from './layer.js'

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

/** Hears of what a tracer throws: it changes nothing. */
type Report = (error: unknown) => void

/** The spans of one scope. */
export class Spans {
  readonly tracer: Tracer
  readonly parts: OpenTelemetryParts | undefined
  /** The context of the scope's own span. */
  readonly #context: unknown
  readonly #span: Span

  constructor(tracer: Tracer, parts: OpenTelemetryParts | undefined, name: string, parent: Spans | undefined) {
    this.tracer = tracer
    this.parts = parts
    const above = parent === undefined ? parts?.context.active() : parent.#context
    this.#span = tracer.startSpan(name, {}, above)
    this.#context = this.#within(above, this.#span)
  }

  /** Starts the span of a task and gives a way to run inside it and to end it. */
  start(name: string, attributes: Readonly<Record<string, unknown>>): Running {
    const span = this.tracer.startSpan(name, { attributes: { ...attributes } }, this.#context)
    const context = this.#within(this.#context, span)
    return {
      run: (fn, report) => (this.parts === undefined ? fn() : inside(this.parts, context, fn, report)),
      end: (outcome, report) => finish(span, outcome, report),
    }
  }

  /** Ends the scope's own span. */
  end(outcome: SpanOutcome, report: Report): void {
    finish(this.#span, outcome, report)
  }

  #within(context: unknown, span: Span): unknown {
    // The parts are OpenTelemetry's and take their own contexts and spans back.
    return this.parts?.trace.setSpan(context as never, span as never)
  }
}

interface Running {
  run(fn: () => void, report: Report): void
  end(outcome: SpanOutcome, report: Report): void
}

/** Runs `fn` with the context active; once, and without it, where that cannot be done. */
function inside(parts: OpenTelemetryParts, context: unknown, fn: () => void, report: Report): void {
  let ran = false
  try {
    parts.context.with(context as never, () => {
      ran = true
      fn()
    })
  } catch (error) {
    report(error)
  }
  if (!ran) fn()
}

/** Ends the span whatever a step before that throws. */
function finish(span: Span, { error, cancelled }: SpanOutcome, report: Report): void {
  if (cancelled) guard(() => span.setAttribute?.('cancelled', true), report)
  else if (error === undefined) guard(() => span.setStatus?.({ code: statusOk }), report)
  else {
    guard(() => span.recordException?.(error), report)
    guard(() => span.setStatus?.({ code: statusError, message: error.message }), report)
  }
  guard(() => span.end(), report)
}

/** Puts each call into a span of its own, which ends with the body. A tracer that throws changes nothing. */
export function span(
  spans: Spans,
  name: string | undefined,
  attributes: Readonly<Record<string, unknown>> = {},
): Layer {
  return (next) => (call, done) => {
    const report: Report = (error) => call.report(error, 'tracer')
    let running: Running
    try {
      running = spans.start(name ?? call.name, { 'task.name': call.name, 'task.index': call.index, ...attributes })
    } catch (error) {
      report(error)
      return next(call, done)
    }
    const ended: typeof done = (outcome) => {
      const [error] = outcome
      const told = { ...(error && { error }), cancelled: error !== undefined && call.cancelled }
      call.whenIdle(() => running.end(told, report))
      done(outcome)
    }
    running.run(() => next(call, ended), report)
  }
}
