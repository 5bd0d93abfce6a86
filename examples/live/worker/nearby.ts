/** The cities around a city. */
import { type City, cityAt, places } from './cities.js'
import { distance } from './distance.js'

/** A city and how far it is, in kilometres. */
export interface Neighbour extends City {
  readonly km: number
}

/** The nearest cities, nearest first. */
export function nearest(city: City, count: number): readonly Neighbour[] {
  const found: { readonly id: number; readonly km: number }[] = []
  places().forEach((place, id) => {
    if (id === city.id) return
    const km = distance(city, place)
    if (found.length === count && km >= (found.at(-1)?.km ?? 0)) return
    const at = found.findIndex((each) => each.km > km)
    found.splice(at < 0 ? found.length : at, 0, { id, km })
    found.length = Math.min(found.length, count)
  })
  return found.map(({ id, km }) => ({ ...(cityAt(id) as City), km })) // the numbers are those of the places
}
