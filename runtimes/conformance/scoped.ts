/** `scoped` gives each request a scope that lives as long as its response is read. */

import type { Scope } from '../generic/index.js'
import { deferred, recorder, sleep, tells, thrownBy, timed, watch } from './fixtures.js'
import type { Kit } from './kit.js'
import { untilAborted } from './policy-fixtures.js'

/** A context that remembers what it was asked to wait for. */
function workerContext() {
  const waits: Promise<unknown>[] = []
  return { waits, waitUntil: (promise: Promise<unknown>) => void waits.push(promise) }
}

/** A stream that the test feeds. */
function feed() {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  const state = { cancelled: undefined as unknown }
  const stream = new ReadableStream<Uint8Array>({
    start: (given) => {
      controller = given
    },
    cancel: (reason) => {
      state.cancelled = reason ?? 'cancelled'
    },
  })
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
  return { stream, state, put: (text: string) => controller?.enqueue(bytes(text)), close: () => controller?.close() }
}

export function scopedSuite(kit: Kit): void {
  responses(kit)
  errors(kit)
  ofTasks(kit)
  bodies(kit)
  oddBodies(kit)
  clients(kit)
}

function responses(kit: Kit): void {
  const { lib } = kit
  const { assertNothingLeft, trackSignal } = kit.testing
  const assert: Chai.AssertStatic = kit.assert

  timed(
    kit,
    'scoped: the handler gets a scope and what the host passes; the response comes as it was',
    async (clock) => {
      const context = workerContext()
      const tracked = trackSignal()
      const request = { signal: tracked.signal }
      const seen: unknown[] = []
      const handler = lib.scoped((s, ...rest: unknown[]) => {
        assert.instanceOf(s, lib.Scope)
        seen.push(s, ...rest)
        return new Response('hello', { status: 201, headers: { 'x-own': 'yes' } })
      })
      const response = await handler(request, 'env', context)
      assert.deepEqual(seen.slice(1), [request, 'env', context])
      assert.deepEqual([response.status, response.headers.get('x-own')], [201, 'yes'])
      assert.strictEqual(await response.text(), 'hello')
      await Promise.all(context.waits)
      assertNothingLeft({ clock, signals: [tracked], scopes: [seen[0] as Scope] })
    },
  )

  timed(kit, 'scoped: without a body the scope ends at once, and the response does not wait for it', async (clock) => {
    const context = workerContext()
    const gate = deferred()
    let scope: Scope | undefined
    const empty = new Response(null, { status: 204 })
    const handler = lib.scoped((s) => {
      scope = s
      s.onDispose(() => gate.promise)
      return empty
    })
    const response = watch(handler({}, context))
    await clock.settle()
    assert.strictEqual(response.value, empty)
    assert.isTrue(scope?.isDisposed)
    const ended = watch(Promise.all(context.waits))
    await clock.settle()
    assert.isFalse(ended.settled)
    gate.resolve()
    await clock.settle()
    assert.isTrue(ended.settled)
  })

  timed(kit, 'scoped: 1 000 overlapping requests have 1 000 scopes, and leave nothing', async (clock) => {
    const context = workerContext()
    const scopes = new Set<Scope>()
    const handler = lib.scoped(async (s: Scope, { at }: { readonly at: number; readonly signal?: AbortSignal }) => {
      scopes.add(s)
      const [, value] = await s.task(() => sleep(at % 17).then(() => at))
      return new Response(String(value))
    })
    const all = Promise.all(Array.from({ length: 1000 }, async (_, at) => (await handler({ at }, context)).text()))
    await clock.runAll()
    assert.deepEqual(
      (await all).map(Number),
      Array.from({ length: 1000 }, (_, at) => at),
    )
    await Promise.all(context.waits)
    assert.strictEqual(scopes.size, 1000)
    assertNothingLeft({ clock, scopes: [...scopes] })
  })

  timed(kit, 'scoped: works where nothing is passed to wait with', async (clock) => {
    const handler = lib.scoped(() => new Response('plain'), { name: 'own' })
    assert.strictEqual(await (await handler({})).text(), 'plain')
    await clock.settle()
    assertNothingLeft({ clock })
    assert.instanceOf(
      thrownBy(() => lib.scoped(undefined as never)),
      TypeError,
    )
    assert.instanceOf(
      thrownBy(() => lib.scoped(() => 1, 5 as never)),
      TypeError,
    )
    assert.instanceOf(
      thrownBy(() => lib.scoped(() => 1, { timeout: -1 })),
      RangeError,
    )
  })
}

function errors(kit: Kit): void {
  const { lib } = kit
  const { assertNothingLeft } = kit.testing
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'scoped: a timeout becomes a 504, of the scope or of a task', async (clock) => {
    const context = workerContext()
    const slow = lib.scoped(() => new Promise<Response>(() => {}), { timeout: 50, gracePeriod: 10 })
    const response = watch(slow({}, context))
    await clock.advance(49)
    assert.isFalse(response.settled)
    await clock.advance(1)
    assert.strictEqual(response.value?.status, 504)
    const inside = lib.scoped(async (s) => {
      const [err] = await s.task(untilAborted, { timeout: 20 })
      if (err) throw err
      return new Response('never')
    })
    const second = watch(inside({}, context))
    await clock.advance(20)
    assert.strictEqual(second.value?.status, 504)
    await clock.advance(10)
    await Promise.all(context.waits)
    assertNothingLeft({ clock })
  })

  timed(kit, 'scoped: a timeout of the platform becomes a 504 too', async (clock) => {
    const context = workerContext()
    const handler = lib.scoped((): Response => {
      throw new DOMException('The operation timed out', 'TimeoutError') // as AbortSignal.timeout() gives it to fetch
    })
    assert.strictEqual((await handler({}, context)).status, 504)
    await Promise.all(context.waits)
    assertNothingLeft({ clock })
  })

  timed(kit, 'scoped: every other error is thrown on as it is, and the scope ends', async (clock) => {
    const context = workerContext()
    const error = new Error('thrown')
    let cleaned = 0
    for (const fail of [
      () => {
        throw error
      },
      () => Promise.reject(error),
    ]) {
      const handler = lib.scoped((s): Promise<Response> => {
        s.onDispose(() => void cleaned++)
        return fail()
      })
      const thrown = await handler({}, context).catch((reason: unknown) => reason)
      assert.strictEqual(thrown, error)
    }
    await Promise.all(context.waits)
    assert.strictEqual(cleaned, 2)
    assertNothingLeft({ clock })
  })

  timed(kit, 'scoped: an error of a cleanup is told to the logger, the response is not touched', async () => {
    const { logger, at } = recorder()
    const context = workerContext()
    const error = new Error('cleanup')
    const handler = lib.scoped(
      (s) => {
        s.onDispose(() => {
          throw error
        })
        return new Response('fine')
      },
      { logger },
    )
    assert.strictEqual(await (await handler({}, context)).text(), 'fine')
    await Promise.all(context.waits)
    assert.lengthOf(
      at('error').filter((line) => tells(line, error)),
      1,
    )
  })
}

/** Options of the scope that speak of tasks: they are for what the handler starts. */
function ofTasks(kit: Kit): void {
  const { lib } = kit
  const { assertNothingLeft } = kit.testing
  const assert: Chai.AssertStatic = kit.assert

  timed(
    kit,
    'scoped: the handler takes no permit of the scope, and counts in no breaker and no hook',
    async (clock) => {
      const context = workerContext()
      const breaker = lib.circuitBreaker({ failureThreshold: 1 })
      const names: string[] = []
      const hooks = { beforeTask: (name: string) => void names.push(name) }
      const handler = lib.scoped(
        async (s): Promise<Response> => {
          const [, text] = await s.task(() => sleep(5).then(() => 'inner'), { id: 'inner' })
          if (text === 'inner') throw new Error('of the handler')
          return new Response(text)
        },
        { concurrency: 1, circuitBreaker: breaker, hooks },
      )
      const answer = watch(handler({}, context))
      await clock.advance(5)
      assert.strictEqual((answer.error as Error | undefined)?.message, 'of the handler')
      assert.deepEqual(names, ['inner'])
      assert.strictEqual(breaker.state, 'closed')
      await Promise.all(context.waits)
      assertNothingLeft({ clock })
    },
  )

  timed(kit, 'scoped: what nobody waits for ends with the response, but for what is shielded', async (clock) => {
    const context = workerContext()
    const seen: string[] = []
    const handler = lib.scoped((s) => {
      void s.task(async ({ signal }) => {
        await sleep(100)
        seen.push(signal.aborted ? 'plain: aborted' : 'plain')
      })
      void s.task(({ shield }) =>
        shield(async ({ signal }) => {
          await sleep(5_000)
          seen.push(signal.aborted ? 'shielded: aborted' : 'shielded')
        }),
      )
      return new Response('done')
    })
    assert.strictEqual(await (await handler({}, context)).text(), 'done')
    const ended = watch(Promise.all(context.waits))
    await clock.advance(4_999)
    assert.deepEqual(seen, ['plain: aborted'])
    assert.isFalse(ended.settled)
    await clock.advance(1)
    assert.deepEqual(seen, ['plain: aborted', 'shielded'])
    assert.isTrue(ended.settled)
    assertNothingLeft({ clock })
  })
}

function bodies(kit: Kit): void {
  const { lib } = kit
  const { assertNothingLeft } = kit.testing
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'scoped: the scope stays open while a streamed body is read', async (clock) => {
    const context = workerContext()
    const { stream, put, close } = feed()
    let scope: Scope | undefined
    const handler = lib.scoped((s) => {
      scope = s
      return new Response(stream)
    })
    const response = await handler({}, context)
    const text = response.text()
    put('one ')
    await clock.settle()
    assert.isFalse(scope?.isDisposed)
    put('two')
    close()
    assert.strictEqual(await text, 'one two')
    await Promise.all(context.waits)
    assertNothingLeft({ clock, scopes: scope ? [scope] : [] })
  })

  timed(kit, 'scoped: a reader that goes away ends the scope, and the source is told', async (clock) => {
    const context = workerContext()
    const { stream, state, put } = feed()
    let scope: Scope | undefined
    const handler = lib.scoped((s) => {
      scope = s
      return new Response(stream)
    })
    const reader = (await handler({}, context)).body?.getReader()
    put('one')
    await reader?.read()
    await reader?.cancel(new Error('gone'))
    await clock.settle()
    await Promise.all(context.waits)
    assert.isTrue(scope?.isDisposed)
    assert.isDefined(state.cancelled)
    assertNothingLeft({ clock })
  })

  timed(kit, 'scoped: a scope that times out while the body is read breaks the body off', async (clock) => {
    const context = workerContext()
    const { stream, put } = feed()
    const handler = lib.scoped(() => new Response(stream), { timeout: 50 })
    const response = await handler({}, context)
    const text = response.text().then(
      () => false,
      () => true,
    )
    put('one')
    await clock.advance(50)
    // Engines take turns of their own to move bytes.
    assert.isTrue(await text)
    await Promise.all(context.waits)
    assertNothingLeft({ clock })
  })
}

function oddBodies(kit: Kit): void {
  const { lib } = kit
  const { assertNothingLeft } = kit.testing
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'scoped: a body that breaks breaks the response, and the scope ends', async (clock) => {
    const context = workerContext()
    const error = new Error('mid body')
    let cleaned = 0
    const handler = lib.scoped((s) => {
      s.onDispose(() => void cleaned++)
      let pulls = 0
      const pull = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
        if (pulls++ > 0) throw error
        controller.enqueue(new Uint8Array(3))
      }
      return new Response(new ReadableStream({ pull }))
    })
    const thrown = await (await handler({}, context)).text().catch((reason: unknown) => reason)
    assert.instanceOf(thrown, Error) // engines say it in words of their own
    await Promise.all(context.waits)
    assert.strictEqual(cleaned, 1)
    assertNothingLeft({ clock })
  })

  timed(kit, 'scoped: to HEAD the body is not sent, and its source is told', async (clock) => {
    const context = workerContext()
    const { stream, state } = feed()
    let cleaned = 0
    const handler = lib.scoped((s) => {
      s.onDispose(() => void cleaned++)
      return new Response(stream, { status: 201, headers: { 'x-own': 'yes' } })
    })
    const response = await handler({ method: 'HEAD' }, context)
    assert.deepEqual([response.status, response.headers.get('x-own')], [201, 'yes'])
    assert.isNull(response.body)
    await Promise.all(context.waits)
    assert.isDefined(state.cancelled)
    assert.strictEqual(cleaned, 1)
    assertNothingLeft({ clock })
  })

  timed(kit, 'scoped: a body that nobody reads keeps its scope open until the timeout', async (clock) => {
    const context = workerContext()
    const { stream, state } = feed()
    let scope: Scope | undefined
    const handler = lib.scoped(
      (s) => {
        scope = s
        return new Response(stream)
      },
      { timeout: 50 },
    )
    await handler({}, context)
    await clock.advance(49)
    assert.isFalse(scope?.isDisposed)
    await clock.advance(1)
    await Promise.all(context.waits)
    assert.isDefined(state.cancelled)
    assertNothingLeft({ clock, scopes: scope ? [scope] : [] })
  })

  timed(kit, 'scoped: the body of a response that comes too late is cancelled', async (clock) => {
    const context = workerContext()
    const { stream, state } = feed()
    const handler = lib.scoped(() => sleep(80).then(() => new Response(stream)), { timeout: 50 })
    const response = watch(handler({}, context))
    await clock.advance(50)
    assert.strictEqual(response.value?.status, 504)
    assert.isUndefined(state.cancelled)
    await clock.advance(30)
    await Promise.all(context.waits)
    assert.isDefined(state.cancelled)
    assertNothingLeft({ clock })
  })

  timed(kit, 'scoped: a body that somebody else reads already is left to them', async (clock) => {
    const context = workerContext()
    const given = new Response('read elsewhere')
    const text = given.text()
    const handler = lib.scoped(() => given)
    assert.strictEqual(await handler({}, context), given)
    assert.strictEqual(await text, 'read elsewhere')
    await Promise.all(context.waits)
    assertNothingLeft({ clock })
  })
}

function clients(kit: Kit): void {
  const { lib } = kit
  const { assertNothingLeft, trackSignal } = kit.testing
  const assert: Chai.AssertStatic = kit.assert

  timed(kit, 'scoped: a client that leaves cancels the work of its request, and of no other', async (clock) => {
    const context = workerContext()
    const first = trackSignal()
    const second = trackSignal()
    const seen: unknown[] = []
    const handler = lib.scoped(async (s) => {
      const [err] = await s.task(untilAborted)
      seen.push(err)
      return new Response('late')
    })
    const left = watch(handler({ signal: first.signal }, context))
    const stays = watch(handler({ signal: second.signal }, context))
    const reason = new Error('client left')
    first.abort(reason)
    await clock.settle()
    assert.strictEqual(left.value?.status, 499) // to nobody: it is no error
    assert.deepEqual(seen, [reason])
    assert.isFalse(stays.settled)
    second.abort(reason)
    await clock.settle()
    await Promise.all(context.waits)
    assertNothingLeft({ clock, signals: [first, second] })
  })
}
