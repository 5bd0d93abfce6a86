/** The custom element: it follows the scope that it is given while it is on a page. */

import type { Undo } from '../../src/base/undo.js'
import { text } from '../../src/base/options.js'
import type { Scope } from '../../src/scope/scope.js'
import { addStyle } from './dom.js'
import { type Inspector, inspect } from './inspect.js'
import { Panel } from './panel.js'
import { css } from './styles.js'

declare global {
  /** For those who compile without the DOM's types: it merges with them where they are. */
  interface HTMLElement {}
}

/** A scope, whatever it provides. */
type AnyScope = Pick<Scope, 'scopeName' | 'host' | 'report' | 'debugTree'>

/** The element that `defineScopeInspector` registers. */
export interface ScopeInspectorElement extends HTMLElement {
  /** The scope to show; `null` shows none, and leaves nothing in the one before. */
  scope: AnyScope | null
  /** What follows the scope, while the element is on a page. */
  readonly inspector: Inspector | undefined
}

/** How many tasks the timeline goes back, and how often the panes are renewed, in milliseconds. */
const options = { tasks: 10_000, interval: 50 }

/**
 * Registers the custom element `<scope-inspector>`, which draws the live tree of a scope and a timeline of its tasks: queued,
 * running, retried, cancelled, failed, with reasons. Nothing happens until a scope is given to it.
 *
 * It has no dependency, needs no style sheet and no markup of its own, and works under a strict content security policy. It
 * follows the page's `color-scheme`. When it leaves the page it leaves nothing in the scope; put back, it starts afresh.
 * It is 30rem high, 40rem on a phone, unless the page gives it another height. Asked again for a tag that it has registered,
 * it does nothing.
 *
 * @throws TypeError where there are no custom elements, or when `tag` is not a good name for one.
 * @example
 * ```ts
 * defineScopeInspector()
 * const element = Object.assign(document.createElement('scope-inspector'), { scope: s })
 * document.body.append(element)
 * ```
 */
export function defineScopeInspector(tag: string = 'scope-inspector'): void {
  text('define inspector', 'tag', tag)
  if (typeof customElements === 'undefined') {
    throw new TypeError('Cannot define inspector: there are no custom elements here, use inspect(scope) instead')
  }
  if (customElements.get(tag) === undefined) customElements.define(tag, elementClass())
}

/** Made when it is wanted: where there is no `HTMLElement` the module must still load. */
function elementClass(): new () => ScopeInspectorElement {
  return class extends HTMLElement implements ScopeInspectorElement {
    readonly #panel: Panel = new Panel()
    #scope: AnyScope | null = null
    #inspector: Inspector | undefined
    #undo: Undo | undefined
    #leaving = false

    constructor() {
      super()
      const root = this.attachShadow({ mode: 'open' })
      addStyle(root, css)
      root.append(this.#panel.element)
    }

    get scope(): AnyScope | null {
      return this.#scope
    }

    set scope(scope: AnyScope | null) {
      const next = scope ?? null
      if (next === this.#scope) return
      this.#detach()
      this.#scope = next
      if (this.isConnected) this.#attach()
    }

    get inspector(): Inspector | undefined {
      return this.#inspector
    }

    connectedCallback(): void {
      this.#upgrade()
      this.#panel.start()
      if (this.#inspector === undefined) this.#attach()
    }

    /** An element that is moved leaves and comes back in one turn: that is no end. */
    disconnectedCallback(): void {
      this.#panel.stop()
      if (this.#leaving) return
      this.#leaving = true
      queueMicrotask(() => {
        this.#leaving = false
        if (!this.isConnected) this.#detach()
      })
    }

    /** A scope that was given before the element was defined is a property that hides ours. */
    #upgrade(): void {
      const own = Object.getOwnPropertyDescriptor(this, 'scope')
      if (own === undefined) return
      Reflect.deleteProperty(this, 'scope')
      this.scope = own.value as AnyScope | null // the setter looks at it
    }

    #attach(): void {
      if (this.#scope === null || this.#inspector !== undefined) return
      // Only the inspector can tell what is no scope.
      this.#inspector = inspect(this.#scope as Scope, options)
      this.#undo = this.#inspector.subscribe(() => this.#panel.render())
      this.#panel.attach(this.#inspector)
    }

    #detach(): void {
      this.#undo?.()
      this.#inspector?.[Symbol.dispose]()
      this.#undo = this.#inspector = undefined
      this.#panel.attach(undefined)
    }
  }
}
