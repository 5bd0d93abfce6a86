/**
 * How a pool ends: nobody is lent anything any more, what is lent gets the grace, everything is destroyed.
 *
 * What comes after that, a resource from a slow `create` or the release of one that was taken back, is dealt with
 * quietly: nobody waits for it.
 */

import { endsWithin } from '../lifetime/grace.js'
import { suppress } from '../base/errors.js'
import type { PoolMember } from './pool-member.js'
import type { PoolStock } from './pool-stock.js'

/** Resolves when every `destroy` has settled, `grace` milliseconds and their own time from now at the latest. */
export async function endPool<T>(stock: PoolStock<T>, grace: number): Promise<void> {
  const back = new Promise<void>((resolve) => {
    stock.phase = { at: 'draining', quiet: resolve }
  })
  for (const member of stock.shelf.snapshot()) if (member.at === 'idle') stock.retire(member)
  stock.changed()
  await endsWithin(grace, back)
  const taken = new Set<unknown>()
  const destroyed = new Promise<void>((resolve) => {
    stock.phase = { at: 'ending', quiet: resolve, taken }
  })
  for (const member of [...stock.members.values()]) takeBack(stock, member, taken)
  stock.changed()
  await destroyed
  stock.phase = { at: 'ended', taken }
  if (stock.errors.length > 0) throw suppress(stock.errors)
}

/** Destroys a resource that somebody still has. Its release, should it come, is no mistake. */
function takeBack<T>(stock: PoolStock<T>, member: PoolMember<T>, taken: Set<unknown>): void {
  if (member.at === 'lent') taken.add(member.resource)
  stock.retire(member)
}
