/** Ends a scope when its page is left for good. */
import type { Scope } from 'go-go-scope'
import { listen } from './dom.js'

/**
 * Ends the scope on `pagehide`, unless the browser keeps the page: then it is frozen as it is, and goes on when the visitor
 * comes back.
 */
export function endWithPage(s: Scope): void {
  listen<PageTransitionEvent>(s, window, 'pagehide', ({ persisted }) => {
    if (!persisted) void s[Symbol.asyncDispose]()
  })
}
