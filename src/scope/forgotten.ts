/** Tells of scopes that nobody will ever dispose of: the engine has found that they are garbage. */

import type { ScopeCore } from './core.js'

/**
 * Warns when `scope` has become garbage before its disposal began. What is kept for that must not lead back to it.
 * Watching takes as long as making a scope: the first thousand are watched, and one of 64 of what a busy program makes.
 */
export function watchForgotten(scope: object, core: ScopeCore): void {
  if (core.id > 1_000 && core.id % 64 > 0) return
  const { logger } = core
  core.watched = core.host.onCollected?.(scope, () => logger.warn('Scope is never disposed of: write await using'))
}
