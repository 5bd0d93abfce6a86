/** The seam to whoever watches a scope from outside, such as the inspector: nobody, unless one is attached. */

/**
 * What happened: something about a scope, a task or a channel is new, and can be read from it; a breaker is used or has
 * changed; a task will try again. A task is told of when it is queued, when a body of it starts, and when it settles.
 */
export type ProbeEvent = 'scope' | 'queued' | 'started' | 'retrying' | 'settled' | 'channel' | 'breaker'

/**
 * Told in the turn it happens, after the state is in order; it must not throw. A scope carries one, and its children inherit
 * it: who does without one pays for a look at `undefined`.
 */
export type Probe = (event: ProbeEvent, subject: object, detail?: unknown) => void

/** One who may be watched. */
export interface Probed {
  readonly probe?: Probe | undefined
}
