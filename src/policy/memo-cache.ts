/** Values of `memo` in a cache that outlives the scope. A cache that fails is reported, and the body runs. */

import type { CacheProvider } from '../persist/types.js'
import { ask } from './ask.js'
import { seal, unseal } from './envelope.js'
import { type Call, type Layer, runOf, stepOf } from './layer.js'
import type { MemoStore } from './memo.js'

const where = 'cache provider'

/** A value that was found. */
interface Found {
  readonly value: unknown
}

/** The value under a key, if the cache has one. */
async function lookUp(cache: CacheProvider, key: string, call: Call): Promise<Found | undefined> {
  const [error, stored] = await ask({ provider: 'cache', operation: 'get', key, ask: () => cache.get(key) }, call)
  if (error !== undefined) call.report(error, where)
  if (stored === null || stored === undefined) return undefined
  try {
    return { value: unseal(stored) }
  } catch (damaged) {
    call.report(damaged, where)
    return undefined
  }
}

/** Keeps a value, for the time it is good for. The call stays open meanwhile, and has its value whatever comes of it. */
async function keep(cache: CacheProvider, key: string, value: unknown, ttl: number, call: Call): Promise<void> {
  if (ttl === 0) return // it has expired already; caches disagree about what 0 means
  const done = call.hold()
  const time = ttl === Infinity ? undefined : ttl
  try {
    const sealed = seal(value)
    const [error] = await ask({ provider: 'cache', operation: 'set', key, ask: () => cache.set(key, sealed, time) })
    if (error !== undefined) call.report(error, where)
  } catch (refused) {
    call.report(refused, `memo of ${JSON.stringify(key)}`)
  } finally {
    done()
  }
}

/** Where the values of a key lie, and who asks together. */
interface Elsewhere {
  readonly store: MemoStore
  readonly timeout: number | undefined
  readonly cache: CacheProvider
}

/** `memo` over a cache: those of this process who ask at one time ask once. */
export function memoElsewhere(key: string, ttl: number, place: Elsewhere): Layer {
  const { store, timeout, cache } = place
  return (next) => {
    const miss = runOf(next)
    const step = stepOf(async (run) => {
      const found = await lookUp(cache, key, run)
      if (found !== undefined) return found.value as Awaited<ReturnType<typeof miss>> // whoever asks for the key expects its type
      const writer = store.begin(key)
      try {
        const value = await miss(run)
        if (store.end(key, writer)) await keep(cache, key, value, ttl, run)
        return value
      } finally {
        store.end(key, writer)
      }
    })
    return (call, done) => store.flights.join(key, call, step, done, timeout)
  }
}

/** Forgets a value; resolves to the trouble, if there was any. */
export async function drop(cache: CacheProvider, key: string): Promise<Error | undefined> {
  const [error] = await ask({ provider: 'cache', operation: 'delete', key, ask: () => cache.delete(key) })
  return error
}
