/** What only browsers have, for other hosts. */

import {
  AbsentBreakerProvider,
  AbsentCacheProvider,
  AbsentCheckpointProvider,
  AbsentIdempotencyProvider,
  AbsentLockProvider,
} from './absent.js'
import type { Scope } from '../../src/scope/scope.js'
import type { IndexedDBOptions, PageScopeOptions, WebLockOptions } from './options.js'

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

/**
 * Opens a scope that ends with its page: in browsers.
 *
 * When the page is left for good, everything in the scope is cancelled at once; what cleanups do after that may not happen any
 * more, since the page is gone. A page that is kept for the way back (`pagehide` with `persisted`) takes its scope along, and
 * goes on when it is shown again.
 *
 * With `until: 'navigation'` it is the scope of one view of an application: it also ends when the page shows another entry of the
 * session's history, by a link, `history.pushState`, or the way back. `replaceState` changes no entry, hence ends nothing. A
 * browser without the Navigation API cannot tell of `pushState`: there, a router has to dispose of the scope.
 *
 * It can be disposed of earlier like any scope, and leaves no listener. A cleanup that throws is told to the scope's logger.
 *
 * @throws TypeError on every other host, and in workers; for options that make no sense.
 * @example
 * ```ts
 * const page = pageScope({ name: 'page' })
 * const search = page.debounce((text: string, { signal }: RunContext) => api.search(text, signal), { latest: true })
 * document.querySelector('input')?.addEventListener('input', async ({ target }) => {
 *   const [err, hits] = await search((target as HTMLInputElement).value)
 *   if (!err) show(hits)
 * })
 * ```
 */
export function pageScope<S extends object = {}>(_options?: PageScopeOptions<S>): Scope<S> {
  throw new TypeError('Cannot create page scope: this runtime has no pages; use scope()')
}
