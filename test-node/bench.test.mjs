/** Holds the instrument of the benchmarks: it prints a table, writes figures of the shape that docs draw, and marks what is broken. */
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { node, root, run } from '../.ci/run.mjs'

const pinned = node !== process.execPath || process.version.startsWith('v24.')
const skip = pinned ? false : 'peers need the pinned Node, which could not be installed'

let folder
before(async () => {
  await mkdir(join(root, 'build'), { recursive: true })
  folder = await mkdtemp(join(root, 'build', 'bench-test-'))
})
after(() => rm(folder, { recursive: true }))

const rowsFile = (...path) => ['--rows', join(root, ...path)]
const bench = (...args) =>
  run(node, [join(root, 'bench', 'index.mjs'), '--rounds', '1', '--out', join(folder, 'node.json'), ...args])

test('a run prints a table and writes its figures', { skip }, async () => {
  const { code, output } = await bench(
    ...rowsFile('bench', 'rows', 'breaker.mjs'),
    ...rowsFile('test-node', 'bench', 'broken-peer.mjs'),
  )
  assert.equal(code, 0, output)
  assert.match(output, /│ {3}go-go-scope \d+\.\d+\.\d+ +│ +[\d,.]+ ns │/)
  assert.match(output, /goal NOT met: at most 0 ns/)
  assert.match(output, /careless ✗1 ✗2 ✗3 ✗4/)
  assert.match(output, /^✗2 a rejection with undefined is lost$/m)
  assert.match(output, /goals met: 0 of 1/)

  const results = JSON.parse(await readFile(join(folder, 'node.json'), 'utf8'))
  assert.match(results.node, /^24\./)
  assert.match(results.date, /^\d{4}-\d\d-\d\d$/)
  assert.ok(results.cpu.length > 0)
  assert.deepEqual(
    results.rows.map(({ id }) => id),
    ['breaker-scope', 'breaker-task', 'broken-peer'],
  )
  for (const { name, what, unit, ways } of results.rows) {
    assert.ok(name.length > 0 && what.length > 0)
    assert.ok(['ns', 'bytes', 'ms', 'kB'].includes(unit))
    for (const { who, kind, median, least, most, timesBare } of ways) {
      assert.equal(kind, { bare: 'bare', 'go-go-scope': 'ours' }[who] ?? 'peer')
      assert.ok(least > 0 && least <= median && median <= most, `${who}: ${least} ${median} ${most}`)
      assert.ok(timesBare > 0)
    }
  }
  const drawn = await readFile(join(folder, 'node.svg'), 'utf8')
  for (const { name } of results.rows) assert.ok(drawn.includes(name), name)
  const { goal, ways } = results.rows.at(-1)
  assert.deepEqual(goal, { text: 'at most 0 ns', met: false, most: 0 })
  assert.deepEqual(
    ways.map(({ who, breaks }) => [who, breaks?.split('; ')]),
    [
      ['bare', undefined],
      ['go-go-scope', undefined],
      [
        'careless',
        [
          'values are lost, doubled or out of order',
          'a rejection with undefined is lost',
          'more than 10 run at once, or only one',
          'a cancelled body is not told, and goes on',
        ],
      ],
    ],
  )
  const { version } = results.rows[0].ways.find(({ who }) => who === 'cockatiel')
  assert.match(version, /^\d+\.\d+\.\d+$/)
})

test('a promise that ours breaks fails the run', { skip }, async () => {
  const { code, output } = await bench(...rowsFile('test-node', 'bench', 'broken-ours.mjs'))
  assert.equal(code, 1)
  assert.match(output, /a broken promise, go-go-scope: values are lost, doubled or out of order/)
})

test('a word that names no row is an error', { skip }, async () => {
  const { code, output } = await bench('no-such-row', ...rowsFile('bench', 'rows', 'breaker.mjs'))
  assert.equal(code, 1)
  assert.match(output, /No row is called no-such-row/)
})

test('every row is whole, and has an id of its own', { skip }, async () => {
  const files = await readdir(join(root, 'bench', 'rows'))
  const program = `
    const rows = []
    for (const file of process.argv.slice(1)) {
      const { rows: more, end } = await import(file)
      for (const { ways, id, name, what, work, measure } of more) {
        if (!(work ?? measure) || !name || !what || !ways['go-go-scope']) throw new Error(id + ' is not whole')
        rows.push(id)
      }
      await end?.()
    }
    console.log(JSON.stringify(rows))`
  const paths = files.map((file) => join(root, 'bench', 'rows', file))
  const { code, output } = await run(node, ['--input-type=module', '-e', program, ...paths])
  assert.equal(code, 0, output)
  const ids = JSON.parse(output)
  assert.deepEqual(ids, [...new Set(ids)])
  assert.ok(ids.length >= files.length)
})
