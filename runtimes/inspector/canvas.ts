/** Draws the bars of tasks on a canvas: only those that are in view. */

import type { Bar, Plan } from './lanes.js'
import type { InspectedTask } from './inspection.js'
import { duration, signOf } from './words.js'

/** Heights, in pixels. */
export const rowHeight = 20
export const axisHeight = 22

/** What is in view, and how. */
export interface View {
  readonly width: number
  readonly height: number
  /** The moments at the left and the right edge. */
  readonly from: number
  readonly to: number
  /** The right edge while the timeline follows the present. */
  readonly present: number
  /** How far it is scrolled down. */
  readonly top: number
  /** Since when times are counted. */
  readonly origin: number
  readonly now: number
  readonly selected: number | undefined
  readonly colors: Colors
}

/** Colours by name, as the style sheet has them. */
export type Colors = Readonly<Record<string, string>>

/** Draws everything that is in view. */
export function drawTimeline(context: CanvasRenderingContext2D, plan: Plan, view: View): void {
  const { width, height, colors } = view
  context.clearRect(0, 0, width, height)
  context.font = '11px system-ui, sans-serif'
  context.textBaseline = 'middle'
  grid(context, view)
  for (const { name, row } of plan.headings) {
    const y = yOf(row, view)
    if (y < axisHeight - rowHeight || y > height) continue
    context.fillStyle = colors.line ?? ''
    context.fillRect(0, y + 1, width, 1)
    context.fillStyle = colors.muted ?? ''
    context.fillText(name, 8, y + rowHeight / 2 + 1)
  }
  const nexts = new Map<number, number>() // where the next bar of a row begins, from the right
  for (const bar of [...plan.bars].reverse()) {
    if (!inView(bar, view)) continue
    drawBar(context, bar, view, nexts.get(bar.row) ?? width)
    nexts.set(bar.row, edges(bar.task, view)[0])
  }
  axis(context, view)
}

/** The bar under a point. */
export function barAt({ bars }: Plan, view: View, x: number, y: number): Bar | undefined {
  if (y < axisHeight) return undefined
  const row = Math.floor((y - axisHeight + view.top) / rowHeight)
  let found: Bar | undefined
  for (const bar of bars) {
    const [left, right] = edges(bar.task, view)
    if (bar.row === row && x >= left - 3 && x <= right + 3) found = bar
  }
  return found
}

function xOf(at: number, { from, to, width }: View): number {
  return ((at - from) / (to - from)) * width
}

function yOf(row: number, { top }: View): number {
  return axisHeight + row * rowHeight - top
}

function edges(task: InspectedTask, view: View): [left: number, right: number] {
  const left = xOf(task.queuedAt, view)
  return [left, Math.max(left + 4, xOf(endOf(task, view.now), view))]
}

function endOf({ settledAt, lingers }: InspectedTask, now: number): number {
  return settledAt === undefined || lingers ? now : settledAt
}

function inView({ task, row }: Bar, view: View): boolean {
  const y = yOf(row, view)
  if (y < axisHeight - rowHeight || y > view.height) return false
  const [left, right] = edges(task, view)
  return right >= 0 && left <= view.width
}

function drawBar(context: CanvasRenderingContext2D, { task, row }: Bar, view: View, next: number): void {
  const { colors, width, now } = view
  const clamp = (x: number): number => Math.min(width + 4, Math.max(-4, x))
  const y = yOf(row, view) + 3
  const h = rowHeight - 6
  const [left, right] = edges(task, view).map(clamp) as [number, number] // two in, two out
  const color = colors[task.status] ?? ''
  const start = task.startedAt === undefined ? right : clamp(xOf(task.startedAt, view))
  // The queue: a thin line.
  context.fillStyle = colors.queued ?? ''
  if (start - left > 1) context.fillRect(left, y + h / 2 - 1, start - left, 2)
  const end = clamp(xOf(task.settledAt ?? now, view))
  context.fillStyle = color
  context.fillRect(start, y, Math.max(4, end - start - 1), h)
  // Waits between attempts: cut out, but for a line.
  for (const { at, delay } of task.retries) {
    const [a, b] = [clamp(xOf(at, view)), clamp(xOf(Math.min(at + delay, task.settledAt ?? now), view))]
    context.clearRect(a, y - 1, Math.max(2, b - a), h + 2)
    context.fillStyle = colors.retrying ?? ''
    context.fillRect(a, y + h / 2 - 1, Math.max(2, b - a), 2)
    context.fillRect(a, y, 2, h)
  }
  if (task.lingers) {
    context.strokeStyle = color
    context.setLineDash([3, 3])
    context.strokeRect(end + 0.5, y + 0.5, Math.max(4, right - end - 1), h - 1)
    context.setLineDash([])
  }
  if (task.id === view.selected) outline(context, left, y, right, h, colors)
  const again = task.retries.at(-1)
  const last = again === undefined ? start : clamp(xOf(again.at + again.delay, view))
  const inside = { from: Math.max(0, last), to: end }
  const beside = { from: Math.max(right, end) + 2, to: next }
  label(context, task, inside, beside, y + h / 2, view.colors)
}

function outline(
  context: CanvasRenderingContext2D,
  left: number,
  y: number,
  right: number,
  h: number,
  colors: Colors,
): void {
  context.strokeStyle = colors.text ?? ''
  context.lineWidth = 2
  context.strokeRect(left - 2, y - 2, Math.max(8, right - left + 4), h + 4)
  context.lineWidth = 1
}

interface Room {
  readonly from: number
  readonly to: number
}

/** The sign of the state and the name: in the bar or beside it, where they fit; else the sign alone, where that fits. */
function label(
  context: CanvasRenderingContext2D,
  { status, name }: InspectedTask,
  inside: Room,
  beside: Room,
  y: number,
  colors: Colors,
): void {
  const sign = signOf(status)
  const text = `${sign} ${name.length > 40 ? `${name.slice(0, 39)}…` : name}`
  const wide = context.measureText(text).width + 8
  const write = (words: string, at: number, color: string | undefined): void => {
    context.fillStyle = color ?? ''
    context.fillText(words, at + 4, y)
  }
  if (wide <= inside.to - inside.from) return write(text, inside.from, colors.ink)
  if (wide <= beside.to - beside.from) return write(text, beside.from, colors.text)
  if (inside.to - inside.from >= 18) write(sign, inside.from, colors.ink)
}

/** The distance of the lines: a round number, some 90 pixels. */
function stepOf({ from, to, width }: View): number {
  const wanted = ((to - from) / Math.max(1, width)) * 90
  const power = 10 ** Math.floor(Math.log10(wanted))
  return power * ([1, 2, 5].find((each) => each * power >= wanted) ?? 10)
}

function eachLine(view: View, fn: (x: number, at: number) => void): void {
  const step = stepOf(view)
  const first = Math.ceil((view.from - view.origin) / step)
  for (let i = first; i * step + view.origin <= view.to; i++) fn(xOf(i * step + view.origin, view), i * step)
}

function grid(context: CanvasRenderingContext2D, view: View): void {
  context.fillStyle = view.colors.line ?? ''
  eachLine(view, (x) => context.fillRect(Math.round(x), axisHeight, 1, view.height))
}

function axis(context: CanvasRenderingContext2D, view: View): void {
  const { width, colors } = view
  context.fillStyle = colors.back ?? ''
  context.fillRect(0, 0, width, axisHeight)
  context.fillStyle = colors.line ?? ''
  context.fillRect(0, axisHeight - 1, width, 1)
  context.fillStyle = colors.muted ?? ''
  eachLine(view, (x, at) => at >= 0 && context.fillText(duration(at).replace('0.0 ms', '0'), x + 4, axisHeight / 2))
}
