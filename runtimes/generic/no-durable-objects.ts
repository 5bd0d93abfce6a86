/** Providers over Durable Objects, for hosts that have none. */

import {
  AbsentBreakerProvider,
  AbsentCacheProvider,
  AbsentCheckpointProvider,
  AbsentIdempotencyProvider,
  AbsentLockProvider,
} from './absent.js'
import type { DurableObjectOptions, DurableStorage } from './options.js'

const lacks = 'Durable Objects'
const elsewhere = 'go-go-scope/redis or go-go-scope/postgres on servers, the one over IndexedDB in browsers'

/** Locks of all who reach one Durable Object: in workerd. */
export class DurableObjectLockProvider extends AbsentLockProvider {
  /** Locks in this storage. */
  constructor(_storage: DurableStorage, _options?: DurableObjectOptions) {
    super('DurableObjectLockProvider', lacks, 'FileLockProvider on servers, WebLockProvider in browsers')
  }
}

/** Values of idempotent tasks of all who reach one Durable Object: in workerd. */
export class DurableObjectIdempotencyProvider extends AbsentIdempotencyProvider {
  /** Values in this storage. */
  constructor(_storage: DurableStorage, _options?: DurableObjectOptions) {
    super('DurableObjectIdempotencyProvider', lacks, elsewhere)
  }
}

/** Circuit breaker states of all who reach one Durable Object: in workerd. */
export class DurableObjectCircuitBreakerStateProvider extends AbsentBreakerProvider {
  /** States in this storage. */
  constructor(_storage: DurableStorage, _options?: DurableObjectOptions) {
    super('DurableObjectCircuitBreakerStateProvider', lacks, elsewhere)
  }
}

/** A cache of all who reach one Durable Object: in workerd. */
export class DurableObjectCacheProvider extends AbsentCacheProvider {
  /** Values in this storage. */
  constructor(_storage: DurableStorage, _options?: DurableObjectOptions) {
    super('DurableObjectCacheProvider', lacks, elsewhere)
  }
}

/**
 * Keeps checkpoints in the storage of a Durable Object: in workerd.
 *
 * @throws TypeError on every other host, which names the provider to use there.
 */
export class DurableObjectCheckpointProvider extends AbsentCheckpointProvider {
  /** Checkpoints in this storage. */
  constructor(_storage: DurableStorage, _options?: DurableObjectOptions) {
    super(
      'DurableObjectCheckpointProvider',
      lacks,
      'FileCheckpointProvider on servers, IndexedDBCheckpointProvider in browsers',
    )
  }
}
