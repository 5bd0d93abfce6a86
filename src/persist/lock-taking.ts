/** Asks a provider for a lock, once or until there is one: the part of `acquireLock` that is loaded with the first one wanted. */

import type { Undo } from '../base/undo.js'
import type { Lifetime } from '../lifetime/lifetime.js'
import { providerFailed, providerOdd } from './errors-provider.js'
import { Lock } from './lock.js'
import { LockPlace } from './lock-line.js'
import { InMemoryLockProvider } from './memory-lock.js'
import type { LockHandle, LockProvider } from './types.js'

/** Who wants a lock. */
export interface LockWait {
  readonly owner: Lifetime & { readonly persistence?: { readonly lock?: LockProvider } }
  readonly key: string
  readonly ttl: number
  /** False asks once. */
  readonly waits: boolean
  /** True once nobody wants it any more. */
  readonly isOver: boolean
  /** Calls `undo` in the turn in which that is so. */
  whenOver(undo: Undo): void
  /** Ends the wait with a lock, made now, or with none; false if it is over. */
  settle(lock: () => Lock | null): boolean
}

const firstPoll = 20
const longestPoll = 500

let memory: InMemoryLockProvider | undefined

/** Resolves when the wait is over and nothing is asked for it any more; rejects when the provider fails. */
export async function take(wait: LockWait): Promise<void> {
  const { owner, key } = wait
  if (wait.isOver) return
  const provider = owner.persistence?.lock ?? (memory ??= new InMemoryLockProvider())
  if (!wait.waits) {
    await askOnce(wait, provider)
    wait.settle(() => null)
    return
  }
  const place = new LockPlace(owner.host, provider, key)
  wait.whenOver(() => place.leave())
  for (let poll = firstPoll; !wait.isOver; poll = Math.min(longestPoll, poll * 2)) {
    if (place.isFirst) await askOnce(wait, provider)
    if (!wait.isOver) await place.pause(poll)
  }
}

/** Asks once; whoever waits no longer gives back what it gets. */
async function askOnce(wait: LockWait, provider: LockProvider): Promise<void> {
  const { owner, key, ttl } = wait
  const since = owner.host.now()
  const handle = await ask(wait, provider)
  if (handle === undefined) return
  if (!wait.settle(() => new Lock(owner, { key, ttl, provider, handle, since }))) await giveBack(wait, handle)
}

async function ask({ owner, key, ttl }: LockWait, provider: LockProvider): Promise<LockHandle | undefined> {
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

async function giveBack({ owner, key }: LockWait, handle: LockHandle): Promise<void> {
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
