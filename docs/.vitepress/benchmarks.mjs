/** Writes what pages say of the benchmarks, from their saved results, as Markdown that pages include: nobody types a figure. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { charts, darkRules } from '../../bench/plot.mjs'
import { broken, number, readEngines, readResults, shown, summary, times } from '../../bench/reading.mjs'
import { escaped, figure } from './diagrams.mjs'

const root = join(import.meta.dirname, '..', '..')

const row = (cells) => `<tr>${cells.join('')}</tr>`
const head = (cells) => `<thead>${row(cells.map((text) => `<th scope="col">${escaped(text)}</th>`))}</thead>`
const cell = (text) => `<td>${escaped(text)}</td>`
const name = (text) => `<th scope="row">${escaped(text)}</th>`

/** As HTML: Markdown has no cell that spans columns, and no names of rows. */
const table = (columns, bodies) => `<table class="figures" v-pre>${head(columns)}${bodies.join('')}</table>`

/** A text with `code` in it. */
const prose = (text) => escaped(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>')

/** A row as a body: what it is, then each of its ways in a line, with a mark where it breaks a promise. */
function waysOf({ name: called, what, unit, goal, ways }) {
  const said = [what, ...(goal ? [`goal ${goal.text}: ${goal.met ? 'met' : 'not met'}`] : [])].join('; ')
  const lines = ways.map(({ who, version, median, least, most, timesBare, breaks }) =>
    row([
      name(`${who}${version ? ` ${version}` : ''}${breaks ? ' ◇' : ''}`),
      cell(shown(median, unit)),
      cell(`${number(least)} – ${number(most)}`),
      cell(timesBare === undefined ? '' : times(timesBare)),
    ]),
  )
  return `<tbody><tr><th scope="rowgroup" colspan="4"><strong>${escaped(called)}</strong><br>${prose(said)}</th></tr>${lines.join('')}</tbody>`
}

function chart({ title, svg, width, rows }) {
  const columns = ['way', 'median', 'least – most', 'times bare']
  const dark = `<style>${darkRules('.dark .plot')}</style>`
  const picture = svg
    .replace('<svg ', `<svg style="width: 100%; min-width: ${width}px; height: auto" `)
    .replace('>', `>${dark}`)
  return [
    `### ${title}`,
    figure('plot', `${title}: a mark for each way of each row. The table below has the same figures.`, picture),
    '::: details The same figures as a table',
    table(columns, rows.map(waysOf)),
    ':::',
  ].join('\n\n')
}

const nothing = (command) =>
  `No results are saved here. \`${command}\` measures them, and this page shows them when it is built anew.\n`

function packages(rows) {
  const all = rows.flatMap(({ ways }) => ways).filter(({ kind }) => kind === 'peer')
  const named = new Set(all.map(({ who, version }) => (version ? `${who} ${version}` : who)))
  return `${[...named].sort((a, b) => a.localeCompare(b)).join(', ')}.\n`
}

/** Promises that were seen broken, as a list. */
function breaks(rows) {
  const said = broken(rows).map(
    ({ who, version, breaks: how, rows: where }) =>
      `- **${who}${version ? ` ${version}` : ''}**: ${escaped(how)} (${where.join(', ')})`,
  )
  return said.length === 0 ? 'No package was seen to break a promise.\n' : `${said.join('\n')}\n`
}

function engines(answers) {
  const shownIn = Object.keys(answers)
  const rows = Object.keys(Object.values(answers)[0] ?? {})
  const ratio = (engine, each) => (answers[engine][each] ? times(answers[engine][each].ratio) : '')
  const lines = rows.map((each) => row([name(each), ...shownIn.map((engine) => cell(ratio(engine, each)))]))
  return `${table(['times a bare call', ...shownIn], [`<tbody>${lines.join('')}</tbody>`])}\n`
}

function work(budgets) {
  const kinds = Object.keys(Object.values(budgets)[0])
  const lines = Object.entries(budgets).map(([each, figures]) =>
    row([name(each), ...kinds.map((kind) => cell(number(figures[kind])))]),
  )
  return `${table(['one of', ...kinds], [`<tbody>${lines.join('')}</tbody>`])}\n`
}

/**
 * The parts of the page of benchmarks, by the name it includes them by.
 *
 * @param {object | undefined} results of `npm run bench`, where some are saved
 * @param {object | undefined} answers of `npm run bench:engines`, where some are saved
 * @param {object} budgets of `npm run work`
 */
export function benchmarkParts(results, answers, budgets) {
  const bench = results ? undefined : nothing('npm run bench -- --save')
  return {
    summary: bench ?? `${summary(results).join('\n')}\n`,
    charts: bench ?? `${charts(results, { titled: false }).map(chart).join('\n\n')}\n`,
    packages: bench ?? packages(results.rows),
    breaks: bench ?? breaks(results.rows),
    engines: answers ? engines(answers) : nothing('npm run bench:engines -- --save'),
    work: work(budgets),
  }
}

/** Writes them into `build/docs-benchmarks`. */
export async function writeBenchmarks() {
  const budgets = JSON.parse(await readFile(join(root, 'bench', 'work', 'budgets.json'), 'utf8'))
  const parts = benchmarkParts(await readResults(), await readEngines(), budgets)
  const folder = join(root, 'build', 'docs-benchmarks')
  await mkdir(folder, { recursive: true })
  for (const [part, text] of Object.entries(parts)) await writeFile(join(folder, `${part}.md`), text)
}
