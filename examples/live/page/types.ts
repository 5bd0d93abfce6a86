/** What the Worker answers with. */
import type { City } from '../worker/cities.js'
import type { Neighbour } from '../worker/nearby.js'

export type { City } from '../worker/cities.js'

/** The answer of `search`. */
export interface Found {
  readonly hits: readonly City[]
  readonly total: number
}

/** The answer of `city`. */
export interface CityDetails extends City {
  readonly source: string
  readonly nearest: readonly Neighbour[]
}
