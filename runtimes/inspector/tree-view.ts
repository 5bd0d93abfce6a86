/** The tree pane: lines that are kept while what they show lives, and keys as the ARIA pattern for trees has them. */

import { make, say, set } from './dom.js'
import type { Row } from './rows.js'

interface Item {
  row: Row
  readonly element: HTMLElement
  readonly sign: HTMLElement
  readonly name: HTMLElement
  readonly note: HTMLElement
}

/** What the tree tells. */
export interface TreeEvents {
  /** A line was opened or closed. */
  onToggle(key: string, open: boolean): void
  /** A line was chosen. */
  onSelect(key: string): void
}

/** The tree. */
export class TreeView {
  readonly element: HTMLElement = make('div', {
    role: 'tree',
    'aria-label': 'Live scopes',
    part: 'tree',
    class: 'tree',
  })
  readonly #events: TreeEvents
  readonly #items: Map<string, Item> = new Map()
  #order: readonly string[] = []
  #current: string | undefined

  constructor(events: TreeEvents) {
    this.#events = events
    this.element.addEventListener('keydown', (event) => this.#key(event))
    this.element.addEventListener('click', (event) => this.#click(event))
  }

  /** Shows these lines; elements stay where they are as far as possible, and so does the focus. */
  update(rows: readonly Row[]): void {
    const hadFocus = this.#focused()
    const keys = new Set(rows.map(({ key }) => key))
    for (const [key, { element }] of this.#items) {
      if (keys.has(key)) continue
      element.remove()
      this.#items.delete(key)
    }
    let before: Element | null = this.element.firstElementChild
    for (const row of rows) {
      const { element } = this.#show(row)
      if (element === before) before = before.nextElementSibling
      else this.element.insertBefore(element, before)
    }
    this.#order = rows.map(({ key }) => key)
    if (this.#current === undefined || !keys.has(this.#current)) this.#makeCurrent(this.#order[0])
    if (hadFocus && !this.#focused()) this.#focus()
  }

  #show(row: Row): Item {
    const known = this.#items.get(row.key)
    const item = known ?? this.#create(row)
    const { element, sign, name, note } = item
    item.row = row
    say(sign, row.sign)
    say(name, row.name)
    say(note, row.note)
    set(element, {
      class: `row ${row.kind} ${row.state}`,
      'aria-level': row.level,
      'aria-posinset': row.position,
      'aria-setsize': row.size,
      'aria-expanded': row.open === undefined ? false : String(row.open),
    })
    element.style.setProperty('--level', String(row.level - 1))
    return item
  }

  #create(row: Row): Item {
    const sign = make('span', { class: 'sign', 'aria-hidden': 'true' })
    const name = make('span', { class: 'name' })
    const note = make('span', { class: 'note' })
    const twist = make('span', { class: 'twist', 'aria-hidden': 'true' })
    const element = make('div', { role: 'treeitem', tabindex: -1, 'data-key': row.key }, twist, sign, name, note)
    const item = { row, element, sign, name, note }
    this.#items.set(row.key, item)
    return item
  }

  #click({ target }: Event): void {
    const element = target instanceof Element ? target.closest('[data-key]') : null
    const key = element?.getAttribute('data-key')
    if (element === null || key === null || key === undefined) return
    this.#makeCurrent(key)
    this.#focus()
    if ((target as Element).classList.contains('twist')) this.#toggle(key)
    this.#events.onSelect(key)
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || this.#current === undefined) return
    if (!this.#move(event.key, this.#current)) return
    event.preventDefault()
    this.#focus()
  }

  /** True when the key is one of the tree's. */
  #move(key: string, current: string): boolean {
    const at = this.#order.indexOf(current)
    const open = this.#items.get(current)?.row.open
    switch (key) {
      case 'ArrowDown':
        return this.#makeCurrent(this.#order[at + 1] ?? current)
      case 'ArrowUp':
        return this.#makeCurrent(this.#order[at - 1] ?? current)
      case 'Home':
        return this.#makeCurrent(this.#order[0])
      case 'End':
        return this.#makeCurrent(this.#order.at(-1))
      case 'ArrowRight':
        if (open === true) return this.#makeCurrent(this.#order[at + 1] ?? current)
        return open === undefined || this.#toggle(current)
      case 'ArrowLeft':
        if (open === true) return this.#toggle(current)
        return this.#makeCurrent(this.#above(at) ?? current)
      case 'Enter':
      case ' ':
        this.#events.onSelect(current)
        return true
      default:
        return false
    }
  }

  /** The line that this one hangs on. */
  #above(at: number): string | undefined {
    const level = this.#items.get(this.#order[at] ?? '')?.row.level ?? 0
    for (let i = at - 1; i >= 0; i--) {
      const key = this.#order[i] ?? ''
      if ((this.#items.get(key)?.row.level ?? level) < level) return key
    }
    return undefined
  }

  #toggle(key: string): boolean {
    const open = this.#items.get(key)?.row.open
    if (open !== undefined) this.#events.onToggle(key, !open)
    return true
  }

  #makeCurrent(key: string | undefined): boolean {
    const old = this.#items.get(this.#current ?? '')?.element
    if (old !== undefined) set(old, { tabindex: -1, 'aria-selected': false })
    this.#current = key
    const element = this.#items.get(key ?? '')?.element
    if (element !== undefined) set(element, { tabindex: 0, 'aria-selected': 'true' })
    return true
  }

  #focused(): boolean {
    const root = this.element.getRootNode() as ShadowRoot // it lives in the element's own
    return this.element.contains(root.activeElement ?? null)
  }

  #focus(): void {
    this.#items.get(this.#current ?? '')?.element.focus()
  }
}
