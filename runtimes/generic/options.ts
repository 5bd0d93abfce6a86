/** What providers of single hosts are made with: declared for all, since every entry exports all names. */

import type { ScopeOptions } from '../../src/scope/options.js'
import type { FileSystem } from './files.js'

/** Options of the providers over IndexedDB. */
export interface IndexedDBOptions {
  /** Name of the database, of which each kind of provider needs its own. Default: one that begins with `go-go-scope`. */
  readonly name?: string
}

/** Options of `pageScope`: those of a scope, and this one. */
export interface PageScopeOptions<S extends object = {}> extends ScopeOptions<S> {
  /**
   * What the scope ends with: `'pagehide'` when the page is left for good, `'navigation'` also when it shows another entry of the
   * session's history. Default: `'pagehide'`.
   */
  readonly until?: 'pagehide' | 'navigation'
}

/** Options of `WebLockProvider`. */
export interface WebLockOptions {
  /** What the names of its locks, and that of the database with their fences, begin with. Default: `go-go-scope`. */
  readonly name?: string
}

/** Options of the providers over Durable Objects. */
export interface DurableObjectOptions {
  /** What its keys begin with; each kind of provider needs its own. Default: one that begins with `go-go-scope`. */
  readonly prefix?: string
}

/** Options of `FileCheckpointProvider`. */
export interface FileCheckpointOptions {
  /** The file system, as far as it is used of `node:fs/promises`. Default: the host's own. */
  readonly fs?: FileSystem
}

/** Which part of a storage is asked for. */
export interface DurableListOptions {
  readonly prefix?: string
  readonly reverse?: boolean
  readonly limit?: number
  readonly startAfter?: string
}

/** What is used of a transaction of a Durable Object's storage. */
export interface DurableTransaction {
  get<T = unknown>(key: string): Promise<T | undefined>
  put<T>(key: string, value: T): Promise<void>
  put<T>(entries: Record<string, T>): Promise<void>
  delete(key: string): Promise<boolean>
  delete(keys: string[]): Promise<number>
  list<T = unknown>(options?: DurableListOptions): Promise<Map<string, T>>
}

/** The storage of a Durable Object, `ctx.storage`, as far as it is used. */
export interface DurableStorage extends DurableTransaction {
  transaction<T>(fn: (transaction: DurableTransaction) => Promise<T>): Promise<T>
  sync?(): Promise<void>
}
