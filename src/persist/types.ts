/** What outlives a scope: the interfaces of the providers. */

/** A saved state of a long-running task. */
export interface Checkpoint<T = unknown> {
  readonly id: string
  readonly taskId: string
  /** Counts up by one with each save, across restarts. */
  readonly sequence: number
  /** When it was saved, in milliseconds since 1970. */
  readonly timestamp: number
  /** How far the task was, from 0 to 100. */
  readonly progress: number
  readonly data: T
  readonly estimatedTimeRemaining?: number
  /** The `version` of the code that saved it. */
  readonly version?: number
  /** Tells a whole record from a torn one. */
  readonly checksum?: string
}

/**
 * Keeps checkpoints. They come to it with data that is plain JSON, and must come back with every field as it was.
 *
 * `checkpointProviderSuite` of `go-go-scope/testing` tests one.
 */
export interface CheckpointProvider {
  /**
   * Keeps a record, and resolves when it is durable; one with the same task and sequence is replaced. With a `fence` that is
   * not the latest claimed, rejects with a `CheckpointFencedError` and keeps nothing.
   */
  save<T>(checkpoint: Checkpoint<T>, fence?: number): Promise<void>
  /**
   * The newest whole record. Damaged ones that are newer are passed over, each told to `onDamaged` in a sentence; when there
   * are records and none is whole, rejects with a `CheckpointCorruptError`.
   */
  loadLatest<T>(taskId: string, onDamaged?: (what: string) => void): Promise<Checkpoint<T> | undefined>
  load<T>(checkpointId: string): Promise<Checkpoint<T> | undefined>
  /** The whole records, oldest first. */
  list(taskId: string): Promise<Checkpoint[]>
  /** Keeps the newest `keepCount` of a task. */
  cleanup(taskId: string, keepCount: number): Promise<void>
  /** Deletes a task's records, damaged ones too; earlier owners stay shut out. A `fence` is checked as by `save`. */
  deleteAll(taskId: string, fence?: number): Promise<void>
  /** Makes the caller the owner of the task: gives a fence, higher than all before, that shuts out earlier owners. */
  claim?(taskId: string): Promise<number>
}

/** Options of a task with checkpoints. */
export interface CheckpointOptions {
  /** Milliseconds between the automatic saves of what the body has staged. Default: none, and staging is a `TypeError`. */
  readonly interval?: number
  /** Called once after each save, when it is durable. */
  readonly onCheckpoint?: (checkpoint: Checkpoint) => void
  /** Called once, before the body, when the task goes on from an earlier run. */
  readonly onResume?: (checkpoint: Checkpoint) => void
  /** How many are kept. Default: 10. */
  readonly maxCheckpoints?: number
  /** Version of the data that this code saves, an integer. Default: 0. A newer record is a `CheckpointVersionError`. */
  readonly version?: number
  /** Turns data of an older version into that of `version`; what it throws fails the task. */
  readonly migrate?: (data: unknown, from: number) => unknown
}

/** What a body saves with. */
export interface CheckpointContext<T = unknown> {
  /**
   * Saves; resolves when it is durable. The data is taken as it is at the call. Saves run one after another; one that fails
   * rejects with the provider's error and hinders no later one.
   */
  save(data: T): Promise<void>
  /** Has the data saved at the next `interval`, unless it equals what is saved already. Replaces what was staged before. */
  stage(data: T): void
  /** The latest durable value, a copy of your own each time; `undefined` before there is one. */
  readonly data?: T
}

/** A value that an earlier run left. */
export interface IdempotencyRecord {
  readonly value: unknown
  /** When it expires, in milliseconds since 1970. */
  readonly expiresAt?: number
}

/** Keeps the values of idempotent tasks. */
export interface IdempotencyProvider {
  get(key: string): Promise<IdempotencyRecord | null>
  set(key: string, value: unknown, ttl?: number): Promise<void>
  delete(key: string): Promise<void>
  /**
   * Takes the key if nobody has it, at most for `ttl` milliseconds; without this method, keys are reserved within the
   * process.
   */
  reserve?(key: string, ttl?: number): Promise<boolean>
  /**
   * Reserves a key for `ttl` milliseconds from now that was reserved through this very provider; false when it no longer
   * is. With this method reservations are made for a while and renewed as long as their task runs, so that those of a
   * process that died end by themselves; without it they are made without a `ttl`.
   */
  extend?(key: string, ttl: number): Promise<boolean>
  /** Gives back a key that was reserved through this very provider; one that somebody else has by now stays theirs. */
  release?(key: string): Promise<void>
}

/** A lock that is held. */
export interface LockHandle {
  /** Rises with each holder of the key, for resources that can refuse an older one. */
  readonly fence?: number
  /** Gives the lock back; does nothing when somebody else has it by now. */
  release(): Promise<void>
  /** Holds it for `ttl` milliseconds from now; false when it was lost. */
  extend(ttl: number): Promise<boolean>
  /** True while it is held. */
  isValid(): Promise<boolean>
}

/** Hands out locks. */
export interface LockProvider {
  /** Takes the lock for `ttl` milliseconds; null when somebody has it. */
  acquire(key: string, ttl: number, owner?: string): Promise<LockHandle | null>
  /** As the handle's `extend`, for the holder that was acquired under this name. */
  extend(key: string, ttl: number, owner: string): Promise<boolean>
  /** Takes the lock away from whoever holds it. */
  forceRelease(key: string): Promise<void>
}

/** A circuit breaker's state as processes share it. */
export interface CircuitBreakerPersistedState {
  readonly state: 'closed' | 'open' | 'half-open'
  /** Failures in a row. */
  readonly failureCount: number
  /** When the last failure was, in milliseconds since 1970; of a half-open one, when its probe began. */
  readonly lastFailureTime?: number
  /** When the last success was, in milliseconds since 1970. */
  readonly lastSuccessTime?: number
}

/** Keeps the state of circuit breakers. */
export interface CircuitBreakerStateProvider {
  getState(key: string): Promise<CircuitBreakerPersistedState | null>
  setState(key: string, state: CircuitBreakerPersistedState): Promise<void>
  /** Counts a failure in one step, which opens a closed breaker at `maxFailures`; gives the failures in a row. */
  recordFailure(key: string, maxFailures: number): Promise<number>
  /** Ends the failures in a row of a closed breaker; an open one stays open. */
  recordSuccess(key: string): Promise<void>
  /**
   * Sets the state in one step if it is still `expected`, null for none; false when it is not. Lets exactly one of all
   * processes probe; without it two that find the time has come at the same instant both do.
   */
  replaceState?(
    key: string,
    expected: CircuitBreakerPersistedState | null,
    next: CircuitBreakerPersistedState,
  ): Promise<boolean>
  /** Calls `fn` when another process changes the state; returns its undo. */
  subscribe?(key: string, fn: (state: CircuitBreakerPersistedState) => void): () => void
}

/** Keeps values for a while. */
export interface CacheProvider {
  /** Null for a value that is not there, or has expired. */
  get<T>(key: string): Promise<T | null>
  /** Keeps a value, for `ttl` milliseconds; without, for ever. */
  set<T>(key: string, value: T, ttl?: number): Promise<void>
  delete(key: string): Promise<void>
  has(key: string): Promise<boolean>
  clear(): Promise<void>
  /** The keys there are; with a pattern, in which `*` stands for any text, those that match it as a whole. */
  keys(pattern?: string): Promise<string[]>
}

/** The providers of a scope. */
export interface PersistenceProviders {
  readonly lock?: LockProvider
  readonly circuitBreaker?: CircuitBreakerStateProvider
  readonly cache?: CacheProvider
  readonly idempotency?: IdempotencyProvider
  readonly checkpoint?: CheckpointProvider
}
