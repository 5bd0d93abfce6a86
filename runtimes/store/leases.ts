/** What a server must be able to do for locks and reservations. */

/** Something held for a while. */
export interface Lease {
  /** Tells this holder from all others. */
  readonly token: string
  /** Rises with each holder of the key. */
  readonly fence: number
}

/**
 * Leases on a server. Each operation takes effect at one instant, by the server's clock.
 *
 * A `ttl` of undefined never ends, one of 0 has ended. A client may send a command twice when its connection breaks: the
 * same token gets the same lease, for its `ttl` from then on.
 */
export interface Leases {
  /** The lease, or undefined while somebody else holds the key. */
  acquire(key: string, token: string, owner: string, ttl: number | undefined): Promise<Lease | undefined>
  /** Lets it end `ttl` from now; false when this token does not hold the key any more. */
  extend(key: string, token: string, ttl: number | undefined): Promise<boolean>
  /** As `extend`, for whoever has this owner's name. */
  extendAs(key: string, owner: string, ttl: number | undefined): Promise<boolean>
  /** Ends it; false when this token did not hold the key any more. */
  release(key: string, token: string): Promise<boolean>
  /** Whether this token holds the key. */
  holds(key: string, token: string): Promise<boolean>
  /** Ends whatever lease there is. */
  clear(key: string): Promise<void>
}
