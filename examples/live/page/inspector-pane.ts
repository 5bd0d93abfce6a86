/** What the page's scope is doing, drawn as it changes. */
import type { Scope } from 'go-go-scope'
import { defineScopeInspector, type ScopeInspectorElement } from 'go-go-scope/inspector'

/** Shows the scope in the pane, until it ends; a page that comes back from where it was kept still shows it. */
export function inspectorPane(s: Scope): void {
  defineScopeInspector()
  const pane = document.querySelector<ScopeInspectorElement>('scope-inspector')
  if (pane === null) throw new TypeError('The page has no inspector')
  pane.scope = s
  s.onDispose(() => {
    pane.scope = null
  })
}
