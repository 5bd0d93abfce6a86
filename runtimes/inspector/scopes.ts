/** The live scopes, with their channels and breakers: views of what lives, read when they are wanted. */

import type { ObservedBreaker, ObservedChannel, ObservedScope } from '../../src/scope/observation.js'
import type { InspectedBreaker, InspectedChannel, InspectedScope } from './inspection.js'
import { describe } from './tasks.js'

/** How many channels and how many breakers of one scope are kept: the last ones. */
const most = 100

interface Breaker {
  readonly breaker: ObservedBreaker
  readonly name: string
  readonly seen: string
  readonly changedAt: number | undefined
}

interface Entry {
  readonly scope: ObservedScope
  readonly openedAt: number
  readonly channels: Map<number, ObservedChannel>
  readonly breakers: Map<ObservedBreaker, Breaker>
}

type Mutable = InspectedScope & { readonly children: InspectedScope[] }

/** The scopes that an inspector sees. */
export class ScopeList {
  readonly #entries: Map<number, Entry> = new Map()
  #root: number | undefined

  /** It was opened, aborted, or has ended. The first one is the root, which stays. */
  changed(scope: ObservedScope, now: number): void {
    this.#root ??= scope.id
    const known = this.#entries.get(scope.id)
    if (known === undefined) {
      this.#entries.set(scope.id, { scope, openedAt: now, channels: new Map(), breakers: new Map() })
    } else if (scope.state === 'disposed' && scope.id !== this.#root) this.#entries.delete(scope.id)
  }

  channel(scope: number, channel: ObservedChannel): void {
    const channels = this.#entries.get(scope)?.channels
    if (channels === undefined || channels.has(channel.id)) return
    for (const [id, { state }] of channels) if (state === 'gone') channels.delete(id)
    keep(channels, channel.id, channel)
  }

  breaker(scope: number, breaker: ObservedBreaker, name: string | undefined, now: number): void {
    const breakers = this.#entries.get(scope)?.breakers
    if (breakers === undefined) return
    const known = breakers.get(breaker)
    const seen = breaker.state
    const changedAt = known !== undefined && known.seen !== seen ? now : known?.changedAt
    keep(breakers, breaker, { breaker, name: known?.name ?? name ?? 'circuit breaker', seen, changedAt })
  }

  /** The tree as it is now. */
  tree(): InspectedScope {
    const made = new Map<number, Mutable>()
    for (const [id, entry] of this.#entries) {
      const node = inspected(entry)
      made.set(id, node)
      made.get(entry.scope.parent ?? Number.NaN)?.children.push(node)
    }
    return made.get(this.#root as number) as InspectedScope // the first thing told is the root
  }
}

function keep<K, V>(map: Map<K, V>, key: K, value: V): void {
  map.set(key, value)
  const [oldest] = map.keys()
  if (map.size > most && oldest !== undefined) map.delete(oldest)
}

function inspected({ scope, openedAt, channels, breakers }: Entry): Mutable {
  const { id, name, state, reason, concurrency, active } = scope
  return {
    id,
    name,
    state,
    openedAt,
    active,
    ...(reason && { reason: describe(reason) }),
    ...(concurrency !== undefined && { concurrency }),
    channels: [...channels.values()].flatMap(inspectedChannel),
    breakers: [...breakers.values()].map(inspectedBreaker),
    children: [],
  }
}

function inspectedChannel(channel: ObservedChannel): InspectedChannel[] {
  const { id, kind, state, size, capacity, strategy, waiting, subscribers } = channel
  if (state === 'gone') return []
  return [
    {
      id,
      kind,
      state,
      size,
      capacity: finite(capacity),
      strategy,
      ...(waiting !== undefined && { waiting }),
      ...(subscribers !== undefined && { subscribers }),
    },
  ]
}

function inspectedBreaker({ breaker, name, changedAt }: Breaker): InspectedBreaker {
  const { state, failureCount: failures, failureThreshold, resetTimeout } = breaker
  const change = changedAt === undefined ? {} : { changedAt }
  return { name, state, failures, failureThreshold, resetTimeout: finite(resetTimeout), ...change }
}

function finite(value: number): number | null {
  return value === Infinity ? null : value
}
