/** Distances on the globe. */
import type { Place } from './cities.js'

const radius = 6371 // km
const radians = Math.PI / 180

/** Kilometres between two places, along the surface. */
export function distance(a: Place, b: Place): number {
  const sine = (degrees: number) => Math.sin((degrees * radians) / 2) ** 2
  const cosines = Math.cos(a.lat * radians) * Math.cos(b.lat * radians)
  return 2 * radius * Math.asin(Math.sqrt(sine(b.lat - a.lat) + cosines * sine(b.lng - a.lng)))
}
