/** The cities as the Worker keeps them: plain data, which requests may share. */
import table from './cities.txt'
import { fold } from './fold.js'

/** A place on the globe, in degrees. */
export interface Place {
  readonly lat: number
  readonly lng: number
}

/** A city. */
export interface City extends Place {
  readonly id: number
  readonly name: string
  readonly country: string
  readonly region: string
}

interface Index {
  readonly lines: readonly string[]
  /** For each city its name as people type it, after a space, so that a word's start is a space and the word. */
  readonly names: readonly string[]
  readonly places: readonly Place[]
}

let index: Index | undefined

/** Made by the first request that asks: what a module does at its start counts against the Worker. */
function theIndex(): Index {
  if (index !== undefined) return index
  const lines = table.split('\n')
  const names = lines.map((line) => ` ${fold(line.slice(0, line.indexOf('\t')))}`)
  const places = lines.map((line) => {
    const [, , , lat, lng] = line.split('\t')
    return { lat: Number(lat), lng: Number(lng) }
  })
  index = { lines, names, places }
  return index
}

/** Where each city is, by its number. */
export function places(): readonly Place[] {
  return theIndex().places
}

/** The city with this number, if there is one. */
export function cityAt(id: number): City | undefined {
  const { lines, places } = theIndex()
  const place = places[id]
  if (place === undefined) return undefined
  const [name = '', country = '', region = ''] = lines[id]?.split('\t') ?? []
  return { id, name, country, region, ...place }
}

/** The cities that have a word beginning like this in their names, at most so many, and how many there are in all. */
export function citiesLike(text: string, limit: number): { readonly hits: readonly City[]; readonly total: number } {
  const wanted = ` ${fold(text)}`
  const first: number[] = []
  const later: number[] = []
  theIndex().names.forEach((name, id) => {
    const at = name.indexOf(wanted)
    if (at >= 0) (at === 0 ? first : later).push(id)
  })
  const ids = [...first, ...later]
  const hits = ids.slice(0, limit).map((id) => cityAt(id) as City) // it was just found
  return { hits, total: ids.length }
}

/** The countries of so many cities from one on, and how many cities there are in all. */
export function countriesFrom(id: number, count: number): { readonly countries: readonly string[]; total: number } {
  const { lines } = theIndex()
  const countries = lines.slice(id, id + count).map((line) => line.split('\t', 2)[1] ?? '')
  return { countries, total: lines.length }
}
