/** What a runner hands to the suite: the library as its host resolves it, a test function, assertions, the host's differences. */

import type { CheckpointProvider } from '../generic/index.js'
import type { Env } from './env.js'

/** The package's main entry. Every runtime exports the same names, so that the neutral entry stands for all of them. */
export type Lib = typeof import('../generic/index.js')

/** The package's testing entry. */
export type Testing = typeof import('../generic/testing.js')

/** The package's inspector entry. */
export type Inspecting = typeof import('../inspector/index.js')

/** Everything the suite needs. */
export interface Kit {
  readonly lib: Lib
  readonly testing: Testing
  readonly inspector: Inspecting
  /** Registers a test, which fails when `fn` throws or rejects. Tests run one after another. */
  readonly test: (name: string, fn: () => void | Promise<void>) => void
  readonly assert: Chai.AssertStatic
  readonly env: Env
  /** Opens the store that this host keeps checkpoints in: the same one each time. */
  readonly openCheckpoints: (() => CheckpointProvider) | undefined
  /** The modules that workers run: where they are, unless the host has no workers, and how to load the tasks without one. */
  readonly modules: { readonly base: string | undefined; readonly tasks: () => Promise<object> }
}
