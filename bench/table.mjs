/** Prints results as a table: each row with its ways, their figures, and its goal. */
import Table from 'cli-table3'

const digits = { ns: 0, bytes: 0, ms: 2, kB: 2 }

/** A figure of a row's unit, for people; what is small keeps its first digits. */
function shown(value, unit) {
  const places = Math.abs(value) < 10 ? Math.max(1, digits[unit]) : digits[unit]
  return value.toLocaleString('en', { minimumFractionDigits: places, maximumFractionDigits: places })
}

const times = (ratio) => (ratio === undefined ? '' : `${ratio.toFixed(ratio < 10 ? 2 : 1)}×`)

/** The peer with the least. */
export const bestPeer = ({ ways }) => ways.filter(({ kind }) => kind === 'peer').sort((a, b) => a.median - b.median)[0]

const nameOf = ({ who, version }) => (version === undefined ? who : `${who} ${version}`)

/** Numbers what is broken, so that the same sentence has the same number in all rows. */
function footnotes() {
  const all = []
  return {
    all,
    mark(breaks = '') {
      const sentences = breaks.split('; ').filter((sentence) => sentence !== '')
      for (const sentence of sentences) if (!all.includes(sentence)) all.push(sentence)
      return sentences.map((sentence) => ` ✗${all.indexOf(sentence) + 1}`).join('')
    },
  }
}

const verdict = ({ text, met }) => `goal ${met ? 'met' : 'NOT met'}: ${text}`

function linesOf(row, mark) {
  const best = bestPeer(row)
  return row.ways.map((way) => [
    `  ${nameOf(way)}${mark(way.breaks)}`,
    `${shown(way.median, row.unit)} ${row.unit}`,
    `${shown(way.least, row.unit)} – ${shown(way.most, row.unit)}`,
    times(way.timesBare),
    best === undefined ? '' : times(way.median / best.median),
  ])
}

export function printTable({ node, cpu, rows }) {
  const notes = footnotes()
  const table = new Table({
    head: ['what', 'median', 'least – most', '× bare', '× best peer'],
    colAligns: ['left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  })
  for (const row of rows) {
    const title = row.goal === undefined ? row.name : `${row.name} | ${verdict(row.goal)}`
    table.push([{ colSpan: 5, content: title }], ...linesOf(row, notes.mark))
  }
  console.log(`${table}\n\nmedians of interleaved rounds, Node ${node}, ${cpu}; less is better`)
  for (const [at, sentence] of notes.all.entries()) console.log(`✗${at + 1} ${sentence}`)
  const judged = rows.filter(({ goal }) => goal !== undefined)
  if (judged.length > 0) console.log(`goals met: ${judged.filter(({ goal }) => goal.met).length} of ${judged.length}`)
}
