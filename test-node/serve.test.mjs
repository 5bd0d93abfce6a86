/** Requests in scopes, in the servers of Deno and Bun. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { root } from '../.ci/run.mjs'

const bin = (name) => join(root, 'node_modules', '.bin', name)
const servers = {
  deno: [bin('deno'), 'run', '--no-prompt', '--allow-net=127.0.0.1'],
  bun: [bin('bun'), 'run'],
}

/** Starts a server that ends with the test. */
async function serve(t, [command, ...args]) {
  const child = spawn(command, [...args, 'test-node/serve/server.mjs'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.after(() => child.kill('SIGKILL'))
  const told = { out: '', err: '' }
  child.stdout.on('data', (chunk) => (told.out += chunk))
  child.stderr.on('data', (chunk) => (told.err += chunk))
  const tells = async (line, times = 1) => {
    for (const end = performance.now() + 20_000; told.out.split(`${line}\n`).length <= times; await delay(10))
      if (performance.now() > end) throw new Error(`waited in vain for ${line}, got:\n${told.out}${told.err}`)
  }
  await tells('', 1)
  const [, port] = /^port (\d+)$/m.exec(told.out)
  const ask = (path, method = 'GET') => {
    const request = httpRequest({ port, path, method, host: '127.0.0.1', agent: false })
    request.on('error', () => {}) // of one that leaves
    request.end()
    return { request, response: once(request, 'response').then(([response]) => response) }
  }
  return { told, tells, ask }
}

for (const [name, command] of Object.entries(servers))
  test(`${name}: however a request ends, its scope does`, async (t) => {
    const { told, tells, ask } = await serve(t, command)
    const plain = await ask('/plain').response
    assert.equal(Buffer.concat(await plain.toArray()).toString(), 'plain')
    await tells('scope ended')

    const late = await ask('/late').response
    assert.equal(late.statusCode, 504)
    late.resume()
    await tells('scope ended', 2)

    const head = await ask('/streams', 'HEAD').response
    assert.equal(head.statusCode, 200)
    head.resume()
    await tells('source cancelled')
    await tells('scope ended', 3)

    const { request, response } = ask('/hangs')
    response.catch(() => {})
    await tells('body started')
    request.destroy()
    await tells('body aborted')
    await tells('scope ended', 4)
    assert.doesNotMatch(told.err, /AbortError/) // a client that leaves is no error

    const stream = ask('/streams')
    await once(await stream.response, 'data')
    stream.request.destroy()
    await tells('source cancelled', 2)
    await tells('scope ended', 5)
  })
