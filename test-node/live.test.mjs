/** Runs the live page's command as its users do; what the page itself does is tested in browsers. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from '../.ci/run.mjs'

const program = join(root, 'examples', 'live', 'main.mjs')

/** Starts the program; `onOutput` gets what it has written to stdout so far, and the process. */
async function start(args, onOutput = () => {}) {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk) => onOutput((out += chunk), child))
  child.stderr.on('data', (chunk) => (err += chunk))
  const [code] = await once(child, 'close')
  return { code, out, err }
}

test('it serves the page and its Worker until Ctrl-C, then nothing is left', async () => {
  let answers
  const { code, out, err } = await start(['--port', '0'], (out, child) => {
    const address = out.match(/The live page is at (http:\/\/localhost:\d+\/)\n/)?.[1]
    if (address === undefined || answers !== undefined) return
    const text = async (path) => (await fetch(address + path)).text()
    answers = Promise.all([text(''), text('main.js'), text('api/search?q=zuri')]).finally(() => child.kill('SIGINT'))
  })
  const [page, script, found] = await answers
  assert.match(page, /<title>go-go-scope, live<\/title>/)
  assert.ok(script.length > 1_000)
  assert.match(found, /"name":"Zürich"/)
  assert.equal(code, 130, err)
  assert.equal(err, '')
  await assert.rejects(fetch(out.match(/http:\S+/)[0]))
})

test('a port that is taken is an error that says what to do', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  const { code, err } = await start(['--port', String(port)])
  server.close()
  assert.equal(code, 1)
  assert.match(err, new RegExp(`^Port ${port} is taken. Another one: npm start -- --port ${port + 1}; `))
})

test('arguments that are no good are refused with the usage', async () => {
  for (const args of [['--port', 'x'], ['--port', '65536'], ['--port'], ['extra']]) {
    const { code, err } = await start(args)
    assert.equal(code, 2, args.join(' '))
    assert.match(err, /\n\nUsage: npm start -- \[--port <number>\]\n/)
  }
  const { code, out } = await start(['--help'])
  assert.equal(code, 0)
  assert.match(out, /^Usage: /)
})
