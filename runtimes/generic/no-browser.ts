/** Providers over what browsers have, for other hosts. */

import {
  AbsentBreakerProvider,
  AbsentCacheProvider,
  AbsentCheckpointProvider,
  AbsentIdempotencyProvider,
  AbsentLockProvider,
} from './absent.js'
import type { IndexedDBOptions, WebLockOptions } from './options.js'

const lacks = 'IndexedDB'
const elsewhere = 'go-go-scope/redis or go-go-scope/postgres on servers, the one over Durable Objects in workerd'

/** Locks that the tabs and workers of one origin share: in browsers. */
export class WebLockProvider extends AbsentLockProvider {
  /** Locks of this origin. */
  constructor(_options?: WebLockOptions) {
    super('WebLockProvider', 'Web Locks', 'FileLockProvider on servers, DurableObjectLockProvider in workerd')
  }
}

/** Values of idempotent tasks that the tabs and workers of one origin share: in browsers. */
export class IndexedDBIdempotencyProvider extends AbsentIdempotencyProvider {
  /** Values in a database of this origin. */
  constructor(_options?: IndexedDBOptions) {
    super('IndexedDBIdempotencyProvider', lacks, elsewhere)
  }
}

/** Circuit breaker states that the tabs and workers of one origin share: in browsers. */
export class IndexedDBCircuitBreakerStateProvider extends AbsentBreakerProvider {
  /** States in a database of this origin. */
  constructor(_options?: IndexedDBOptions) {
    super('IndexedDBCircuitBreakerStateProvider', lacks, elsewhere)
  }
}

/** A cache that the tabs and workers of one origin share: in browsers. */
export class IndexedDBCacheProvider extends AbsentCacheProvider {
  /** Values in a database of this origin. */
  constructor(_options?: IndexedDBOptions) {
    super('IndexedDBCacheProvider', lacks, elsewhere)
  }
}

/**
 * Keeps checkpoints in IndexedDB: in browsers.
 *
 * @throws TypeError on every other host, which names the provider to use there.
 * @example
 * ```ts
 * await using s = scope({ persistence: { checkpoint: new IndexedDBCheckpointProvider({ name: 'uploads' }) } })
 * ```
 */
export class IndexedDBCheckpointProvider extends AbsentCheckpointProvider {
  /** Checkpoints in a database of this origin. */
  constructor(_options?: IndexedDBOptions) {
    super(
      'IndexedDBCheckpointProvider',
      lacks,
      'FileCheckpointProvider on servers, DurableObjectCheckpointProvider in workerd',
    )
  }
}
