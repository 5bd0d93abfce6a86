/** The contract of the library, executable: one suite for every runtime. */

import { cancelAmid } from './cancel-amid.js'
import { cancel } from './cancel.js'
import { checkpoint } from './checkpoint.js'
import { checkpointProviders } from './checkpoint-providers.js'
import { children } from './children.js'
import { debugTree } from './debug-tree.js'
import { disposeAmid } from './dispose-amid.js'
import { disposeErrors } from './dispose-errors.js'
import { dispose } from './dispose.js'
import { durationsAndMisuse } from './durations-and-misuse.js'
import { errorClasses } from './error-classes.js'
import { exportedNames } from './exports.js'
import { grace } from './grace.js'
import { hooks } from './hooks.js'
import { inspectSuite } from './inspect.js'
import { joinAndShield } from './join-and-shield.js'
import type { Kit } from './kit.js'
import { laws } from './laws.js'
import { leaks } from './leaks.js'
import { limits } from './limits.js'
import { logging } from './logging.js'
import { misuseOfTasks } from './misuse-of-tasks.js'
import { mistakes } from './mistakes.js'
import { nesting } from './nesting.js'
import { pageScopes } from './page-scope.js'
import { persistBreaker } from './persist-breaker.js'
import { persistCache } from './persist-cache.js'
import { persistIdempotency } from './persist-idempotency.js'
import { indexedDb } from './persist-indexeddb.js'
import { persistLock } from './persist-lock.js'
import { policyBreaker } from './policy-breaker.js'
import { policyCorrelation } from './policy-correlation.js'
import { policyDedupe } from './policy-dedupe.js'
import { policyEager } from './policy-eager.js'
import { policyErrorClass } from './policy-error-class.js'
import { policyIdempotency } from './policy-idempotency.js'
import { policyMemo } from './policy-memo.js'
import { policyOrder } from './policy-order.js'
import { policyOtel } from './policy-otel.js'
import { policyParallel } from './policy-parallel.js'
import { policyProgress } from './policy-progress.js'
import { policyRace } from './policy-race.js'
import { policyRetry } from './policy-retry.js'
import { policyTimeout } from './policy-timeout.js'
import { raceStagger } from './race-stagger.js'
import { rateBatch } from './rate-batch.js'
import { providers } from './providers.js'
import { rateDebounce } from './rate-debounce.js'
import { rateDelay } from './rate-delay.js'
import { ratePoll } from './rate-poll.js'
import { rateThrottle } from './rate-throttle.js'
import { rateTokenBucket } from './rate-token-bucket.js'
import { resultsAndErrors } from './results-and-errors.js'
import { scopedSuite } from './scoped.js'
import { serviceCleanup } from './service-cleanup.js'
import { services } from './services.js'
import { standalone } from './standalone.js'
import { syncBroadcast } from './sync-broadcast.js'
import { syncChannel } from './sync-channel.js'
import { syncEventEmitter } from './sync-event-emitter.js'
import { syncPool } from './sync-pool.js'
import { syncPriorityChannel } from './sync-priority-channel.js'
import { syncSelect } from './sync-select.js'
import { semaphoreSuite } from './sync-semaphore.js'
import { syncStreams } from './sync-streams.js'
import { taskContext } from './task-context.js'
import { taskTimeout } from './task-timeout.js'
import { task } from './task.js'
import { testingKit } from './testing-kit.js'
import { unhandled } from './unhandled.js'
import { using } from './using.js'
import { workerCheckpoint } from './worker-checkpoint.js'
import { workerLife } from './worker-life.js'
import { workerTasksSuite } from './worker-tasks.js'

/** One function for each topic, from the ground up. */
const topics: readonly ((kit: Kit) => void)[] = [
  exportedNames,
  resultsAndErrors,
  errorClasses,
  task,
  taskContext,
  taskTimeout,
  cancel,
  cancelAmid,
  limits,
  joinAndShield,
  nesting,
  children,
  services,
  serviceCleanup,
  hooks,
  dispose,
  disposeAmid,
  disposeErrors,
  grace,
  using,
  unhandled,
  logging,
  debugTree,
  inspectSuite,
  durationsAndMisuse,
  misuseOfTasks,
  mistakes,
  policyEager,
  policyOrder,
  policyTimeout,
  policyRetry,
  policyBreaker,
  policyMemo,
  policyDedupe,
  policyIdempotency,
  policyErrorClass,
  policyParallel,
  policyRace,
  raceStagger,
  policyCorrelation,
  policyOtel,
  policyProgress,
  checkpoint,
  checkpointProviders,
  indexedDb,
  persistLock,
  persistBreaker,
  persistCache,
  persistIdempotency,
  providers,
  leaks,
  testingKit,
  laws,
  semaphoreSuite,
  syncChannel,
  syncSelect,
  syncPriorityChannel,
  syncBroadcast,
  syncEventEmitter,
  syncPool,
  syncStreams,
  rateDebounce,
  rateThrottle,
  ratePoll,
  rateDelay,
  rateTokenBucket,
  rateBatch,
  standalone,
  pageScopes,
  scopedSuite,
  workerTasksSuite,
  workerCheckpoint,
  workerLife,
]

/** Registers every test of the suite. */
export function conformance(kit: Kit): void {
  for (const topic of topics) topic(kit)
}
