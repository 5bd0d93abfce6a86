/** The layers that ask a provider: only tasks that have one need them, so they are loaded with the first of those. */

export { checkpoints } from './checkpoint.js'
export { idempotency } from './idempotency.js'
export { drop, memoElsewhere } from './memo-cache.js'
export { SharedBreaker, sharedBreaker } from './shared-breaker.js'
