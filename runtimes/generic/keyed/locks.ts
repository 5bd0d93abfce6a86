/** Locks over a keyed store. */

import { duration, text } from '../../../src/base/options.js'
import type { LockHandle, LockProvider } from '../../../src/persist/types.js'
import { token } from '../token.js'
import { isAhead, type KeyedStore } from './store.js'

/** The last holder of a key; it stays when it is over, so that fences rise for ever. */
interface Holding {
  readonly owner: string
  readonly fence: number
  /** When it ends, in milliseconds since 1970. */
  readonly until: number
}

/** Locks that all who use the store share. */
export class KeyedLockProvider implements LockProvider {
  readonly #store: KeyedStore

  /** @internal */
  constructor(store: KeyedStore) {
    this.#store = store
  }

  async acquire(key: string, ttl: number, owner: string = token()): Promise<LockHandle | null> {
    text('acquire lock', 'key', key)
    const until = Date.now() + duration('acquire lock', 'ttl', ttl)
    const fence = await this.#store.update<number | undefined>(key, (value) => {
      const last = value as Holding | undefined // nobody else writes here
      if (last !== undefined && isAhead(last.until)) return { result: undefined }
      const next: Holding = { owner, fence: (last?.fence ?? 0) + 1, until }
      return { result: next.fence, next }
    })
    if (fence === undefined) return null
    const isMine = (holding: Holding): boolean => holding.fence === fence
    return {
      fence,
      release: async () => void (await this.#end(key, 0, isMine)),
      extend: (more) => this.#end(key, Date.now() + duration('extend lock', 'ttl', more), isMine),
      isValid: async () => {
        const holding = (await this.#store.get(key)) as Holding | undefined // as above
        return holding !== undefined && isMine(holding) && isAhead(holding.until)
      },
    }
  }

  async extend(key: string, ttl: number, owner: string): Promise<boolean> {
    const until = Date.now() + duration('extend lock', 'ttl', ttl)
    return this.#end(key, until, (holding) => holding.owner === owner)
  }

  async forceRelease(key: string): Promise<void> {
    await this.#end(key, 0, () => true)
  }

  /** Lets a lock that is held end at another time; false when it is not held, or by somebody else. */
  #end(key: string, until: number, isMine: (holding: Holding) => boolean): Promise<boolean> {
    return this.#store.update<boolean>(key, (value) => {
      const holding = value as Holding | undefined // as above
      if (holding === undefined || !isMine(holding) || !isAhead(holding.until)) return { result: false }
      return { result: true, next: { ...holding, until } }
    })
  }
}
