/** The timeline pane: which stretch of time is shown, what is chosen in it, and when it is drawn. */

import { axisHeight, barAt, type Colors, drawTimeline, rowHeight, type View } from './canvas.js'
import { make, set } from './dom.js'
import { listenTo } from './gestures.js'
import type { InspectedTask } from './inspection.js'
import { Lanes, type Plan } from './lanes.js'
import { TimeWindow } from './time-window.js'
import { isLive, summary } from './words.js'

/** What of an inspection the timeline needs. */
export interface Frame {
  /** In the order they were made. */
  readonly tasks: readonly InspectedTask[]
  readonly lanes: Lanes
  readonly at: number
  readonly origin: number
  /** Time stands still. */
  readonly paused: boolean
}

/** What the timeline asks, and tells. */
export interface TimelineEvents {
  readonly colors: () => Colors
  /** A task was chosen, has changed, or is gone. */
  readonly onSelect: (task: InspectedTask | undefined) => void
  /** The right edge was put to the present or to the past. */
  readonly onMove: (isLive: boolean) => void
}

/** The timeline. */
export class TimelineView {
  readonly element: HTMLElement
  readonly #canvas: HTMLCanvasElement = make('canvas', {
    tabindex: 0,
    role: 'application',
    'aria-roledescription': 'timeline',
    'aria-label': 'Tasks in time. Left and right go from task to task, plus and minus change the scale.',
  })
  readonly #spacer: HTMLElement = make('div', { class: 'spacer' })
  readonly #resize: ResizeObserver = new ResizeObserver(() => this.#soon())
  readonly #calm: MediaQueryList = matchMedia('(prefers-reduced-motion: reduce)')
  readonly #onSelect: (task: InspectedTask | undefined) => void
  readonly #onMove: (isLive: boolean) => void
  readonly #colors: () => Colors
  #frame: Frame = { tasks: [], lanes: new Lanes(), at: 0, origin: 0, paused: false }
  #plan: Plan = { headings: [], bars: [], rows: 0 }
  #received = 0
  readonly #window: TimeWindow = new TimeWindow()
  #selected: number | undefined
  #view: View | undefined
  #request: number | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor({ colors, onSelect, onMove }: TimelineEvents) {
    this.#colors = colors
    this.#onSelect = onSelect
    this.#onMove = onMove
    this.element = make('div', { class: 'timeline', part: 'timeline' }, this.#canvas, this.#spacer)
    this.element.addEventListener('scroll', () => this.draw())
    this.#canvas.addEventListener('keydown', (event) => this.#key(event))
    listenTo(this.#canvas, {
      press: (x, y) => this.#press(x, y),
      hover: (x, y) => this.#hover(x, y),
      pan: (by) => this.#pan(by),
      zoom: (factor) => this.zoom(factor),
    })
  }

  /** Begins to follow its size. */
  start(): void {
    this.#resize.observe(this.element)
  }

  /** Draws no more. */
  stop(): void {
    this.#resize.disconnect()
    this.#rest()
  }

  /** Shows this. */
  update(frame: Frame): void {
    this.#frame = frame
    this.#received = performance.now()
    const chosen = this.#task(this.#selected)
    if (this.#selected !== undefined) this.#onSelect(chosen)
    if (chosen === undefined) this.#selected = undefined
    this.draw()
  }

  /** Shows more or less time, by a factor. */
  zoom(factor: number): void {
    this.#window.zoom(factor)
    this.draw()
  }

  /** Goes back to the present. */
  follow(): void {
    this.#lookAt(Infinity)
    this.draw()
  }

  /** Draws now, and again as long as something moves. */
  draw(): void {
    this.#rest()
    const { clientWidth: width, clientHeight: height, scrollTop: top } = this.element
    const context = this.#canvas.getContext('2d')
    if (context === null || width === 0 || !this.element.isConnected) return
    const now = this.#now()
    const ratio = devicePixelRatio
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)]
    if (this.#canvas.width !== w) this.#canvas.width = w
    if (this.#canvas.height !== h) this.#canvas.height = h
    resize(this.#canvas, width, height)
    this.#canvas.style.marginBottom = `-${height}px`
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    const { lanes, tasks, origin } = this.#frame
    const present = this.#window.present(tasks, now, origin)
    const to = this.#window.end(present)
    const from = to - this.#window.span
    this.#plan = lanes.plan(tasks, from, to)
    resize(this.#spacer, 1, axisHeight + this.#plan.rows * rowHeight)
    this.#view = {
      width,
      height,
      top,
      from,
      to,
      present,
      origin,
      now,
      selected: this.#selected,
      colors: this.#colors(),
    }
    drawTimeline(context, this.#plan, this.#view)
    if (this.#moves) this.#again()
  }

  get #moves(): boolean {
    return !this.#frame.paused && this.#frame.tasks.some(isLive)
  }

  #now(): number {
    const { at } = this.#frame
    return this.#moves ? at + performance.now() - this.#received : at
  }

  #again(): void {
    if (this.#calm.matches) this.#timer = setTimeout(() => this.draw(), 1_000)
    else this.#soon()
  }

  /** In the next frame: what is drawn for a new size may change sizes, which an observer must not do at once. */
  #soon(): void {
    this.#request ??= requestAnimationFrame(() => this.draw())
  }

  #rest(): void {
    if (this.#request !== undefined) cancelAnimationFrame(this.#request)
    clearTimeout(this.#timer)
    this.#request = this.#timer = undefined
  }

  #task(id: number | undefined): InspectedTask | undefined {
    return id === undefined ? undefined : this.#frame.tasks.find((task) => task.id === id)
  }

  /** Chooses a task. */
  select(id: number | undefined): void {
    this.#selected = id
    this.#onSelect(this.#task(id))
    this.draw()
  }

  #pan(by: number): void {
    const view = this.#view
    if (view === undefined) return
    this.#lookAt(view.to + (by / view.width) * this.#window.span)
    this.draw()
  }

  #lookAt(moment: number): void {
    this.#window.lookAt(moment, this.#view?.present ?? 0, this.#frame.origin)
    this.#onMove(this.#window.isLive)
  }

  #press(x: number, y: number): void {
    const bar = this.#view && barAt(this.#plan, this.#view, x, y)
    this.select(bar?.task.id)
  }

  #hover(x: number, y: number): void {
    if (this.#view === undefined) return
    const task = barAt(this.#plan, this.#view, x, y)?.task
    const text = task === undefined ? '' : `${task.name} #${task.index}: ${summary(task, this.#view.now)}`
    set(this.#canvas, { title: text || false })
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const { key } = event
    if (key === '+' || key === '=') this.zoom(1 / 1.5)
    else if (key === '-') this.zoom(1.5)
    else if (key === 'ArrowLeft' || key === 'ArrowRight') this.#step(key === 'ArrowLeft' ? -1 : 1)
    else if (key === 'Home') this.#choose(0)
    else if (key === 'End') this.#choose(this.#frame.tasks.length - 1)
    else if (key === 'Escape') this.select(undefined)
    else return
    event.preventDefault()
  }

  #step(by: number): void {
    const last = this.#frame.tasks.length - 1
    const at = this.#frame.tasks.findIndex(({ id }) => id === this.#selected)
    this.#choose(at < 0 ? last : Math.min(last, Math.max(0, at + by)))
  }

  /** Chooses a task and brings it into view. */
  #choose(at: number): void {
    const task = this.#frame.tasks[at]
    if (task === undefined || this.#view === undefined) return
    const { from, to, now, height } = this.#view
    const { queuedAt, settledAt = now } = task
    if (settledAt < from || queuedAt > to) this.#lookAt(queuedAt + this.#window.span / 2)
    this.select(task.id)
    const y = (this.#plan.bars.find((bar) => bar.task === task)?.row ?? 0) * rowHeight
    const top = this.element.scrollTop
    if (y < top || y > top + height - axisHeight - rowHeight) this.element.scrollTop = Math.max(0, y - height / 2)
  }
}

/** Touches a style only when it changes: that costs a layout. */
function resize({ style }: HTMLElement, width: number, height: number): void {
  if (style.width !== `${width}px`) style.width = `${width}px`
  if (style.height !== `${height}px`) style.height = `${height}px`
}
