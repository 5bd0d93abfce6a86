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
  bodies(kit)
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
    assert.strictEqual(left.error, reason)
    assert.deepEqual(seen, [reason])
    assert.isFalse(stays.settled)
    second.abort(reason)
    await clock.settle()
    await Promise.all(context.waits)
    assertNothingLeft({ clock, signals: [first, second] })
  })
}
