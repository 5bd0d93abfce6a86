/** A store that can change one value in one step: what browsers and Durable Objects have in common. */

/** What a change comes to: a result and, where `next` is given, the value to keep; `undefined` deletes. */
export type Change<R> = { readonly result: R } | { readonly result: R; readonly next: unknown }

/** Values by key. */
export interface KeyedStore {
  /** The value; `undefined` for none. */
  get(key: string): Promise<unknown>
  /** Calls `change` with the value, and keeps what it says, as one step among all who use the store. */
  update<R>(key: string, change: (value: unknown) => Change<R>): Promise<R>
  /** All keys that begin so. */
  keys(prefix: string): Promise<string[]>
  /** Deletes these keys. */
  deleteAll(keys: readonly string[]): Promise<void>
}

/** True until the moment, in milliseconds since 1970, has come. */
export function isAhead(moment: number): boolean {
  return moment > Date.now()
}
