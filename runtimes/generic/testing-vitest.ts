/** Adds the matchers to vitest: import it once, in a file of `setupFiles` or at the head of a test file. */
import '../symbols.js'

import { expect } from 'vitest'
import { type Expected, matchers } from '../../src/testing/matchers.js'

declare module 'vitest' {
  interface Matchers<R extends void | Promise<void>> {
    /** A Result that is a success, with this value if one is given. */
    toBeOk(value?: unknown): R
    /** A Result that is a failure and no cancellation, with this error if one is given: itself, its class, or its message. */
    toBeFailed(error?: Expected): R
    /** A Result of something that was cancelled, with this reason if one is given. */
    toBeCancelled(reason?: Expected): R
    /** A scope with no task and no child, a clock with no timer, a tracked signal with no listener. */
    toHaveNothingLeft(): R
  }
}

expect.extend({ ...matchers })
