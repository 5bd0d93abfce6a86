/** The world, drawn by its cities alone, with those that were found. */
import type { Scope } from 'go-go-scope'
import { count, element, listen, make } from './dom.js'
import type { City } from './types.js'

/** The map. */
export interface WorldMap {
  /** Marks the cities that were found, the best of them larger. */
  mark(cities: readonly City[]): void
  /** Points at one. */
  point(city: City): void
}

/** Where no city is, there is no map: the latitudes that are drawn, from the north. */
const north = 76
const south = -57

/** Where a place is on a map of this size. */
function project({ lat, lng }: { readonly lat: number; readonly lng: number }, width: number, height: number) {
  return { x: ((lng + 180) / 360) * width, y: ((north - lat) / (north - south)) * height }
}

/** Draws it, and draws it again whenever its size or the colours change. */
export function worldMap(s: Scope): WorldMap {
  const frame = element('map', HTMLElement)
  const land = element('map-land', HTMLCanvasElement)
  const marks = element('map-marks', HTMLCanvasElement)
  let places = new Int16Array()
  let found: readonly City[] = []

  const redraw = () => {
    const width = Math.round(frame.clientWidth * devicePixelRatio)
    const height = Math.round(frame.clientHeight * devicePixelRatio)
    for (const canvas of [land, marks]) Object.assign(canvas, { width, height })
    drawLand(land, places)
    drawMarks(marks, found)
  }
  const resized = new ResizeObserver(redraw)
  resized.observe(frame)
  s.onDispose(() => resized.disconnect())
  listen(s, matchMedia('(prefers-color-scheme: dark)'), 'change', redraw)

  s.task(
    async ({ signal }) => {
      const response = await fetch('/places.bin', { signal })
      places = new Int16Array(await response.arrayBuffer())
      redraw()
    },
    { id: 'map', retry: 'exponential' },
  )

  return {
    mark(cities) {
      found = cities
      drawMarks(marks, found)
      frame.ariaLabel =
        cities.length === 0 ? 'Map of the world' : `Map of the world with ${count(cities.length)} cities`
    },
    point: (city) => pointAt(frame, city),
  }
}

/** Every city a grain; where many are close the land is bright. */
function drawLand(canvas: HTMLCanvasElement, places: Int16Array): void {
  const { width, height } = canvas
  const context = canvas.getContext('2d')
  if (context === null || width === 0 || height === 0) return
  const grains = new Uint16Array(width * height)
  for (let i = 0; i < places.length; i += 2) {
    const { x, y } = project({ lng: (places[i] ?? 0) / 180, lat: (places[i + 1] ?? 0) / 180 }, width, height)
    const at = Math.floor(y) * width + Math.floor(x)
    grains[at] = (grains[at] ?? 0) + 1
  }
  const image = context.createImageData(width, height)
  const [red = 0, green = 0, blue = 0] = colour(canvas, '--land')
  grains.forEach((many, at) => {
    if (many > 0) image.data.set([red, green, blue, Math.min(255, 110 + 50 * many)], at * 4)
  })
  context.putImageData(image, 0, 0)
}

function drawMarks(canvas: HTMLCanvasElement, cities: readonly City[]): void {
  const context = canvas.getContext('2d')
  if (context === null) return
  const { width, height } = canvas
  context.clearRect(0, 0, width, height)
  context.fillStyle = `rgb(${colour(canvas, '--mark').join(' ')})`
  for (const [rank, city] of cities.entries()) {
    const { x, y } = project(city, width, height)
    context.beginPath()
    context.globalAlpha = rank < 8 ? 1 : 0.55
    context.arc(x, y, (rank < 8 ? 3.2 : 1.6) * devicePixelRatio, 0, 2 * Math.PI)
    context.fill()
  }
}

function pointAt(frame: HTMLElement, city: City): void {
  const { x, y } = project(city, 100, 100)
  const pointer = make('div', '', 'pointer')
  pointer.style.left = `${x}%`
  pointer.style.top = `${y}%`
  frame.querySelector('.pointer')?.remove()
  frame.append(pointer)
}

/** A colour of the style sheet, as three numbers: it is written there as `r g b`. */
function colour(from: Element, name: string): number[] {
  return getComputedStyle(from).getPropertyValue(name).trim().split(/\s+/).map(Number)
}
