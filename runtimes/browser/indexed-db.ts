/** Providers over IndexedDB: the tabs and workers of one origin share them. */

import { object, text } from '../../src/base/options.js'
import { guard } from '../../src/base/guard.js'
import type { CircuitBreakerPersistedState } from '../../src/persist/types.js'
import { KeyedBreakerProvider } from '../generic/keyed/breaker-states.js'
import { KeyedCacheProvider } from '../generic/keyed/cache.js'
import { KeyedIdempotencyProvider } from '../generic/keyed/idempotency.js'
import type { IndexedDBOptions } from '../generic/options.js'
import { databaseStore } from './keyed-database.js'

function nameOf(provider: string, options: IndexedDBOptions, fallback: string): string {
  const action = `create ${provider}`
  const { name = fallback } = object(action, 'options', options)
  return text(action, 'name', name)
}

/** Values of idempotent tasks in IndexedDB. Expired ones go when they are met, or with `cleanup()`. */
export class IndexedDBIdempotencyProvider extends KeyedIdempotencyProvider {
  /** Values in a database of this origin. */
  constructor(options: IndexedDBOptions = {}) {
    super(databaseStore(nameOf('IndexedDBIdempotencyProvider', options, 'go-go-scope:idempotency')))
  }
}

/** A change, as tabs tell one another. */
interface News {
  readonly key: string
  readonly state: CircuitBreakerPersistedState
}

/** Circuit breaker states in IndexedDB; tabs tell one another of changes. */
export class IndexedDBCircuitBreakerStateProvider extends KeyedBreakerProvider {
  readonly #channel: string

  /** States in a database of this origin. */
  constructor(options: IndexedDBOptions = {}) {
    const name = nameOf('IndexedDBCircuitBreakerStateProvider', options, 'go-go-scope:breaker')
    super(databaseStore(name))
    this.#channel = name
  }

  /** Calls `fn` when anybody but this very subscription's provider changes the state; returns its undo. */
  subscribe(key: string, fn: (state: CircuitBreakerPersistedState) => void): () => void {
    const channel = new BroadcastChannel(this.#channel)
    channel.onmessage = ({ data }: MessageEvent<News>) => {
      if (data?.key === key) guard(() => fn(data.state), reportError)
    }
    return () => channel.close()
  }

  /** @internal */
  protected override changed(key: string, state: CircuitBreakerPersistedState): void {
    const channel = new BroadcastChannel(this.#channel)
    channel.postMessage({ key, state } satisfies News)
    channel.close()
  }
}

/** A cache in IndexedDB. Expired values go when they are met, or with `cleanup()`. */
export class IndexedDBCacheProvider extends KeyedCacheProvider {
  /** Values in a database of this origin. */
  constructor(options: IndexedDBOptions = {}) {
    super(databaseStore(nameOf('IndexedDBCacheProvider', options, 'go-go-scope:cache')))
  }
}
