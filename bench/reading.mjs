/** Reads saved results of the benchmarks and tells what is in them: the plot, the docs and README say the same. Less is better in every row. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Where `npm run bench -- --save` and `npm run bench:engines -- --save` leave what the docs show. */
export const saved = join(import.meta.dirname, 'results')

/** A figure, to three digits or the next whole number. */
export const number = (value) =>
  value.toLocaleString('en', value < 1000 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 0 })

/** A figure with its unit. */
export const shown = (value, unit) => `${number(value)} ${unit}`

/** A ratio. */
export const times = (ratio) => `${number(ratio)}×`

/** Nanoseconds, in the unit that suits them. */
export function duration(ns) {
  const [unit, size] = [
    ['s', 1e9],
    ['ms', 1e6],
    ['µs', 1e3],
    ['ns', 1],
  ].find(([, least]) => ns >= least) ?? ['ns', 1]
  return shown(ns / size, unit)
}

/** The JSON in a file, or undefined where there is none. */
async function readJson(file) {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

/** The results for Node, or undefined where none are saved or those are of an older shape. */
export async function readResults(folder = saved) {
  const results = await readJson(join(folder, 'node.json'))
  const isRow = ({ id, name, unit, ways }) => id && name && unit && Array.isArray(ways)
  return results?.rows?.every(isRow) ? results : undefined
}

/** The ratios of our rows in each engine, or undefined. */
export const readEngines = (folder = saved) => readJson(join(folder, 'engines.json'))

/** Nearer than this to one another, two ways are level: less than the noise of a machine. */
const level = 0.05

/** Our way of a row: the first, where it has several. */
export const oursOf = ({ ways }) => ways.find(({ kind }) => kind === 'ours')

/** Where ours stands in a row, beside the best way that another package has; undefined where none has one. */
function standing(row) {
  const [best] = row.ways.filter(({ kind }) => kind === 'peer').sort((a, b) => a.median - b.median)
  const ours = oursOf(row)
  if (best === undefined || ours === undefined) return undefined
  const ratio = ours.median / best.median
  const place = ratio < 1 - level ? 'first' : ratio > 1 + level ? 'behind' : 'level'
  return { row, place, best, ratio }
}

/** All rows that other packages have too, by the place of ours: `first`, `level` or `behind`. */
export function places(rows) {
  const all = rows.map(standing).filter((found) => found !== undefined)
  return { first: [], level: [], behind: [], ...Object.groupBy(all, ({ place }) => place) }
}

/** The rows that have a goal, by whether it is met. */
export function goals(rows) {
  const [met, missed] = [true, false].map((wanted) => rows.filter(({ goal }) => goal?.met === wanted))
  return { met, missed }
}

/** Every promise that a package was seen to break, once, with the rows it was seen in. */
export function broken(rows) {
  const seen = new Map()
  for (const { name, ways } of rows) {
    for (const { who, version, breaks } of ways.filter((way) => way.breaks !== undefined)) {
      const key = `${who} ${breaks}`
      if (!seen.has(key)) seen.set(key, { who, version, breaks, rows: [] })
      seen.get(key).rows.push(name)
    }
  }
  return [...seen.values()]
}

/** By how much a goal is missed, where that is a number. */
function short(row) {
  const over = oursOf(row).median / row.goal.most - 1
  return over > 0 ? `, missed by ${number(Math.ceil(over * 100))} %` : ''
}

/** A name, and how it is marked where it is not to be trusted alone. */
const marked = ({ who, breaks }) => (breaks === undefined ? who : `${who}, which breaks a promise`)

/** The name of a row in a sentence: what is code there looks like code. */
const named = ({ name }) => (name.startsWith('import ') ? `\`${name}\`` : name)

/** A line: how many, and where the reader wants them, which; more than one is a list of its own. */
function line(text, names) {
  if (names.length === 0) return `${text}.`
  return names.length === 1 ? `${text}: ${names[0]}.` : [`${text}:`, ...names].join('\n  - ')
}

/** What the results say in sentences, as lines of a Markdown list; `brief` names only the rows where ours is behind. */
export function summary({ node, date, cpu, rows }, { brief = false } = {}) {
  const { first, level: same, behind } = places(rows)
  const { met, missed } = goals(rows)
  const names = (list) => list.map(({ row }) => named(row))
  const lost = behind.map(({ row, best, ratio }) => `${named(row)} (${times(ratio)} ${marked(best)})`)
  const goal = missed.map((row) => `${named(row)} (${row.goal.text}${short(row)})`)
  return [
    `Measured on Node ${node}, ${cpu}, ${date.slice(0, 10)}. Other packages are in ${first.length + same.length + behind.length} rows.`,
    line(`First in ${first.length}`, brief ? [] : names(first)),
    ...(same.length > 0 ? [line(`Level with the best in ${same.length}`, brief ? [] : names(same))] : []),
    line(`Behind the best in ${behind.length}`, lost),
    line(
      `Goals met: ${met.length} of ${met.length + missed.length}${missed.length > 0 && !brief ? '. Not met' : ''}`,
      brief ? [] : goal,
    ),
  ].map((text) => `- ${text}`)
}
