/** Asks a provider for a lock. */

import type { Lifetime } from '../lifetime/lifetime.js'
import { providerFailed, providerOdd } from './errors-provider.js'
import { Lock } from './lock.js'
import type { LockHandle, LockProvider } from './types.js'

/** Which lock is wanted. */
export interface LockWish {
  readonly key: string
  readonly ttl: number
  readonly provider: LockProvider
}

/** Asks once. What is granted is offered to `accept`, and given back if nobody wants it any more. */
export async function take(owner: Lifetime, wish: LockWish, accept: (lock: () => Lock) => boolean): Promise<void> {
  const since = owner.host.now()
  const handle = await ask(owner, wish)
  if (handle === undefined) return
  if (!accept(() => new Lock(owner, { ...wish, handle, since }))) await giveBack(owner, wish, handle)
}

async function ask(owner: Lifetime, { key, ttl, provider }: LockWish): Promise<LockHandle | undefined> {
  let handle: LockHandle | null
  try {
    handle = await provider.acquire(key, ttl, nameOf(owner))
  } catch (error) {
    throw providerFailed('lock', 'acquire', key, error)
  }
  if (handle === null || handle === undefined) return undefined
  if (typeof handle.release !== 'function' || typeof handle.extend !== 'function') {
    throw providerOdd('lock', 'acquire', key, handle)
  }
  return handle
}

async function giveBack(owner: Lifetime, { key }: LockWish, handle: LockHandle): Promise<void> {
  try {
    await handle.release()
  } catch (error) {
    owner.report(providerFailed('lock', 'release', key, error), 'lock provider')
  }
}

/** A name that no other holder has. */
function nameOf({ host, scopeName }: Lifetime): string {
  const bytes = [...host.randomBytes(16)]
  return `${scopeName}-${bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
}
