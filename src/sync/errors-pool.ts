/** The errors of the resource pool. */

import { TimeoutError } from '../base/errors.js'

/** A resource was given back that is not lent out: given back before, or never the pool's. */
export class ReleaseError extends Error {
  override readonly name: string = 'ReleaseError'
  readonly _tag: string = 'ReleaseError'
}

/** What a pool looked like when somebody had waited too long. */
export interface PoolCounts {
  /** Resources that exist. */
  readonly total: number
  /** Those that are lent out. */
  readonly active: number
  /** Those that lie ready or are being checked. */
  readonly idle: number
  /** Calls that wait, the one that gets this error included. */
  readonly waiting: number
  /** Resources being created. */
  readonly creating: number
}

/** Nothing became free within `acquireTimeout`. Its `cause` is the last error of `create`, if the latest call failed. */
export class PoolTimeoutError extends TimeoutError implements PoolCounts {
  override readonly name: string = 'PoolTimeoutError'
  override readonly _tag: string = 'PoolTimeoutError'
  readonly total: number
  readonly active: number
  readonly idle: number
  readonly waiting: number
  readonly creating: number

  constructor(ms: number, counts: PoolCounts, createError?: Error) {
    const { total, active, idle, waiting, creating } = counts
    const text = `${total} total, ${active} active, ${idle} idle, ${waiting} waiting, ${creating} creating`
    const last = createError === undefined ? '' : `, last create error: ${createError.message}`
    super('Acquire', ms, `${text}${last}`, createError === undefined ? {} : { cause: createError })
    this.total = total
    this.active = active
    this.idle = idle
    this.waiting = waiting
    this.creating = creating
  }
}

/** A resource has been lent out for longer than `leakThreshold`. Its stack shows who acquired it. */
export class ResourceLeakError extends Error {
  override readonly name: string = 'ResourceLeakError'
  readonly _tag: string = 'ResourceLeakError'
  /** The threshold in milliseconds. */
  readonly ms: number

  constructor(ms: number) {
    super(`A resource was acquired more than ${ms}ms ago and has not been released: it was acquired here`)
    this.ms = ms
  }
}
