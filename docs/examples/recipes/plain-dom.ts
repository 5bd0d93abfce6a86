import { isCancelled, pageScope, type RunContext, scope } from 'go-go-scope'

declare const api: {
  search(text: string, signal: AbortSignal): Promise<string[]>
}

// #region show
/** A search box as an element: it has a scope while it is in the page. */
class SearchBox extends HTMLElement {
  #end = () => {}

  connectedCallback() {
    const s = scope({ name: 'search box' })
    this.#end = () => void s[Symbol.asyncDispose]()

    const input = this.querySelector('input')
    const list = this.querySelector('ul')
    const search = s.debounce(
      (text: string, { signal }: RunContext) => api.search(text, signal),
      { wait: 150, latest: true },
    )

    input?.addEventListener(
      'input',
      async () => {
        const [err, hits] = await search(input.value)
        if (isCancelled(err)) return
        const lines = err ? [`Sorry: ${err.message}`] : hits
        list?.replaceChildren(
          ...(lines ?? []).map((line) =>
            Object.assign(document.createElement('li'), { textContent: line }),
          ),
        )
      },
      { signal: s.signal },
    )
  }

  disconnectedCallback() {
    this.#end()
  }
}

customElements.define('search-box', SearchBox)
// #endregion show

// #region page
/** Ends with the page, but not while the page is kept for the way back. */
const page = pageScope({ name: 'page' })

page.poll(
  (signal) => api.search('news', signal),
  ([first = 'nothing new']) => {
    document.title = first
  },
  { interval: 60_000, whenHidden: 'pause' },
)
// #endregion page
