/** Runs the first example as its users do: a process of its own, on real folders. */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'

const root = join(import.meta.dirname, '..')
const program = join(root, 'examples', 'verify', 'main.mjs')

let cwd = ''
beforeEach(() => {
  cwd = fs.mkdtempSync(join(tmpdir(), 'verify-'))
})
afterEach(() => fs.rmSync(cwd, { recursive: true, force: true }))

/** Starts the program; `onError` gets what it has written to stderr so far, and the process. */
function verify(args, onError = () => {}) {
  const child = spawn(process.execPath, [program, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk) => (out += chunk))
  child.stderr.on('data', (chunk) => onError((err += chunk), child))
  return new Promise((done, fail) => {
    child.on('error', fail)
    child.on('close', (code, signal) => done({ code, signal, out, err, last: out.trimEnd().split('\n').at(-1) }))
  })
}

/** Does something once, when the files have been listed. */
function afterListing(fn) {
  let done = false
  return (err, child) => {
    if (done || !err.includes('Found ')) return
    done = true
    fn(child)
  }
}

function write(path, content) {
  const full = join(cwd, path)
  fs.mkdirSync(dirname(full), { recursive: true })
  fs.writeFileSync(full, content)
}

/** A file that takes long to hash and no room on the disk. */
function writeHuge(path, megabytes) {
  write(path, '')
  fs.truncateSync(join(cwd, path), megabytes * 2 ** 20)
}

const records = () => (fs.existsSync(join(cwd, '.verify')) ? fs.readdirSync(join(cwd, '.verify')) : [])

/** The cells of the table's last row, by column. */
function totals(out) {
  const cells = (line) => line.split('│').map((cell) => cell.trim())
  const lines = out.split('\n')
  const head = cells(lines.find((line) => line.startsWith('│ package')))
  const total = cells(lines.find((line) => line.startsWith('│ all ')))
  return Object.fromEntries(head.map((name, at) => [name, total[at]]).filter(([name]) => name !== ''))
}

test('records a folder, then finds it unchanged, then finds each difference', async () => {
  write('node_modules/a/index.js', 'a')
  write('node_modules/a/lib/deep/x.js', 'x')
  write('node_modules/@scope/b/index.js', 'b')
  const first = await verify([])
  assert.equal(first.code, 0, first.err)
  assert.match(first.err, /^Found 3 files in 2 packages\n/)
  assert.match(first.err, /100 % {2}3 of 3 files\n$/)
  assert.match(first.last, /^3 files hashed in \d+\.\d s: recorded$/)
  assert.equal(totals(first.out).new, '3')
  assert.doesNotMatch(first.out, /^new /m)
  assert.match(records().join(), /^node_modules-[0-9a-f]{16}\.json$/)

  const second = await verify([])
  assert.equal(second.code, 0, second.err)
  assert.match(second.last, /^3 files hashed in \d+\.\d s: all as recorded$/)
  assert.deepEqual(totals(second.out), {
    package: 'all 2 packages',
    files: '3',
    MB: '0.0',
    unchanged: '3',
    new: '',
    changed: '',
    missing: '',
    vanished: '',
    unreadable: '',
  })

  write('node_modules/a/index.js', 'A')
  write('node_modules/a/added.js', 'new')
  fs.rmSync(join(cwd, 'node_modules/@scope'), { recursive: true })
  const third = await verify([])
  assert.equal(third.code, 1, third.err)
  assert.match(third.out, /^changed {4}a\/index\.js$/m)
  assert.match(third.out, /^new {8}a\/added\.js$/m)
  assert.match(third.out, /^missing {4}@scope\/b\/index\.js$/m)
  assert.match(third.last, /: 2 files not as recorded, or not readable$/)
  const { unchanged, new: added, changed, missing } = totals(third.out)
  assert.deepEqual([unchanged, added, changed, missing], ['1', '1', '1', '1'])

  const fourth = await verify([])
  assert.equal(fourth.code, 0, fourth.out)
  assert.equal(totals(fourth.out).unchanged, '3')
})

test('each package has its scope, inside that of the package that holds it', async () => {
  write('modules/a/index.js', '')
  write('modules/a/node_modules/@x/y/index.js', '')
  write('modules/a/node_modules/@x/y/node_modules/z/index.js', '')
  write('modules/.bin/tool', 'left out')
  write('modules/.package-lock.json', 'left out')
  write('modules/.pnpm/c@1.0.0/node_modules/c/index.js', '')
  fs.symlinkSync('.pnpm/c@1.0.0/node_modules/c', join(cwd, 'modules/c'))
  const { code, out } = await verify(['modules', '--all'])
  assert.equal(code, 0)
  const tree = out.slice(out.indexOf('📦')).replaceAll(/ \(id: \d+\) \[concurrency:4\]/g, '')
  assert.match(tree, /^📦 verify \(id: 1\)\n├─ 📦 c\n└─ 📦 a\n {3}└─ 📦 @x\/y\n {6}└─ 📦 z\n4 files hashed/)
})

test('one package alone, a real one, with what is in it', async () => {
  const folder = join(root, 'node_modules', 'typescript')
  const first = await verify([folder])
  assert.equal(first.code, 0, first.err)
  assert.ok(Number(totals(first.out).new.replace(',', '')) > 50, first.out)
  const second = await verify([folder])
  assert.equal(second.code, 0, second.err)
  assert.equal(totals(second.out).unchanged, totals(first.out).new)
})

test('a copy of a real package is verified file by file', async () => {
  fs.cpSync(join(root, 'node_modules', 'typescript'), join(cwd, 'node_modules', 'typescript'), { recursive: true })
  assert.equal((await verify([])).code, 0)
  fs.appendFileSync(join(cwd, 'node_modules/typescript/package.json'), '\n')
  const { code, out } = await verify([])
  assert.equal(code, 1)
  assert.match(out, /^changed {4}typescript\/package\.json$/m)
  assert.equal(totals(out).changed, '1')
})

test('files that vanish or turn into something else during the run are reported and stop nothing', async () => {
  for (const name of ['a', 'b', 'c', 'd']) writeHuge(`node_modules/${name}/huge`, 150)
  for (const name of ['gone', 'kept', 'turned']) write(`node_modules/z/${name}.js`, name)
  assert.equal((await verify([])).code, 0)
  const run = await verify(
    [],
    afterListing(() => {
      fs.rmSync(join(cwd, 'node_modules/z/gone.js'))
      fs.rmSync(join(cwd, 'node_modules/z/turned.js'))
      fs.mkdirSync(join(cwd, 'node_modules/z/turned.js'))
    }),
  )
  assert.equal(run.code, 1, run.err)
  assert.match(run.out, /^vanished {3}z\/gone\.js$/m)
  assert.match(run.out, /^unreadable z\/turned\.js {2}\(not a file\)$/m)
  const { unchanged, vanished, unreadable, missing } = totals(run.out)
  assert.deepEqual([unchanged, vanished, unreadable, missing], ['5', '1', '1', ''])
})

test('what cannot be read is reported, and what is known of it is kept', async () => {
  write('node_modules/a/index.js', '1')
  write('node_modules/a/later.js', '2')
  assert.equal((await verify([])).code, 0)
  const a = join(cwd, 'node_modules/a')
  fs.symlinkSync('nowhere', join(a, 'dangling'))
  fs.symlinkSync('circle', join(a, 'circle'))
  fs.symlinkSync('.', join(a, 'self'))
  fs.symlinkSync('index.js', join(a, 'link.js'))
  fs.rmSync(join(a, 'later.js'))
  fs.symlinkSync('nowhere', join(a, 'later.js'))
  execFileSync('mkfifo', [join(a, 'pipe')])
  const run = await verify([])
  assert.equal(run.code, 1)
  for (const name of ['dangling', 'circle', 'later.js']) {
    assert.match(run.out, new RegExp(`^unreadable a/${name} {2}\\(a link that leads nowhere: \\w+\\)$`, 'm'))
  }
  assert.match(run.out, /^unreadable a\/pipe {2}\(not a file\)$/m)
  const { unchanged, new: added, unreadable } = totals(run.out)
  assert.deepEqual([unchanged, added, unreadable], ['1', '2', '4'])

  for (const name of ['dangling', 'circle', 'later.js', 'pipe']) fs.rmSync(join(a, name))
  write('node_modules/a/later.js', '2')
  const after = await verify([])
  assert.equal(after.code, 0, after.out)
  assert.equal(totals(after.out).unchanged, '4')
})

for (const [signal, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
]) {
  test(`${signal} ends it within a second, in the middle of files, and records nothing`, async () => {
    write('node_modules/0/small', 'done before')
    for (const name of ['a', 'b', 'c', 'd', 'e']) writeHuge(`node_modules/${name}/huge`, 8_000)
    let interruptedAt = 0
    const run = await verify([], (err, child) => {
      if (interruptedAt > 0 || !err.includes('1 of 6 files')) return
      interruptedAt = performance.now()
      child.kill(signal)
    })
    const took = performance.now() - interruptedAt
    assert.equal(run.code, exitCode, run.err)
    assert.ok(took < 1_000, `took ${took} ms`)
    assert.match(
      run.last,
      /^Interrupted after \d+\.\d s: 1 of 6 files hashed, in 1 of 6 packages; nothing was recorded$/,
    )
    assert.match(run.out, /⚠️ verify/)
    assert.equal(totals(run.out).new, '1')
    assert.deepEqual(records(), [])
  })
}

test('an interrupted run leaves the last record as it was', async () => {
  write('node_modules/a/small', 'before')
  assert.equal((await verify([])).code, 0)
  const before = fs.readFileSync(join(cwd, '.verify', records()[0]), 'utf8')
  writeHuge('node_modules/b/huge', 8_000)
  write('node_modules/a/small', 'after')
  const run = await verify(
    [],
    afterListing((child) => child.kill('SIGINT')),
  )
  assert.equal(run.code, 130)
  assert.equal(records().length, 1)
  assert.equal(fs.readFileSync(join(cwd, '.verify', records()[0]), 'utf8'), before)
})

test('a folder that is no good is a clear error', async () => {
  write('file', '')
  const missing = await verify(['nosuch'])
  assert.deepEqual([missing.code, missing.err], [2, 'Cannot verify nosuch: there is no such folder\n'])
  const file = await verify(['file'])
  assert.deepEqual([file.code, file.err], [2, 'Cannot verify file: it is not a folder\n'])
  assert.deepEqual(records(), [])
  fs.mkdirSync(join(cwd, 'empty'))
  const empty = await verify(['empty'])
  assert.deepEqual([empty.code, empty.last], [0, 'No packages found'])
})

test('a damaged record is an error, not a first run', async () => {
  write('node_modules/a/index.js', '')
  assert.equal((await verify([])).code, 0)
  const record = join('.verify', records()[0])
  write(record, '{"version":1,')
  const run = await verify([])
  assert.equal(run.code, 2)
  assert.match(run.err, /^Cannot read the last record .*\.json: .* Delete it to start anew\.\n$/)
  assert.equal(fs.readFileSync(join(cwd, record), 'utf8'), '{"version":1,')
})

test('bad arguments print the usage', async () => {
  for (const args of [['--nope'], ['a', 'b'], ['']]) {
    const { code, out, err } = await verify(args)
    assert.deepEqual([code, out], [2, ''])
    assert.match(err, /\n\nUsage: npm run verify -- \[folder\] \[--all\]\n/)
  }
  const { code, out } = await verify(['--help'])
  assert.equal(code, 0)
  assert.match(out, /^Usage: [\s\S]*Exit code\n {4}0 /)
})
