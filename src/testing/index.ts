/** Tools for testing concurrent code: virtual time, orders of steps, leak checks, matchers, repeatable randomness. */

export { type VirtualClock, virtualTime } from './clock.js'
export { type ExploreOptions, explore, ScheduleError } from './explore.js'
export { assertNothingLeft, type Remains, type TrackedSignal, trackSignal } from './leaks.js'
export { type Expected, type MatcherContext, type Matchers, matchers, type Verdict } from './matchers.js'
export { random } from './random.js'
export type { Schedule } from './schedule.js'
export { type Gate, type Sequencer, sequencer } from './sequencer.js'
