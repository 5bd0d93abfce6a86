/** Asks a health check, and takes no answer for an answer. */

import { after } from '../base/clock.js'
import type { PoolSettings } from './pool-options.js'

/** How long a resource may lie idle and still be lent out unchecked. */
const fresh = 500

/** True if a resource that was last known to work at `checked` may be lent out as it is. */
export function isFresh<T>(settings: PoolSettings<T>, checked: number, now: number): boolean {
  return settings.healthCheck === undefined || now - checked <= fresh
}

/** True if the check says so in time: one that throws or is late means no. */
export function isHealthy<T>({ healthCheck, healthCheckTimeout }: PoolSettings<T>, resource: T): Promise<boolean> {
  return new Promise((resolve) => {
    const undo = after(healthCheckTimeout, () => resolve(false))
    const answer = (healthy: boolean): void => {
      undo()
      resolve(healthy)
    }
    new Promise<{ healthy: boolean } | undefined>((ask) => ask(healthCheck?.(resource))).then(
      (result) => answer(result?.healthy === true),
      () => answer(false),
    )
  })
}
