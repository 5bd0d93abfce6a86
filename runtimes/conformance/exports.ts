/** The main entry exports every name that users of the reference know, in every runtime. */

import type {
  BackpressureStrategy,
  CacheProvider,
  ChannelOptions,
  Checkpoint,
  CheckpointContext,
  CheckpointProvider,
  CircuitBreakerOptions,
  CircuitBreakerStateProvider,
  CircuitState,
  CorrelationContext,
  DebounceOptions,
  FactoryResult,
  Failure,
  HealthCheckResult,
  IdempotencyProvider,
  LockHandle,
  LockProvider,
  Logger,
  ParallelResults,
  PersistenceProviders,
  PollController,
  PollOptions,
  ProgressContext,
  RaceOptions,
  ResourcePoolOptions,
  Result,
  RetryConfig,
  ScopeHooks,
  ScopeOptions,
  SelectOptions,
  Success,
  TaskContext,
  TaskOptions,
  ThrottleOptions,
} from '../generic/index.js'
import type { Kit } from './kit.js'

/** Types of the reference; that this compiles is the test. @public */
export interface Types {
  readonly retry: RetryConfig
  readonly results: [Result<Error, 1>, Success<1>, Failure<Error>]
  readonly options: [TaskOptions, TaskContext, ScopeOptions, ScopeHooks, Logger]
  readonly policies: [CircuitBreakerOptions, CircuitState, RaceOptions, CorrelationContext]
  readonly coordination: [
    ChannelOptions<1>,
    BackpressureStrategy,
    SelectOptions,
    ResourcePoolOptions<1>,
    HealthCheckResult,
  ]
  readonly rates: [DebounceOptions, ThrottleOptions, PollOptions<1>, PollController]
  readonly saved: [Checkpoint, CheckpointContext, ProgressContext, PersistenceProviders]
  readonly providers: [
    CheckpointProvider,
    IdempotencyProvider,
    LockProvider,
    LockHandle,
    CircuitBreakerStateProvider,
    CacheProvider,
  ]
  readonly groups: [ParallelResults<readonly (() => Promise<1>)[]>, FactoryResult<() => Promise<1>>]
}

/** Functions and classes that the reference exports, or that the contract adds. */
const names = [
  'scope',
  'Scope',
  'Task',
  'Channel',
  'BroadcastChannel',
  'ResourcePool',
  'UnknownError',
  'AbortError',
  'TimeoutError',
  'ScopeDisposedError',
  'ServiceError',
  'CircuitOpenError',
  'IdempotencyInProgressError',
  'ChannelFullError',
  'isCancelled',
  'InMemoryCheckpointProvider',
  'createCheckpointContext',
  'createProgressContext',
  'InMemoryIdempotencyProvider',
  'createIdempotencyProvider',
  'ConsoleLogger',
  'NoOpLogger',
  'createLogger',
  'CorrelatedLogger',
  'createCorrelatedLogger',
  'isCorrelatedLogger',
  'getCorrelationContext',
  'generateTraceId',
  'generateSpanId',
  'exponentialBackoff',
  'jitter',
  'linear',
  'decorrelatedJitter',
  'circuitBreaker',
  'parallel',
  'race',
  'any',
  'poll',
  'delay',
  'every',
  'createLifetime',
  'channelFrom',
  'toReadableStream',
  'eventsOf',
  'scoped',
  'pageScope',
  'workerTasks',
  'expose',
  'WorkerCrashedError',
  'WorkerStartError',
  'WorkerCaptureError',
] as const

export function exportedNames(kit: Kit): void {
  const { lib, test } = kit
  const assert: Chai.AssertStatic = kit.assert
  const exported: Readonly<Record<string, unknown>> = lib

  for (const name of names) {
    test(`${name} is exported`, () => assert.isFunction(exported[name]))
  }

  test('the entry says which runtime it was made for', () => assert.strictEqual(lib.runtime, kit.env.name))

  test('every error is an Error with its name and tag', () => {
    const errors = [
      new lib.UnknownError('m', { cause: 1 }),
      new lib.AbortError('m'),
      new lib.TimeoutError('Task', 5, 'm'),
      new lib.ScopeDisposedError('start task', 'm'),
      new lib.ServiceError('m'),
      new lib.CircuitOpenError(5),
      new lib.IdempotencyInProgressError('m'),
      new lib.ChannelFullError(),
      new lib.WorkerCrashedError('m'),
      new lib.WorkerStartError('m'),
      new lib.WorkerCaptureError('x', 'm'),
    ]
    for (const error of errors) {
      assert.instanceOf(error, Error)
      assert.strictEqual(error.name, error._tag)
      assert.strictEqual(exported[error.name], error.constructor)
      assert.isAbove(error.message.length, 0)
      assert.include(String(error), error.name)
    }
  })

  test('the error classes of the reference are made as before', () => {
    assert.strictEqual(new lib.UnknownError('message', { cause: 'why' }).cause, 'why')
    assert.isFalse('cause' in new lib.UnknownError('message'))
    assert.strictEqual(new lib.AbortError('text').message, 'text')
    assert.strictEqual(new lib.AbortError('text').reason, 'text')
    const reason = { not: 'text' }
    assert.strictEqual(new lib.AbortError(reason).message, 'aborted')
    assert.strictEqual(new lib.AbortError(reason).reason, reason)
    assert.strictEqual(new lib.ChannelFullError().message, 'Channel buffer is full')
  })

  test('the disposal symbols are there, and cannot be lost', () => {
    for (const name of ['dispose', 'asyncDispose'] as const) {
      assert.strictEqual(typeof Symbol[name], 'symbol')
      assert.strictEqual(Object.getOwnPropertyDescriptor(Symbol, name)?.writable, false)
    }
    assert.notStrictEqual<symbol>(Symbol.dispose, Symbol.asyncDispose)
  })
}
