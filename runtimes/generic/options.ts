/** What providers of single hosts are made with: declared for all, since every entry exports all names. */

/** Options of the providers over IndexedDB. */
export interface IndexedDBOptions {
  /** Name of the database, of which each kind of provider needs its own. Default: one that begins with `go-go-scope`. */
  readonly name?: string
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

/** What can be done in a transaction of a Durable Object's storage. */
export interface DurableTransaction {
  get<T = unknown>(key: string): Promise<T | undefined>
  put<T>(key: string, value: T): Promise<void>
  delete(key: string): Promise<boolean>
}

/** The storage of a Durable Object, `ctx.storage`, as far as it is needed. */
export interface DurableStorage extends DurableTransaction {
  list<T = unknown>(options?: { readonly prefix?: string }): Promise<Map<string, T>>
  transaction<T>(fn: (transaction: DurableTransaction) => Promise<T>): Promise<T>
}
