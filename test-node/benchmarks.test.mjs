/** Holds what is drawn and told of the benchmarks to their results. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { charts, darkRules, plot } from '../bench/plot.mjs'
import { places, readEngines, readResults, summary } from '../bench/reading.mjs'
import { benchmarkParts } from '../docs/.vitepress/benchmarks.mjs'

const way = (kind, who, median, more) => ({ kind, who, median, least: median * 0.9, most: median * 1.1, ...more })
const ours = (median, more) => way('ours', 'go-go-scope', median, more)
const peer = (who, median, more) => way('peer', who, median, { version: '1.2.3', ...more })

/** Results with a row of every kind: none of these figures was measured. */
const results = {
  node: '24.0.0',
  date: '2026-01-02T03:04:05.000Z',
  cpu: 'A machine & co.',
  rows: [
    {
      id: 'task',
      name: 'a task',
      what: 'one task',
      unit: 'ns',
      goal: { text: '≤ 5 × bare', met: true, most: 500 },
      ways: [
        way('bare', 'bare', 100, { timesBare: 1 }),
        ours(400, { timesBare: 4 }),
        peer('slow', 4_000, { timesBare: 40 }),
        peer('loser', 200, { timesBare: 2, breaks: 'it drops <every> second value' }),
      ],
    },
    {
      id: 'race',
      name: 'a race',
      what: 'two of `them`',
      unit: 'ns',
      goal: { text: 'three times faster than slow', met: false, most: 1_000 },
      ways: [
        way('bare', 'bare', 100, { timesBare: 1 }),
        ours(3_000, { timesBare: 30 }),
        peer('slow', 3_020, { timesBare: 30.2 }),
      ],
    },
    {
      id: 'import',
      name: 'time to import',
      what: 'an import',
      unit: 'ms',
      ways: [way('bare', 'bare', 1), ours(2), peer('slow', 80)],
    },
    {
      id: 'memory',
      name: 'a waiting task',
      what: 'bytes',
      unit: 'bytes',
      ways: [way('ours', 'ours, signal read', 1_900)],
    },
    { id: 'size', name: 'import { scope }', what: 'bytes', unit: 'kB', ways: [ours(12.5), peer('slow', 40)] },
  ],
}

const count = (text, pattern) => [...text.matchAll(pattern)].length
const parts = (some = results, engines = undefined, work = { 'a task': { promises: 8 } }) =>
  benchmarkParts(some, engines, work)

test('the picture has every way with its figure', () => {
  const svg = plot(results)
  for (const said of ['go-go-scope  4×', 'slow  40×', 'slow  80 ms', 'ours, signal read  1,900 bytes', 'slow  40 kB'])
    assert.ok(svg.includes(`>${said}<`), said)
  for (const { name } of results.rows) assert.ok(svg.includes(`>${name}<`), name)
  assert.equal(charts(results).length, 4)
})

test('the picture says in words what it shows, as a file of its own', () => {
  const svg = plot(results)
  assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" [^>]*role="img" aria-labelledby="title text">/)
  assert.match(svg, /<title id="title">.*24\.0\.0, A machine &amp; co\./)
  assert.match(svg, /<desc id="text">a task: bare 100 ns, go-go-scope 400 ns, slow 4,000 ns, loser 200 ns\. /)
  assert.deepEqual(svg.match(/<script|href=|url\((?!#)|<image/), null)
})

test('a way that breaks a promise has an open mark and a footnote', () => {
  const open = /fill="#ffffff"[^>]* stroke="#b34701"/g
  const svg = plot(results)
  assert.equal(count(svg, open), 2, 'the mark, and the one that explains it')
  assert.match(svg, /◇ loser: it drops &lt;every&gt; second value/)
  const rows = results.rows.map((row) => ({ ...row, ways: row.ways.map(({ breaks: _, ...rest }) => rest) }))
  const honest = plot({ ...results, rows })
  assert.equal(count(honest, open), 0)
  assert.doesNotMatch(honest, /◇|breaks/)
})

test('a goal stands where a way with this figure has its mark', () => {
  const goal = /<path d="M([\d.]+) [\d.]+L\1 [\d.]+"[^>]*stroke="#2b2b30"/
  const mark = /<path d="[^"]*" transform="[^"]*?([\d.]+),[\d.]+\)"[^>]*fill="#0b62a9"/g
  const [task] = results.rows
  for (const most of [400, 300]) {
    const [{ svg }] = charts({ rows: [{ ...task, goal: { ...task.goal, most } }] })
    const [, at] = svg.match(goal)
    const [, where] = [...svg.matchAll(mark)].at(-1)
    const off = Math.abs(Number(at) - Number(where))
    assert.equal(off < 1.5, most === 400, `goal at ${at}, mark at ${where}`)
  }
})

test('every colour has another one in the dark, and text is readable in both', () => {
  const rules = [...darkRules('').matchAll(/\[fill="(#\w{6})"\]\{fill:(#\w{6})\}/g)].map(([, ...pair]) => pair)
  const light = rules.map(([colour]) => colour)
  // Strokes of no width and clip paths are not seen.
  const seen = plot(results).replaceAll(/stroke="#\w+" stroke-width="0"|<clipPath.*?<\/clipPath>/gs, '')
  for (const [, colour] of seen.matchAll(/(?:fill|stroke)="(#\w+)"/g))
    assert.ok(light.includes(colour), `${colour} stays what it is`)
  const [paper, ink, quiet, , blue, orange] = rules
  for (const colour of [ink, quiet, blue, orange])
    for (const scheme of [0, 1]) {
      const found = contrast(paper[scheme], colour[scheme])
      assert.ok(found >= 4.5, `${colour[scheme]} on ${paper[scheme]}: ${found}`)
    }
})

test('a row is first, level or behind by its figures', () => {
  const found = places(results.rows)
  const names = (list) => list.map(({ row }) => row.name)
  assert.deepEqual(names(found.first), ['time to import', 'import { scope }'])
  assert.deepEqual(names(found.level), ['a race'])
  assert.deepEqual(names(found.behind), ['a task'])
})

test('the summary names what is first, what is behind, and the goals that are not met', () => {
  assert.deepEqual(summary(results), [
    '- Measured on Node 24.0.0, A machine & co., 2026-01-02. Other packages are in 4 rows.',
    '- First in 2:\n  - time to import\n  - `import { scope }`',
    '- Level with the best in 1: a race.',
    '- Behind the best in 1: a task (2× loser, which breaks a promise).',
    '- Goals met: 1 of 2. Not met: a race (three times faster than slow, missed by 200 %).',
  ])
  assert.deepEqual(summary(results, { brief: true }).slice(1), [
    '- First in 2.',
    '- Level with the best in 1.',
    '- Behind the best in 1: a task (2× loser, which breaks a promise).',
    '- Goals met: 1 of 2.',
  ])
})

test('the page has every figure in a table, and what is broken in a list', () => {
  const { charts: drawn, breaks, packages } = parts()
  assert.match(
    drawn,
    /<strong>a race<\/strong><br>two of <code>them<\/code>; goal three times faster than slow: not met</,
  )
  assert.match(drawn, /<th scope="row">loser 1\.2\.3 ◇<\/th><td>200 ns<\/td><td>180 – 220<\/td><td>2×<\/td>/)
  assert.equal(count(drawn, /<figure /g), 4)
  assert.equal(breaks, '- **loser 1.2.3**: it drops &lt;every&gt; second value (a task)\n')
  assert.equal(packages, 'loser 1.2.3, slow 1.2.3.\n')
})

test('the page has a column for each engine, and a gap where one has no such row', () => {
  const { engines } = parts(results, { deno: { a: { ratio: 2 }, b: { ratio: 3.456 } }, bun: { a: { ratio: 4 } } })
  assert.match(engines, /<td>2×<\/td><td>4×<\/td>/)
  assert.match(engines, /<td>3\.46×<\/td><td><\/td>/)
})

test('without results, or with older ones, the page says how to make them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'benchmarks-'))
  try {
    assert.equal(await readResults(folder), undefined)
    assert.equal(await readEngines(folder), undefined)
    await writeFile(join(folder, 'node.json'), JSON.stringify({ node: '24.0.0', rows: [{ name: 'x', ratio: 2 }] }))
    assert.equal(await readResults(folder), undefined)
    await writeFile(join(folder, 'node.json'), JSON.stringify(results))
    assert.deepEqual(await readResults(folder), results)
  } finally {
    await rm(folder, { recursive: true })
  }
  const { summary: said, charts: drawn, engines } = benchmarkParts(undefined, undefined, { 'a task': { promises: 8 } })
  assert.match(said, /`npm run bench -- --save`/)
  assert.equal(drawn, said)
  assert.match(engines, /`npm run bench:engines -- --save`/)
})

/** Of two colours, as WCAG has it. */
function contrast(...colours) {
  const [dark, bright] = colours.map(luminance).sort((a, b) => a - b)
  return (bright + 0.05) / (dark + 0.05)
}

function luminance(colour) {
  const [r, g, b] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
