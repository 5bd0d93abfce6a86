/** Everything in the element's shadow: the bar, the tree, the timeline, the legend, the details. */

import type { Colors } from './canvas.js'
import { Details } from './details.js'
import { make, say, set } from './dom.js'
import { Filter } from './filter.js'
import type { Inspector } from './inspect.js'
import type { Inspection } from './inspection.js'
import { Lanes } from './lanes.js'
import { type Row, rowsOf } from './rows.js'
import { TimelineView } from './timeline-view.js'
import { TreeView } from './tree-view.js'
import { statuses } from './words.js'

const colorNames = ['back', 'line', 'text', 'muted', 'ink', ...statuses.map(({ status }) => status)]

/** The inside of one element. */
export class Panel {
  readonly element: HTMLElement = make('div', { class: 'frame', part: 'frame' })
  readonly #counts: HTMLElement = make('p', { class: 'counts', 'aria-live': 'off' })
  readonly #search: HTMLInputElement = make('input', {
    type: 'search',
    placeholder: 'Filter by name or state',
    'aria-label': 'Filter by name or state',
  })
  readonly #pause: HTMLButtonElement = make('button', { type: 'button', 'aria-pressed': 'false' }, 'Pause')
  readonly #now: HTMLButtonElement = make('button', { type: 'button', disabled: true }, 'Now')
  readonly #tree: TreeView
  readonly #timeline: TimelineView
  readonly #details: Details = new Details()
  readonly #closed: Set<string> = new Set()
  readonly #dark: MediaQueryList = matchMedia('(prefers-color-scheme: dark)')
  #rows: readonly Row[] = []
  #lanes: Lanes = new Lanes()
  #filter: Filter = new Filter('')
  #chosen: string | undefined
  #inspector: Inspector | undefined
  #colors: Colors = {}
  readonly #onScheme = (): void => this.render()

  constructor() {
    this.#tree = new TreeView({
      onToggle: (key, open) => this.#toggle(key, open),
      onSelect: (key) => this.#choose(key),
    })
    this.#timeline = new TimelineView({
      colors: () => this.#colors,
      onSelect: (task) => {
        if (task === undefined) {
          if (this.#chosen === undefined) this.#details.clear()
          return
        }
        this.#chosen = undefined
        this.#details.task(task, this.#inspector?.snapshot().at ?? 0)
      },
      onMove: (isLive) => (this.#now.disabled = isLive),
    })
    this.#build()
  }

  /** Shows what this one sees; `undefined` shows nothing. */
  attach(inspector: Inspector | undefined): void {
    this.#inspector = inspector
    this.#lanes = new Lanes()
    this.#closed.clear()
    this.#chosen = undefined
    this.#timeline.select(undefined)
    this.#timeline.follow()
    set(this.#pause, { 'aria-pressed': 'false' })
    say(this.#pause, 'Pause')
    this.render()
  }

  /** It is on a page. */
  start(): void {
    this.#timeline.start()
    this.#dark.addEventListener('change', this.#onScheme)
    this.render()
  }

  /** It is on none any more. */
  stop(): void {
    this.#timeline.stop()
    this.#dark.removeEventListener('change', this.#onScheme)
  }

  /** Shows the snapshot of this moment. */
  render(): void {
    this.#recolor()
    const inspection = this.#inspector?.snapshot()
    this.#pause.disabled = inspection === undefined
    if (inspection === undefined) {
      say(this.#counts, 'No scope attached')
      this.#tree.update([])
      this.#timeline.update({ tasks: [], lanes: this.#lanes, at: 0, origin: 0, paused: true })
      return
    }
    this.#count(inspection)
    this.#rows = rowsOf(inspection, this.#filter, this.#closed)
    this.#tree.update(this.#rows)
    const chosen = this.#rows.find(({ key }) => key === this.#chosen)
    if (chosen !== undefined && chosen.kind !== 'task') this.#details.row(chosen)
    const tasks = this.#filter.isEmpty ? inspection.tasks : inspection.tasks.filter((task) => this.#filter.task(task))
    this.#lanes.place(tasks)
    const { at, paused, scope } = inspection
    this.#timeline.update({ tasks, lanes: this.#lanes, at, origin: scope.openedAt, paused })
  }

  #build(): void {
    const button = (text: string, label: string, act: () => void): HTMLElement => {
      const made = make('button', { type: 'button', 'aria-label': label, title: label }, text)
      made.addEventListener('click', act)
      return made
    }
    const shorter = button('+', 'Show less time', () => this.#timeline.zoom(1 / 1.5))
    const longer = button('−', 'Show more time', () => this.#timeline.zoom(1.5))
    this.#search.addEventListener('input', () => this.#refilter())
    this.#pause.addEventListener('click', () => this.#togglePause())
    this.#now.addEventListener('click', () => this.#timeline.follow())
    set(this.#now, { title: 'Back to the present' })
    const legend = statuses.map(({ status, sign }) => {
      const swatch = make('span', { class: 'swatch', 'aria-hidden': 'true' }, sign)
      swatch.style.background = `var(--${status})`
      return make('li', {}, swatch, status)
    })
    const controls = [this.#counts, this.#search, longer, shorter, this.#now, this.#pause]
    this.element.append(
      make('div', { class: 'bar', part: 'bar', role: 'toolbar', 'aria-label': 'Inspector' }, ...controls),
      make('div', { class: 'panes' }, this.#tree.element, this.#timeline.element),
      make('ul', { class: 'legend', part: 'legend', 'aria-label': 'Legend' }, ...legend),
      this.#details.element,
    )
  }

  #count({ tasks, forgotten }: Inspection): void {
    const counts = statuses.flatMap(({ status }) => {
      const count = tasks.filter((task) => task.status === status).length
      return count === 0 ? [] : [`${count} ${status}`]
    })
    if (forgotten > 0) counts.push(`${forgotten} older`)
    say(this.#counts, counts.length === 0 ? 'No tasks yet' : counts.join(' · '))
  }

  #refilter(): void {
    this.#filter = new Filter(this.#search.value)
    this.#lanes = new Lanes()
    this.render()
  }

  #togglePause(): void {
    const inspector = this.#inspector
    if (inspector === undefined) return
    const paused = inspector.snapshot().paused
    if (paused) inspector.resume()
    else inspector.pause()
    set(this.#pause, { 'aria-pressed': String(!paused) })
    say(this.#pause, paused ? 'Pause' : 'Resume')
    this.render()
  }

  #toggle(key: string, open: boolean): void {
    if (open) this.#closed.delete(key)
    else this.#closed.add(key)
    this.render()
  }

  #choose(key: string): void {
    const [kind, id] = key.split(' ')
    this.#chosen = kind === 'task' ? undefined : key
    this.#timeline.select(kind === 'task' ? Number(id) : undefined)
    const row = this.#rows.find((each) => each.key === key)
    if (row !== undefined && kind !== 'task') this.#details.row(row)
  }

  /** A page says which scheme it has by `color-scheme`; one that says nothing, or both, leaves that to the user. */
  #recolor(): void {
    const { colorScheme } = getComputedStyle(this.element)
    const says = { light: /\blight\b/.test(colorScheme), dark: /\bdark\b/.test(colorScheme) }
    const dark = says.light === says.dark ? this.#dark.matches : says.dark
    this.element.classList.toggle('dark', dark)
    const style = getComputedStyle(this.element)
    this.#colors = Object.fromEntries(colorNames.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]))
  }
}
