/** A type-ahead as a custom element: it has a scope while it is in the page, and leaves nothing when it is removed. */
import { isCancelled, scope } from 'go-go-scope'

export class SearchBox extends HTMLElement {
  #scope

  /** Resolves to the hits for a text; whoever uses the element sets it. */
  find = async (_text, _signal) => []

  connectedCallback() {
    const s = scope({ name: 'search-box' })
    this.#scope = s
    const input = this.querySelector('input')
    const search = s.debounce((text, { signal }) => this.find(text, signal), { wait: 200, latest: true })
    const onInput = async () => {
      const [error, hits = []] = await search(input.value)
      if (isCancelled(error)) return // a newer search is under way, or the element is gone
      this.#show(error ? [`That did not work: ${error.message}`] : hits)
    }
    input.addEventListener('input', onInput, { signal: s.signal }) // the listener goes with the scope, too
  }

  disconnectedCallback() {
    const s = this.#scope
    s[Symbol.asyncDispose]().catch((error) => s.report(error, 'disposal of a search box'))
  }

  #show(lines) {
    const items = lines.map((line) => Object.assign(document.createElement('li'), { textContent: line }))
    this.querySelector('ul').replaceChildren(...items)
  }
}

customElements.define('search-box', SearchBox)
