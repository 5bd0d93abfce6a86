/** Tracing with the real OpenTelemetry SDK. */
import { context, createContextKey, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Scope, type ScopeOptions, scope } from '../runtimes/node/index.js'

const exporter = new InMemorySpanExporter()
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
const tracer = provider.getTracer('test')
const options: ScopeOptions = { name: 'root', tracer, otel: { context, trace }, gracePeriod: 0, onAbandoned: () => {} }

beforeAll(() => context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()))
afterAll(() => context.disable())
beforeEach(() => exporter.reset())

const spans = () => exporter.getFinishedSpans()

function span(name: string) {
  const found = spans().filter((each) => each.name === name)
  expect(found, name).toHaveLength(1)
  return found[0] ?? expect.unreachable()
}

const parentOf = (name: string) => span(name).parentSpanContext?.spanId
const idOf = (name: string) => span(name).spanContext().spanId
const end = (s: Scope) => s[Symbol.asyncDispose]()

test('parents follow the scope tree, whatever is active where a task is started', async () => {
  const s = scope(options)
  const child = s.createChild({ name: 'child' }).createChild({ name: 'grandchild' })
  await s.task(() => 1, { id: 'outer' })
  await tracer.startActiveSpan('elsewhere', async (other) => {
    await child.task(({ task }) => task(() => 1, { id: 'nested' }), {
      id: 'inner',
      otel: { name: 'fetch', attributes: { url: '/' } },
    })
    other.end()
  })
  await end(s)
  expect(parentOf('root')).toBeUndefined()
  expect(parentOf('child')).toBe(idOf('root'))
  expect(parentOf('grandchild')).toBe(idOf('child'))
  expect(parentOf('outer')).toBe(idOf('root'))
  expect(parentOf('fetch')).toBe(idOf('grandchild'))
  expect(parentOf('nested')).toBe(idOf('grandchild'))
  expect(span('fetch').attributes).toMatchObject({ 'task.name': 'inner', 'task.index': 1, url: '/' })
  expect(new Set(spans().map((each) => each.spanContext().traceId)).size).toBe(2)
})

test('the span of a task is the active one in its body, after an await too', async () => {
  const s = scope(options)
  await s.task(
    async () => {
      await undefined
      tracer.startSpan('by hand').end()
    },
    { id: 'outer' },
  )
  await end(s)
  expect(parentOf('by hand')).toBe(idOf('outer'))
})

test('a body that has waited for a permit runs in its own context, not in that of who has released it', async () => {
  const key = createContextKey('request')
  for (const more of [options, { name: 'no tracer' }]) {
    const s = scope({ ...more, concurrency: 1 })
    const seen: unknown[] = []
    const look = async () => {
      seen.push(context.active().getValue(key))
      await undefined
      tracer.startSpan(`by hand ${seen.length}`).end()
    }
    const tasks = ['a', 'b', 'c'].map((request) =>
      context.with(context.active().setValue(key, request), () => s.task(look, { id: request })),
    )
    await Promise.all(tasks)
    await end(s)
    // With a tracer contexts follow the scope tree, as its spans do.
    expect(seen).toEqual(more === options ? [undefined, undefined, undefined] : ['a', 'b', 'c'])
    if (more === options) expect(['a', 'b', 'c'].map(idOf)).toEqual([1, 2, 3].map((n) => parentOf(`by hand ${n}`)))
    exporter.reset()
  }
})

test('a failure is recorded, retries stay in one span, a success is ok', async () => {
  const s = scope(options)
  let calls = 0
  await s.task(() => Promise.reject(new Error('broken')), { id: 'bad' })
  await s.task(() => (++calls < 3 ? Promise.reject(new Error('again')) : 'done'), { id: 'good', retry: { delay: 0 } })
  await end(s)
  expect(span('bad').status).toEqual({ code: SpanStatusCode.ERROR, message: 'broken' })
  expect(span('bad').events.map(({ name }) => name)).toEqual(['exception'])
  expect(span('good').status.code).toBe(SpanStatusCode.OK)
  expect(calls).toBe(3)
})

test('a cancelled task is no error, and its span ends once although its body ignores the abort', async () => {
  const s = scope(options)
  const task = s.task(() => new Promise(() => {}), { id: 'stubborn' })
  task.cancel()
  await end(s)
  expect(span('stubborn').status.code).toBe(SpanStatusCode.UNSET)
  expect(span('stubborn').attributes).toMatchObject({ cancelled: true })
  expect(span('stubborn').ended).toBe(true)
})

test('an answer from the memo has a span', async () => {
  const s = scope(options)
  const memo = { key: 'k', ttl: 1_000 }
  await s.task(() => 1, { id: 'miss', memo })
  await s.task(() => 2, { id: 'hit', memo })
  await end(s)
  expect(parentOf('hit')).toBe(idOf('root'))
})

test('the span of a scope tells how it ended', async () => {
  const done = scope({ ...options, name: 'done' })
  await end(done)
  const cancelled = scope({ ...options, name: 'cancelled' })
  cancelled.cancel()
  await end(cancelled)
  const failed = scope({ ...options, name: 'failed', failFast: true })
  await failed.task(() => Promise.reject(new Error('broken')))
  await end(failed)
  const unclean = scope({ ...options, name: 'unclean' })
  unclean.onDispose(() => Promise.reject(new Error('cleanup')))
  await expect(end(unclean)).rejects.toThrow('cleanup')
  expect(span('done').status.code).toBe(SpanStatusCode.OK)
  expect(span('cancelled').attributes).toEqual({ cancelled: true })
  expect(span('cancelled').status.code).toBe(SpanStatusCode.UNSET)
  expect(span('failed').status).toEqual({ code: SpanStatusCode.ERROR, message: 'broken' })
  expect(span('unclean').status).toEqual({ code: SpanStatusCode.ERROR, message: 'cleanup' })
})

test('a tracer alone makes spans without parents', async () => {
  const s = scope({ name: 'root', tracer })
  await s.task(() => 1, { id: 'alone' })
  await end(s)
  expect(parentOf('alone')).toBeUndefined()
  expect(spans().map(({ name }) => name)).toEqual(['alone', 'root'])
})
