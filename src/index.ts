/**
 * Everything portable, under the names that every runtime exports. What can bring a scope of its own, and so needs a host,
 * is bound in `runtimes/generic/standalone.ts`.
 */

export {
  AbortError,
  ChannelFullError,
  CircuitOpenError,
  IdempotencyInProgressError,
  isCancelled,
  ScopeDisposedError,
  ServiceError,
  type Suppressed,
  TimeoutError,
  UnknownError,
} from './base/errors.js'
export type { Failure, Result, Success } from './base/result.js'
export type { Undo } from './base/undo.js'
export type { Cleanup, Lifetime } from './lifetime/lifetime.js'
export type { LifetimeOptions, OwnLifetime } from './lifetime/owner.js'
export { acquireLock, type LockOptions, type LockOwner } from './persist/acquire-lock.js'
export { type CheckpointContextOptions, createCheckpointContext } from './persist/checkpoint-context.js'
export { CheckpointCorruptError, CheckpointFencedError, CheckpointVersionError } from './persist/errors.js'
export { IdempotencyLostError, LockLostError, ProviderError } from './persist/errors-provider.js'
export { Lock } from './persist/lock.js'
export {
  createIdempotencyProvider,
  InMemoryCheckpointProvider,
  type InMemoryIdempotencyOptions,
  InMemoryIdempotencyProvider,
} from './persist/memory.js'
export { InMemoryCircuitBreakerStateProvider } from './persist/memory-breaker.js'
export { createCache, InMemoryCache, type InMemoryCacheOptions } from './persist/memory-cache.js'
export { InMemoryLockProvider } from './persist/memory-lock.js'
export { createProgressContext, type Progress, type ProgressContext } from './persist/progress.js'
export type {
  CacheProvider,
  Checkpoint,
  CheckpointContext,
  CheckpointOptions,
  CheckpointProvider,
  CircuitBreakerPersistedState,
  CircuitBreakerStateProvider,
  IdempotencyProvider,
  IdempotencyRecord,
  LockHandle,
  LockProvider,
  PersistenceProviders,
} from './persist/types.js'
export {
  type DecorrelatedJitterOptions,
  type Delay,
  decorrelatedJitter,
  type ExponentialBackoffOptions,
  exponentialBackoff,
  jitter,
  linear,
} from './policy/backoff.js'
export {
  type BreakerSpec,
  CircuitBreaker,
  type CircuitBreakerOptions,
  type CircuitState,
  circuitBreaker,
} from './policy/breaker.js'
export type { BreakerWindow } from './policy/breaker-window.js'
export type { IdempotencyOptions } from './policy/idempotency-options.js'
export type { MemoOptions } from './policy/memo.js'
export type { RetryConfig, RetryOption, RetryPreset } from './policy/retry.js'
export type { OpenTelemetryParts, Span, Tracer } from './policy/span.js'
export { Batch, type BatchOptions, batch } from './rate/batch.js'
export type { CallControl } from './rate/calls.js'
export { delay } from './rate/delay.js'
export { every } from './rate/every.js'
export { type Debounced, type DebounceOptions, debounce } from './rate/debounce.js'
export { SupersededError, ThrottledError } from './rate/errors.js'
export type { PollController, PollStatus } from './rate/poll.js'
export type { PollOptions } from './rate/poll-options.js'
export type { RunContext } from './rate/run.js'
export { type Throttled, type ThrottleOptions, throttle } from './rate/throttle.js'
export { type TakeOptions, TokenBucket, type TokenBucketOptions, tokenBucket } from './rate/token-bucket.js'
export type {
  HostEvents,
  LogLevel,
  Runtime,
  RuntimeName,
  WorkerCode,
  WorkerEvents,
  WorkerHost,
  WorkerPort,
} from './runtime.js'
export {
  CorrelatedLogger,
  type CorrelationContext,
  createCorrelatedLogger,
  getCorrelationContext,
  isCorrelatedLogger,
} from './scope/correlation.js'
export { NoOpLogger } from './scope/log.js'
export type { AbandonedTask, ScopeHooks, ScopeOptions, TaskInfo } from './scope/options.js'
export { Scope } from './scope/scope.js'
export type { ShutdownOptions } from './scope/shutdown.js'
export type { ServiceCleanup } from './scope/services.js'
export type { DebugTreeOptions } from './scope/tree.js'
export type { BackpressureStrategy, ChannelOptions } from './sync/backpressure.js'
export {
  BroadcastChannel,
  type BroadcastOptions,
  type BroadcastStrategy,
  broadcast,
} from './sync/broadcast.js'
export { Channel, channel } from './sync/channel.js'
export { type ChannelSource, channelFrom, type StreamLike } from './sync/channel-from.js'
export type { ChannelIterator } from './sync/channel-iterator.js'
export {
  type EventArgs,
  eventEmitter,
  eventEmitter as createEventEmitter,
  ScopedEventEmitter,
  type WaitForOptions,
} from './sync/event-emitter.js'
export type { EventIterator, EventsOptions } from './sync/event-iterator.js'
export { BroadcastLaggedError, ChannelClosedError } from './sync/errors.js'
export { type PoolCounts, PoolTimeoutError, ReleaseError, ResourceLeakError } from './sync/errors-pool.js'
export { type EventTargetLike, eventsOf } from './sync/events-of.js'
export { Lease } from './sync/lease.js'
export { Permit } from './sync/permit.js'
export type { PermitOptions } from './sync/permit-options.js'
export { type AcquireOptions, type PoolStats, pool, ResourcePool } from './sync/pool.js'
export type { CreateContext, HealthCheckResult, ResourcePoolOptions } from './sync/pool-options.js'
export { PriorityChannel, priorityChannel } from './sync/priority-channel.js'
export type { PriorityChannelOptions, PriorityStrategy } from './sync/priority-options.js'
export { type SelectOptions, type SelectValue, select } from './sync/select.js'
export { type Answer, on, onSend, onTimeout, otherwise, type SelectCase } from './sync/select-case.js'
export { Semaphore, semaphore } from './sync/semaphore.js'
export { Subscription } from './sync/subscription.js'
export type { WaitOptions } from './sync/waiter.js'
export type { AnyOptions } from './task/any.js'
export type { InnerScopeOptions } from './task/inner-scope.js'
export type { WorkerBody, WorkerContext } from './worker/context.js'
export { WorkerCaptureError, WorkerCrashedError, WorkerStartError } from './worker/errors.js'
export type { WorkerPoolOptions } from './worker/job.js'
export {
  type ModuleAddress,
  type WorkerModule,
  type WorkerTask,
  type WorkerTasks,
  type WorkerTasksOptions,
  workerTasks,
} from './worker/target.js'
export type {
  Body,
  ErrorConstructorLike,
  Logger,
  ShieldContext,
  ShieldOptions,
  SpanOptions,
  TaskContext,
  TaskOptions,
  WorkerTaskOptions,
} from './task/options.js'
export type { Factory, FactoryResult, ParallelOptions, ParallelResults } from './task/parallel.js'
export type { RaceOptions } from './task/race.js'
export type { ResumeTaskOptions } from './task/resume.js'
export type { Spawner } from './task/spawner.js'
export { Task, type TaskStatus } from './task/task.js'
