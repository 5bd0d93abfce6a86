/** Spans for scopes and tasks: parents follow the scope tree, failures are recorded, a cancellation is no error. */

import type { ScopeOptions, Tracer } from '../generic/index.js'
import { deferred, sleep, watch } from './fixtures.js'
import type { Kit } from './kit.js'
import { end, inScope, oddities, reportsOf, untilAborted } from './policy-fixtures.js'

const error = 2

/** A context as OpenTelemetry has them: immutable, with the span that is current in it. */
interface Context {
  readonly span?: Recorded
}

/** A span that remembers. */
interface Recorded {
  readonly name: string
  readonly parent: Recorded | undefined
  readonly attributes: Record<string, unknown>
  readonly exceptions: unknown[]
  status: { code: number; message?: string } | undefined
  ends: number
}

/** A recording tracer with the two parts of OpenTelemetry's API. */
function recordingTracer() {
  const spans: Recorded[] = []
  const root: Context = {}
  let active: Context = root
  const tracer: Tracer = {
    startSpan(name, options, context) {
      const span: Recorded = {
        name,
        parent: ((context as Context | undefined) ?? active).span,
        attributes: { ...options?.attributes },
        exceptions: [],
        status: undefined,
        ends: 0,
      }
      spans.push(span)
      return {
        recorded: span,
        setAttribute: (key: string, value: unknown) => void (span.attributes[key] = value),
        setStatus: (status: { code: number; message?: string }) => void (span.status = status),
        recordException: (exception: unknown) => void span.exceptions.push(exception),
        end: () => void span.ends++,
      }
    },
  }
  const otel = {
    context: {
      active: (): Context => active,
      with<T>(context: Context, fn: () => T): T {
        const before = active
        active = context
        try {
          return fn()
        } finally {
          active = before
        }
      },
    },
    trace: { setSpan: (_context: Context, span: { recorded: Recorded }): Context => ({ span: span.recorded }) },
  }
  const options = { tracer, otel } as ScopeOptions
  return { spans, tracer, otel, options, named: (name: string) => spans.find((span) => span.name === name) }
}

export function policyOtel(kit: Kit): void {
  const { lib } = kit
  const assert: Chai.AssertStatic = kit.assert

  inScope(kit, 'otel: parents follow the scope tree, also where there is no async context', {}, async (_s, clock) => {
    const tracing = recordingTracer()
    const s = lib.scope({ name: 'root', ...tracing.options })
    const child = s.createChild({ name: 'child' })
    const grandchild = child.createChild({ name: 'grandchild' })
    await s.task(() => sleep(0), { id: 'a' }).cancel()
    await Promise.all([child.task(async () => {}, { id: 'b' }), grandchild.task(async () => {}, { id: 'c' })])
    await undefined
    await s.task(() => 1, { id: 'd' })
    await clock.settle()
    await end(s, clock)
    const parents = Object.fromEntries(tracing.spans.map((span) => [span.name, span.parent?.name]))
    assert.deepEqual(
      Object.entries(parents)
        .map(([name, parent]) => `${name} < ${parent}`)
        .sort(),
      ['a < root', 'b < child', 'c < grandchild', 'child < root', 'd < root', 'grandchild < child', 'root < undefined'],
    )
    for (const span of tracing.spans) assert.strictEqual(span.ends, 1, `${span.name} ends once`)
  })

  inScope(kit, 'otel: what a body starts synchronously is below its task', {}, async (_s, clock) => {
    const tracing = recordingTracer()
    const s = lib.scope({ name: 'root', ...tracing.options })
    await s.task(() => void tracing.tracer.startSpan('query', {}), { id: 'load' })
    assert.strictEqual(tracing.named('query')?.parent, tracing.named('load'))
    assert.strictEqual(tracing.otel.context.active().span, undefined, 'the context is put back')
    await end(s, clock)
  })

  inScope(kit, 'otel: a scope opened inside a span belongs to it', {}, async (_s, clock) => {
    const tracing = recordingTracer()
    const request = tracing.tracer.startSpan('request') as unknown as { recorded: Recorded }
    const s = tracing.otel.context.with({ span: request.recorded }, () =>
      lib.scope({ name: 'root', ...tracing.options }),
    )
    await s.task(() => 1, { id: 't' })
    assert.strictEqual(tracing.named('root')?.parent?.name, 'request')
    assert.strictEqual(tracing.named('t')?.parent?.name, 'root')
    await end(s, clock)
  })

  inScope(kit, 'otel: the name and the attributes of a task come from its option', {}, async (_s, clock) => {
    const tracing = recordingTracer()
    const s = lib.scope({ name: 'root', ...tracing.options })
    await s.task(() => 1, { id: 'plain' })
    await s.task(() => 1, { id: 'other', otel: { name: 'named', attributes: { 'db.system': 'sqlite', rows: 5 } } })
    assert.isDefined(tracing.named('plain'))
    assert.isUndefined(tracing.named('other'))
    assert.include(tracing.named('named')?.attributes, { 'db.system': 'sqlite', rows: 5 })
    await end(s, clock)
  })

  inScope(kit, 'otel: a failure is recorded by identity and sets the status to error', {}, async (_s, clock) => {
    const tracing = recordingTracer()
    const s = lib.scope(tracing.options)
    const failure = new TypeError('broken')
    await s.task(() => Promise.reject(failure), { id: 'async' })
    await s.task(
      () => {
        throw failure
      },
      { id: 'sync' },
    )
    for (const name of ['async', 'sync']) {
      const span = tracing.named(name)
      assert.strictEqual(span?.status?.code, error)
      assert.strictEqual(span?.status?.message, 'broken')
      assert.lengthOf(span?.exceptions ?? [], 1)
      assert.strictEqual(span?.exceptions[0], failure)
      assert.strictEqual(span?.ends, 1)
    }
    await end(s, clock)
  })

  inScope(kit, 'otel: whatever a body throws, an Error is recorded', {}, async (_s, clock) => {
    const tracing = recordingTracer()
    const s = lib.scope(tracing.options)
    for (const [at, odd] of oddities.entries()) {
      await s.task(() => Promise.reject(odd), { id: `odd-${at}` })
      const span = tracing.named(`odd-${at}`)
      assert.strictEqual(span?.status?.code, error)
      assert.instanceOf(span?.exceptions[0], Error)
    }
    await end(s, clock)
  })

  inScope(kit, 'otel: a success is no error', {}, async (_s, clock) => {
    const tracing = recordingTracer()
    const s = lib.scope(tracing.options)
    await s.task(() => undefined, { id: 't' })
    const span = tracing.named('t')
    assert.notStrictEqual(span?.status?.code, error)
    assert.deepEqual(span?.exceptions, [])
    assert.strictEqual(span?.ends, 1)
    await end(s, clock)
  })

  inScope(kit, 'otel: a cancellation is no error, however it came', {}, async (_s, clock) => {
    const tracing = recordingTracer()
    const s = lib.scope({ name: 'root', concurrency: 2, ...tracing.options })
    const one = s.task(untilAborted, { id: 'cancelled' })
    const two = s.task(untilAborted, { id: 'disposed' })
    const three = s.task(untilAborted, { id: 'queued' })
    one.cancel(new Error('not wanted'))
    three.cancel()
    await clock.settle()
    await end(s, clock)
    await two
    for (const name of ['root', 'cancelled', 'disposed', 'queued']) {
      const span = tracing.named(name)
      assert.notStrictEqual(span?.status?.code, error, name)
      assert.deepEqual(span?.exceptions, [], name)
      assert.strictEqual(span?.ends, 1, name)
    }
  })

  inScope(kit, 'otel: a cancellation during a retry, a dedupe or a memo is no error either', {}, async (_s, clock) => {
    const tracing = recordingTracer()
    const s = lib.scope({ name: 'root', ...tracing.options })
    const tasks = [
      s.task(() => Promise.reject(new Error('x')), { id: 'backoff', retry: { delay: 1_000 } }),
      s.task(untilAborted, { id: 'run', dedupe: 'k' }),
      s.task(untilAborted, { id: 'sharer', dedupe: 'k' }),
      s.task(untilAborted, { id: 'memo', memo: { key: 'k', ttl: 1 } }),
      s.task(untilAborted, { id: 'wrapped', errorClass: TypeError }),
    ]
    await clock.advance(1)
    for (const each of tasks) each.cancel()
    await clock.settle()
    for (const name of ['backoff', 'run', 'sharer', 'memo', 'wrapped']) {
      const span = tracing.named(name)
      assert.notStrictEqual(span?.status?.code, error, name)
      assert.deepEqual(span?.exceptions, [], name)
      assert.strictEqual(span?.ends, 1, name)
    }
    await end(s, clock)
  })

  inScope(kit, "otel: a task's own timeout is an error", {}, async (_s, clock) => {
    const tracing = recordingTracer()
    const s = lib.scope(tracing.options)
    const t = watch(s.task(untilAborted, { id: 't', timeout: 5 }))
    await clock.advance(5)
    assert.strictEqual(tracing.named('t')?.status?.code, error)
    assert.strictEqual(tracing.named('t')?.exceptions[0], t.value?.[0])
    await end(s, clock)
  })

  inScope(kit, 'otel: a span ends with the body, not with the Result', {}, async (_s, clock) => {
    const tracing = recordingTracer()
    const s = lib.scope(tracing.options)
    const gate = deferred()
    const t = s.task(() => gate.promise, { id: 't' })
    t.cancel()
    await t
    assert.strictEqual(tracing.named('t')?.ends, 0)
    gate.resolve()
    await clock.settle()
    assert.strictEqual(tracing.named('t')?.ends, 1)
    await end(s, clock)
  })

  inScope(kit, "otel: a scope's span ends when its disposal has done everything", {}, async (_s, clock) => {
    const tracing = recordingTracer()
    const s = lib.scope({ name: 'root', ...tracing.options })
    const seen: (number | undefined)[] = []
    s.onDispose(() => void seen.push(tracing.named('root')?.ends))
    const child = s.createChild({ name: 'child' })
    await end(child, clock)
    assert.strictEqual(tracing.named('child')?.ends, 1)
    assert.strictEqual(tracing.named('root')?.ends, 0)
    await end(s, clock)
    assert.deepEqual(seen, [0])
    assert.strictEqual(tracing.named('root')?.ends, 1)
  })

  inScope(kit, 'otel: only what was cancelled is marked so, not what ended with its parent', {}, async (_s, clock) => {
    const tracing = recordingTracer()
    const s = lib.scope({ name: 'root', ...tracing.options })
    s.createChild({ name: 'child' }).createChild({ name: 'grandchild' })
    const cancelled = s.createChild({ name: 'cancelled' })
    cancelled.createChild({ name: 'below' })
    cancelled.cancel(new Error('not wanted'))
    await end(s, clock)
    const marks = ['root', 'child', 'grandchild', 'cancelled', 'below'].map(
      (name) => tracing.named(name)?.attributes.cancelled,
    )
    assert.deepEqual(marks, [undefined, undefined, undefined, true, true])
    const other = lib.scope({ name: 'other', ...tracing.options })
    other.createChild({ name: 'its child' })
    other.cancel(new Error('not wanted'))
    await end(other, clock)
    assert.isTrue(tracing.named('other')?.attributes.cancelled)
    assert.isTrue(tracing.named('its child')?.attributes.cancelled)
  })

  inScope(kit, 'otel: a retried task has one span', {}, async (_s, clock) => {
    const tracing = recordingTracer()
    const s = lib.scope(tracing.options)
    const t = watch(
      s.task(({ attempt }) => (attempt === 3 ? attempt : Promise.reject(new Error('again'))), {
        id: 't',
        retry: { delay: 1 },
      }),
    )
    await clock.advance(10)
    assert.deepEqual(t.value, [undefined, 3])
    const spans = tracing.spans.filter((span) => span.name === 't')
    assert.lengthOf(spans, 1)
    assert.notStrictEqual(spans[0]?.status?.code, error)
    await end(s, clock)
  })

  inScope(kit, 'otel: a child may bring a tracer of its own', {}, async (_s, clock) => {
    const [outer, inner] = [recordingTracer(), recordingTracer()]
    const s = lib.scope({ name: 'root', ...outer.options })
    const child = s.createChild({ name: 'child', ...inner.options } as Omit<ScopeOptions, 'parent'>)
    await child.task(() => 1, { id: 't' })
    assert.isDefined(inner.named('t'))
    assert.isUndefined(outer.named('t'))
    await end(s, clock)
    for (const span of [...outer.spans, ...inner.spans]) assert.strictEqual(span.ends, 1)
  })

  inScope(kit, 'otel: without `otel` the tracer is used as it is', {}, async (_s, clock) => {
    const tracing = recordingTracer()
    const s = lib.scope({ name: 'root', tracer: tracing.tracer })
    assert.deepEqual(await s.task(() => 'value', { id: 't' }), [undefined, 'value'])
    await end(s, clock)
    assert.sameMembers(
      tracing.spans.map((span) => span.name),
      ['root', 't'],
    )
    for (const span of tracing.spans) assert.strictEqual(span.ends, 1)
  })

  inScope(kit, 'otel: a span that can only end is enough', {}, async (_s, clock) => {
    let ends = 0
    const s = lib.scope({ tracer: { startSpan: () => ({ end: () => void ends++ }) } })
    await s.task(() => 1)
    await s.task(() => Promise.reject(new Error('x')))
    await s.task(untilAborted).cancel()
    await clock.settle()
    await end(s, clock)
    assert.strictEqual(ends, 4)
  })

  for (const broken of ['setAttribute', 'setStatus', 'recordException', 'end'] as const) {
    inScope(
      kit,
      `otel: a span whose ${broken} throws changes no Result and is reported`,
      {},
      async (_s, clock, log) => {
        const trouble = new Error(broken)
        const tracing = recordingTracer()
        const startSpan: Tracer['startSpan'] = (...args) =>
          Object.assign(tracing.tracer.startSpan(...args), {
            [broken]: () => {
              throw trouble
            },
          })
        const s = lib.scope({ tracer: { startSpan }, logger: log.logger })
        const failure = new Error('body')
        assert.deepEqual(await s.task(() => 1), [undefined, 1])
        assert.strictEqual((await s.task(() => Promise.reject(failure)))[0], failure)
        const t = s.task(untilAborted)
        t.cancel()
        assert.isTrue(lib.isCancelled((await t)[0]))
        await clock.settle()
        await end(s, clock)
        if (broken === 'recordException' || broken === 'end') assert.isAtLeast(reportsOf(log, trouble).length, 1)
        if (broken !== 'end') {
          for (const span of tracing.spans) assert.strictEqual(span.ends, 1, 'a span ends although a call on it threw')
        }
      },
    )
  }

  inScope(kit, 'otel: a tracer that throws changes nothing and is reported', {}, async (_s, clock, log) => {
    const trouble = new Error('tracer')
    let calls = 0
    const tracing = recordingTracer()
    const startSpan: Tracer['startSpan'] = (...args) => {
      if (calls++ > 0) throw trouble
      return tracing.tracer.startSpan(...args)
    }
    const s = lib.scope({ tracer: { startSpan }, logger: log.logger })
    assert.deepEqual(await s.task(() => 'value'), [undefined, 'value'])
    assert.lengthOf(reportsOf(log, trouble), 1)
    await end(s, clock)
  })

  inScope(
    kit,
    'otel: a tracer that throws for the scope itself does not keep it from opening',
    {},
    async (_s, clock, log) => {
      const trouble = new Error('tracer')
      const startSpan = () => {
        throw trouble
      }
      const s = lib.scope({ tracer: { startSpan }, logger: log.logger })
      const child = s.createChild()
      assert.deepEqual(await child.task(() => 'value'), [undefined, 'value'])
      await end(s, clock)
      assert.isAtLeast(reportsOf(log, trouble).length, 1)
    },
  )

  inScope(kit, 'otel: a context that throws does not run a body twice, or lose it', {}, async (_s, clock, log) => {
    const tracing = recordingTracer()
    const trouble = new Error('context')
    const otel = {
      ...tracing.otel,
      context: {
        ...tracing.otel.context,
        with: () => {
          throw trouble
        },
      },
    }
    const s = lib.scope({ tracer: tracing.tracer, otel: otel as never, logger: log.logger })
    let runs = 0
    assert.deepEqual(await s.task(() => ++runs), [undefined, 1])
    assert.strictEqual(runs, 1)
    await end(s, clock)
  })

  inScope(kit, 'otel: misuse throws at the call', {}, async () => {
    for (const tracer of [{}, 'tracer', null, { startSpan: 'x' }]) {
      assert.throws(() => lib.scope({ tracer: tracer as never }), TypeError, /tracer/)
    }
    assert.throws(() => lib.scope({ tracer: recordingTracer().tracer, otel: 'x' as never }), TypeError, /otel/)
  })
}
