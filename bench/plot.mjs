/**
 * Draws the results of the benchmarks as SVG: a chart of ratios to the bare language, and one for each other unit. A row is a band, a
 * way is a line in it: a mark at its median, a bar from the least to the most, its name beside. Colours repeat what the shapes say.
 */
import { init } from 'echarts'
import { broken, duration, number, oursOf, shown, times } from './reading.mjs'

/** On light and on dark. No two differ by hue alone, and none is used twice in the other list: the dark ones replace them one by one. */
const colours = {
  paper: ['#ffffff', '#1b1b1f'],
  ink: ['#2b2b30', '#dfdfd7'],
  quiet: ['#5b5b63', '#a9a9b4'],
  line: ['#d9d9df', '#3d4045'],
  ours: ['#0b62a9', '#5aaff0'],
  other: ['#b34701', '#f2a65b'],
}
const [paper, ink, quiet, line, ours, other] = Object.values(colours).map(([light]) => light)

/** As wide as the text of a page of the docs. */
const width = 620
const left = 180
const right = 20
const lineHeight = 19
const textHeight = 15
const bandGap = 14
const titleHeight = 28
const legendHeight = 36
const foot = 44

/** About what a character takes: the picture is drawn where there is no font to measure. */
const characterWidth = 6.2

/** The charts, in their order: which rows they have, and where the mark of a figure is. */
const kinds = [
  {
    id: 'time',
    title: 'Time, in times the bare language',
    axis: 'times the same work with no library, log scale',
    log: true,
    has: ({ unit, ways }) => unit === 'ns' && hasBare(ways),
    scaleOf: ({ timesBare, median }) => timesBare / median,
    tick: times,
    label: times,
  },
  {
    id: 'duration',
    title: 'Time, as measured',
    axis: 'log scale',
    log: true,
    has: ({ unit, ways }) => unit === 'ms' || (unit === 'ns' && !hasBare(ways)),
    scaleOf: (_, unit) => (unit === 'ms' ? 1e6 : 1),
    tick: duration,
    label: duration,
  },
  {
    id: 'memory',
    title: 'Memory',
    axis: 'bytes',
    log: false,
    has: ({ unit }) => unit === 'bytes',
    scaleOf: () => 1,
    tick: number,
    label: (value) => shown(value, 'bytes'),
  },
  {
    id: 'size',
    title: 'Size of an import, minified and gzipped',
    axis: 'kB',
    log: false,
    has: ({ unit }) => unit === 'kB',
    scaleOf: () => 1,
    tick: number,
    label: (value) => shown(value, 'kB'),
  },
]

const hasBare = (ways) => ways.some(({ timesBare }) => timesBare !== undefined)

/** Every row as a band, every way of it as a line, with a place on the vertical axis. */
function layOut(rows, kind) {
  let y = 0
  return rows.map((row) => {
    const top = y
    const drawn = row.ways.filter((way) => way.kind !== 'bare' || kind.id !== 'time')
    const height = Math.max(drawn.length * lineHeight, linesOfText(row) * textHeight)
    const first = top + (height + bandGap - drawn.length * lineHeight) / 2
    const lines = drawn.map((way, at) => ({ way, y: first + (at + 0.5) * lineHeight, ...scaled(way, row, kind) }))
    y += height + bandGap
    const goal = row.goal?.most === undefined ? undefined : row.goal.most * kind.scaleOf(baseOf(row), row.unit)
    return { row, lines, goal, top, bottom: y }
  })
}

/** By whose scale a goal is drawn: five times bare is at five. */
const baseOf = (row) => row.ways.find(({ kind }) => kind === 'bare') ?? oursOf(row)

function scaled(way, { unit }, kind) {
  const scale = kind.scaleOf(way, unit)
  return { least: way.least * scale, median: way.median * scale, most: way.most * scale }
}

const goalOf = ({ goal }) => (goal === undefined ? undefined : `goal ${goal.text}: ${goal.met ? 'met' : 'not met'}`)

function linesOfText(row) {
  const characters = (left - 24) / characterWidth
  return [row.name, goalOf(row) ?? ''].reduce((sum, text) => sum + Math.ceil(text.length / characters), 0)
}

/** From the least to the greatest of what is drawn, the bare language included, with room at both ends. */
function rangeOf(bands, { id, log }) {
  const all = bands.flatMap(({ lines, goal = lines[0].median }) => [goal, ...lines.flatMap((l) => [l.least, l.most])])
  if (!log) return [0, Math.max(...all) * 1.15]
  const positive = [...all, ...(id === 'time' ? [1] : [])].filter((value) => value > 0)
  return [Math.min(...positive) / 1.3, Math.max(...positive) * 1.3]
}

/** Round numbers of a log axis, about six. */
function ticksOf([least, most]) {
  const decades = Math.log10(most / least)
  const steps = decades < 2.5 ? [1, 2, 5] : [1]
  const exponents = Array.from({ length: Math.ceil(decades) + 2 }, (_, at) => Math.floor(Math.log10(least)) + at)
  return exponents.flatMap((e) => steps.map((step) => step * 10 ** e)).filter((tick) => tick > least && tick < most)
}

/** Whether a text has room on the right of the mark at this value. */
function fits(text, value, [least, most], log) {
  const at = log ? Math.log : Number
  const along = (at(value) - at(least)) / (at(most) - at(least))
  return left + along * (width - left - right) + 16 + text.length * characterWidth < width
}

const segment = (from, to, lineStyle) => ({ coords: [from, to], lineStyle })

/** The lines that are no marks: between bands, spans, stems, goals, the bare language. */
function segmentsOf(bands, kind, range) {
  const height = bands.at(-1).bottom
  const between = bands
    .slice(1)
    .map(({ top }) => segment([range[0], top], [range[1], top], { color: line, width: 1, type: 'solid' }))
  const ticks = kind.log
    ? ticksOf(range).map((tick) => segment([tick, 0], [tick, height], { color: line, width: 1, type: [1, 3] }))
    : []
  const bare = kind.id === 'time' ? [segment([1, 0], [1, height], { color: quiet, width: 1, type: 'solid' })] : []
  const spans = bands.flatMap(({ lines }) =>
    lines.map(({ way, y, least, median, most }) => {
      const [from, to] = kind.log ? [least, most] : [0, median]
      return segment([from, y], [to, y], { color: colourOf(way), width: 2, type: 'solid' })
    }),
  )
  const goals = bands
    .filter(({ goal }) => goal !== undefined && (goal > 0 || !kind.log))
    .map(({ goal, top, bottom }) =>
      segment([goal, top + 3], [goal, bottom - 3], { color: ink, width: 2, type: [4, 3] }),
    )
  return [...between, ...ticks, ...bare, ...spans, ...goals]
}

const looks = {
  bare: { name: 'the bare language', symbol: 'rect', itemStyle: { color: quiet } },
  ours: { name: 'go-go-scope', symbol: 'circle', itemStyle: { color: ours } },
  other: { name: 'another package', symbol: 'diamond', itemStyle: { color: other } },
  breaks: {
    name: 'one that breaks a promise',
    symbol: 'diamond',
    itemStyle: { color: paper, borderColor: other, borderWidth: 2 },
  },
}
const goalIcon = 'path://M0,0L2,0L2,5L0,5ZM0,8L2,8L2,13L0,13Z'

const lookOf = ({ kind, breaks }) => (kind === 'peer' ? (breaks === undefined ? 'other' : 'breaks') : kind)
const colourOf = ({ kind }) => ({ ours, bare: quiet, peer: other })[kind]

function labelOf({ way, median }, look, kind, range) {
  const text = `${way.who}  ${kind.label(median)}`
  return {
    show: true,
    position: fits(text, median, range, kind.log) ? 'right' : 'left',
    distance: 12,
    formatter: text,
    color: look === 'ours' ? ours : ink,
    backgroundColor: paper,
    padding: [1, 10, 1, 6],
    fontSize: 12,
  }
}

function marksOf(bands, kind, range) {
  const all = bands.flatMap(({ lines }) => lines)
  return Object.entries(looks).map(([look, { name, symbol, itemStyle }]) => ({
    type: 'scatter',
    name,
    symbol,
    symbolSize: look === 'bare' ? 8 : 11,
    silent: true,
    itemStyle: { opacity: 1, ...itemStyle },
    z: 5,
    data: all
      .filter(({ way }) => lookOf(way) === look)
      .map((each) => ({ value: [each.median, each.y], label: labelOf(each, look, kind, range) })),
  }))
}

/** The horizontal axis. */
function scaleOf(kind, range) {
  const text = { color: quiet, fontSize: 12 }
  return {
    type: kind.log ? 'log' : 'value',
    min: range[0],
    max: range[1],
    name: kind.axis,
    nameLocation: 'middle',
    nameGap: 26,
    nameTextStyle: text,
    axisLabel: {
      ...text,
      formatter: kind.tick,
      ...(kind.log ? { customValues: ticksOf(range) } : { showMaxLabel: false }),
    },
    axisLine: { show: false, onZero: false },
    axisTick: { show: false },
    splitLine: { show: !kind.log, showMaxLine: false, lineStyle: { color: line, type: [1, 3] } },
  }
}

/** The vertical axis: the names of the rows, with their goals. */
function namesOf(bands) {
  const said = ({ row }) => [row.name, goalOf(row) ?? []].flat().join('\n')
  return {
    type: 'value',
    inverse: true,
    min: 0,
    max: bands.at(-1).bottom,
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: { show: false },
    axisLabel: {
      customValues: bands.map(({ top, bottom }) => (top + bottom) / 2),
      formatter: (value) => said(bands.find(({ bottom }) => value < bottom)),
      color: ink,
      fontSize: 12,
      lineHeight: textHeight,
      width: left - 24,
      overflow: 'break',
      margin: 12,
    },
  }
}

function optionOf(kind, bands, top) {
  const range = rangeOf(bands, kind)
  const marks = marksOf(bands, kind, range).filter(({ data }) => data.length > 0)
  const hasGoal = bands.some(({ goal }) => goal !== undefined)
  return {
    title: { show: top > 0, text: kind.title, left: 0, top: 0, padding: 0, textStyle: { color: ink, fontSize: 16 } },
    legend: {
      left: 0,
      top,
      padding: 0,
      itemGap: 16,
      itemWidth: 12,
      itemHeight: 12,
      textStyle: { color: ink, fontSize: 12 },
      selectedMode: false,
      data: [
        ...marks.map(({ name, symbol }) => ({ name, icon: symbol })),
        ...(hasGoal ? [{ name: 'goal', icon: goalIcon, itemStyle: { color: ink } }] : []),
      ],
    },
    grid: { left, right, top: top + legendHeight, bottom: foot },
    xAxis: scaleOf(kind, range),
    yAxis: namesOf(bands),
    series: [
      {
        type: 'lines',
        name: 'goal',
        coordinateSystem: 'cartesian2d',
        silent: true,
        lineStyle: { color: ink, opacity: 1, curveness: 0 },
        data: segmentsOf(bands, kind, range),
      },
      ...marks,
    ],
  }
}

function draw(option, height) {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height })
  try {
    chart.setOption({ animation: false, textStyle: { fontFamily: 'Arial, Helvetica, sans-serif' }, ...option })
    return { width, height, svg: chart.renderToSVGString() }
  } finally {
    chart.dispose()
  }
}

function drawChart(kind, rows, titled) {
  const bands = layOut(rows, kind)
  const option = optionOf(kind, bands, titled ? titleHeight : 0)
  const height = option.grid.top + bands.at(-1).bottom + foot
  return { id: kind.id, title: kind.title, rows, ...draw(option, height) }
}

/** Text under the charts: the promises that were seen broken. */
function drawFootnotes(rows) {
  const lines = broken(rows).map(({ who, breaks }) => `◇ ${who}: ${breaks}`)
  if (lines.length === 0) return []
  const characters = width / characterWidth
  const height = lines.reduce((sum, text) => sum + Math.ceil(text.length / characters), 0) * textHeight + 4
  const subtextStyle = { color: quiet, fontSize: 12, lineHeight: textHeight, width, overflow: 'break' }
  return [draw({ title: { subtext: lines.join('\n'), left: 0, top: 0, padding: 0, itemGap: 0, subtextStyle } }, height)]
}

/**
 * The charts that these results have rows for, each as SVG with light colours; `titled: false` where a page has the titles.
 *
 * @returns {{ id: string, title: string, rows: object[], width: number, height: number, svg: string }[]}
 */
export function charts({ rows }, { titled = true } = {}) {
  const wanted = rows.filter(({ ways }) => ways.some(({ kind }) => kind !== 'bare'))
  return kinds
    .map((kind) => [kind, wanted.filter(kind.has)])
    .filter(([, some]) => some.length > 0)
    .map(([kind, some]) => drawChart(kind, some, titled))
}

/** The rules that make charts within `scope` dark. */
export function darkRules(scope) {
  return Object.values(colours)
    .map(([light, dark]) => ['fill', 'stroke'].map((kind) => `${scope} [${kind}="${light}"]{${kind}:${dark}}`).join(''))
    .join('')
}

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

/** What the picture says, in words: each row with the figures of its ways. */
function inWords(rows) {
  const said = ({ name, unit, ways }) =>
    `${name}: ${ways.map((way) => `${way.who} ${shown(way.median, unit)}`).join(', ')}.`
  return rows.map(said).join(' ')
}

/** All charts of the results as one picture, which is dark where its reader wants that: the text of an SVG file. */
export function plot(results) {
  const drawn = [...charts(results), ...drawFootnotes(results.rows)]
  const gap = 28
  let y = gap
  const placed = drawn.map(({ svg, height }) => {
    const at = y
    y += height + gap
    return svg.replace('<svg ', `<svg x="${gap}" y="${at}" `)
  })
  const [w, h] = [width + 2 * gap, y]
  const { node, date, cpu } = results
  const title = `go-go-scope beside other packages, on Node ${node}, ${cpu}, ${date}`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" role="img" aria-labelledby="title text">`,
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="text">${escaped(inWords(results.rows))}</desc>`,
    `<style>@media (prefers-color-scheme: dark){${darkRules('svg')}}</style>`,
    `<rect width="100%" height="100%" fill="${paper}"/>`,
    ...placed,
    '</svg>\n',
  ].join('\n')
}
