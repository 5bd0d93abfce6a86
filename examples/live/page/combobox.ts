/** A field with a list of suggestions, as the ARIA practices want it: arrows move, Enter takes, Escape closes. */
import type { Scope } from 'go-go-scope'
import { listen } from './dom.js'

/** One suggestion. */
export interface Suggestion {
  /** What stands there. */
  readonly content: Node
  /** Called when it is taken. */
  take(): void
}

/** The list under the field. */
export interface Combobox {
  show(suggestions: readonly Suggestion[]): void
  clear(): void
}

/** Makes one of an input and a list; both listen for as long as the scope lives. */
export function combobox(s: Scope, input: HTMLInputElement, list: HTMLElement): Combobox {
  let suggestions: readonly Suggestion[] = []
  let active = -1

  const activate = (index: number) => {
    active = index
    mark(input, list, index)
  }
  const show: Combobox['show'] = (next) => {
    suggestions = next
    list.replaceChildren(...next.map(({ content }, i) => optionOf(`${list.id}-${i}`, content)))
    list.hidden = next.length === 0
    input.setAttribute('aria-expanded', String(next.length > 0))
    activate(-1)
  }
  const take = (index: number) => {
    activate(index)
    suggestions[index]?.take()
  }
  const keys: Readonly<Record<string, () => void>> = {
    ArrowDown: () => activate((active + 1) % suggestions.length),
    ArrowUp: () => activate(active > 0 ? active - 1 : suggestions.length - 1),
    Enter: () => take(Math.max(active, 0)),
    Escape: () => show([]),
  }

  listen<KeyboardEvent>(s, input, 'keydown', (event) => {
    const act = keys[event.key]
    if (act === undefined || event.isComposing || suggestions.length === 0) return
    event.preventDefault()
    act()
  })
  listen<MouseEvent>(s, list, 'mousedown', (event) => event.preventDefault()) // the field keeps the focus
  listen<MouseEvent>(s, list, 'click', ({ target }) => {
    const option = target instanceof Element ? target.closest('[role=option]') : null
    if (option !== null) take([...list.children].indexOf(option))
  })
  return { show, clear: () => show([]) }
}

/** Tells which option is the active one, to eyes and to screen readers. */
function mark(input: HTMLInputElement, list: HTMLElement, active: number): void {
  for (const [i, option] of [...list.children].entries()) option.setAttribute('aria-selected', String(i === active))
  const option = list.children[active]
  if (option === undefined) input.removeAttribute('aria-activedescendant')
  else input.setAttribute('aria-activedescendant', option.id)
}

function optionOf(id: string, content: Node): HTMLElement {
  const option = document.createElement('div')
  option.id = id
  option.role = 'option'
  option.append(content)
  return option
}
