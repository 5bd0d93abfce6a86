/** What is loaded with its first use: what happens meanwhile, and when it cannot be loaded. */
import type { CacheProvider } from '../src/persist/types.js'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

const provided = '../src/policy/provided.js'

beforeEach(() => vi.resetModules())
afterEach(() => vi.doUnmock(provided))

/** A scope of a library that nobody has used yet, and what it tells. */
async function fresh() {
  const lib = await import('../runtimes/node/index.js')
  const kept = new Map<string, unknown>()
  // What memo asks of a cache, which gives each key as whoever asks knows it.
  const cache = {
    get: async (key: string) => kept.get(key) ?? null,
    set: async (key: string, value: unknown) => void kept.set(key, value),
    delete: async (key: string) => void kept.delete(key),
  } as unknown as CacheProvider
  const told: unknown[] = []
  const tell = (_message: string, ...args: unknown[]) => void told.push(...args)
  const s = lib.scope({
    logger: { debug: tell, info: tell, warn: tell, error: tell },
    persistence: { cache },
  })
  return { s, kept, told }
}

const memo = { key: 'k', ttl: 1_000 }

test('a clearing that comes before the code is there clears what the task would have found', async () => {
  const { s, kept } = await fresh()
  kept.set('k', 'stale')
  const task = s.task(() => 'fresh', { memo })
  s.clearMemo()
  expect(await task).toEqual([undefined, 'fresh'])
  await s[Symbol.asyncDispose]()
})

test('code that cannot be loaded fails the tasks that need it, and is asked for again', async () => {
  const offline = new Error('offline')
  vi.doMock(provided, () => {
    throw offline
  })
  const { s, told } = await fresh()
  const first = s.task(() => expect.unreachable(), { memo })
  expect((await first)[0]).toBeInstanceOf(Error)
  expect(first.status).toBe('failed')
  s.clearMemo()
  await s.join()
  expect(told).toEqual([expect.any(Error)])
  vi.doUnmock(provided)
  expect(await s.task(() => 'loaded', { memo })).toEqual([undefined, 'loaded'])
  await s[Symbol.asyncDispose]()
})
