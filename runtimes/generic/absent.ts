/**
 * For providers whose host lacks the part. Every entry exports all names, so that one program compiles for all; the
 * constructor says what to use instead, and the methods are there for the types.
 */

import type {
  CacheProvider,
  Checkpoint,
  CheckpointProvider,
  CircuitBreakerPersistedState,
  CircuitBreakerStateProvider,
  IdempotencyProvider,
  IdempotencyRecord,
  LockHandle,
  LockProvider,
} from '../../src/persist/types.js'

/** Refuses to be made. */
class Absent {
  /** @internal */
  constructor(name: string, lacks: string, instead: string) {
    throw new TypeError(`Cannot create ${name}: this runtime has no ${lacks}; use ${instead}`)
  }
}

function never(): Promise<never> {
  return Promise.reject(new TypeError('There is no such provider'))
}

/** Locks that this host cannot keep. */
export class AbsentLockProvider extends Absent implements LockProvider {
  acquire(_key: string, _ttl: number, _owner?: string): Promise<LockHandle | null> {
    return never()
  }

  extend(_key: string, _ttl: number, _owner: string): Promise<boolean> {
    return never()
  }

  forceRelease(_key: string): Promise<void> {
    return never()
  }
}

/** Values of idempotent tasks that this host cannot keep. */
export class AbsentIdempotencyProvider extends Absent implements IdempotencyProvider {
  get(_key: string): Promise<IdempotencyRecord | null> {
    return never()
  }

  set(_key: string, _value: unknown, _ttl?: number): Promise<void> {
    return never()
  }

  delete(_key: string): Promise<void> {
    return never()
  }

  reserve(_key: string, _ttl?: number): Promise<boolean> {
    return never()
  }

  extend(_key: string, _ttl: number): Promise<boolean> {
    return never()
  }

  release(_key: string): Promise<void> {
    return never()
  }

  /** Forgets what has expired. */
  cleanup(): Promise<void> {
    return never()
  }
}

/** Circuit breaker states that this host cannot keep. */
export class AbsentBreakerProvider extends Absent implements CircuitBreakerStateProvider {
  getState(_key: string): Promise<CircuitBreakerPersistedState | null> {
    return never()
  }

  setState(_key: string, _state: CircuitBreakerPersistedState): Promise<void> {
    return never()
  }

  recordFailure(_key: string, _maxFailures: number): Promise<number> {
    return never()
  }

  recordSuccess(_key: string): Promise<void> {
    return never()
  }

  replaceState(
    _key: string,
    _expected: CircuitBreakerPersistedState | null,
    _next: CircuitBreakerPersistedState,
  ): Promise<boolean> {
    return never()
  }
}

/** A cache that this host cannot keep. */
export class AbsentCacheProvider extends Absent implements CacheProvider {
  get<T>(_key: string): Promise<T | null> {
    return never()
  }

  set<T>(_key: string, _value: T, _ttl?: number): Promise<void> {
    return never()
  }

  delete(_key: string): Promise<void> {
    return never()
  }

  has(_key: string): Promise<boolean> {
    return never()
  }

  clear(): Promise<void> {
    return never()
  }

  keys(_pattern?: string): Promise<string[]> {
    return never()
  }

  /** Forgets what has expired. */
  cleanup(): Promise<void> {
    return never()
  }
}

/** Checkpoints that this host cannot keep. */
export class AbsentCheckpointProvider extends Absent implements CheckpointProvider {
  save<T>(_checkpoint: Checkpoint<T>, _fence?: number): Promise<void> {
    return never()
  }

  loadLatest<T>(_taskId: string, _onDamaged?: (what: string) => void): Promise<Checkpoint<T> | undefined> {
    return never()
  }

  load<T>(_checkpointId: string): Promise<Checkpoint<T> | undefined> {
    return never()
  }

  list(_taskId: string): Promise<Checkpoint[]> {
    return never()
  }

  cleanup(_taskId: string, _keepCount: number): Promise<void> {
    return never()
  }

  deleteAll(_taskId: string, _fence?: number): Promise<void> {
    return never()
  }

  claim(_taskId: string): Promise<number> {
    return never()
  }
}
