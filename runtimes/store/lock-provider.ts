/** Locks over the leases of a server. */
import { text } from '../../src/base/options.js'
import type { LockHandle, LockProvider } from '../../src/persist/types.js'
import type { Leases } from './leases.js'
import { ask } from './ask.js'
import { timeToLive } from './ttl.js'
import { tokens } from './token.js'

/** Translates the provider's interface; the server decides who holds a key. @internal */
export class StoreLockProvider implements LockProvider {
  readonly #name: string
  readonly #leases: Leases
  readonly #token: () => string = tokens()

  constructor(name: string, leases: Leases) {
    this.#name = name
    this.#leases = leases
  }

  /**
   * Takes the key for `ttl` milliseconds of the server's clock; null while somebody holds it, the same owner included.
   * The handle's `fence` rises with each holder of the key.
   */
  async acquire(key: string, ttl: number, owner?: string): Promise<LockHandle | null> {
    if (owner !== undefined) text('acquire lock', 'owner', owner)
    const token = this.#token()
    const time = timeToLive('acquire lock', ttl)
    const lease = await this.#ask('acquire', key, () => this.#leases.acquire(key, token, owner ?? '', time))
    if (lease === undefined) return null
    return {
      fence: lease.fence,
      release: async () => {
        await this.#ask('release', key, () => this.#leases.release(key, token))
      },
      extend: async (more) => {
        const left = timeToLive('extend lock', more)
        return this.#ask('extend', key, () => this.#leases.extend(key, token, left))
      },
      isValid: async () => this.#ask('isValid', key, () => this.#leases.holds(key, token)),
    }
  }

  /** Lets the lock that `owner` holds end `ttl` milliseconds from now; false when that owner does not hold it. */
  async extend(key: string, ttl: number, owner: string): Promise<boolean> {
    text('extend lock', 'owner', owner)
    const time = timeToLive('extend lock', ttl)
    return this.#ask('extend', key, () => this.#leases.extendAs(key, owner, time))
  }

  /** Takes the lock from whoever holds it: its handle is not valid any more. */
  async forceRelease(key: string): Promise<void> {
    await this.#ask('forceRelease', key, () => this.#leases.clear(key))
  }

  #ask<T>(operation: string, key: string, fn: () => Promise<T>): Promise<T> {
    text(`call ${operation}`, 'key', key)
    return ask(this.#name, operation, key, fn)
  }
}
