/** Requests of a Worker in scopes, in workerd itself: however one ends, its work ends, and nobody else's. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { bundle, configurations, deploy, meddling, startUpstream, until } from './requests/setup.mjs'

/** One Worker, with its upstream, for each kind of workerd. */
const workers = new Map()
const ends = []
after(() => Promise.all(ends.map((end) => end())))
before(async () => {
  const script = await bundle('test/probe.mjs')
  const owner = { after: (end) => ends.push(end) }
  for (const configuration of configurations) {
    const upstream = await startUpstream(owner)
    const worker = await deploy(owner, script, { ...configuration, bindings: { UPSTREAM: upstream.url } })
    workers.set(configuration, { ...worker, upstream })
  }
})

/** Registers a test of both kinds of workerd; it gets the Worker and its upstream as if they were new. */
function inWorkerd(title, fn) {
  const one = (t, configuration) =>
    t.test(configuration.compatibilityDate, async () => {
      const { upstream, ...worker } = workers.get(configuration)
      upstream.reset()
      worker.lines.length = 0
      await worker.json('/seen')
      const notes = []
      /** Waits until the Worker has noted this often what is said. */
      const noted = (text, times = 1) =>
        until(async () => {
          notes.push(...(await worker.json('/seen')))
          return notes.filter((note) => note === text).length >= times
        }, text)
      await fn({ ...worker, upstream, notes, noted })
    })
  test(title, { concurrency: 2 }, (t) => Promise.all(configurations.map((each) => one(t, each))))
}

const times = (text, part) => text.split(part).length - 1

inWorkerd('a response comes as it was, and the scope ends', async ({ ask, noted, lines }) => {
  const response = await ask('/plain')
  assert.deepEqual([response.status, response.headers.get('x-own'), await response.text()], [200, 'yes', 'plain'])
  await noted('scope ended')
  assert.equal(await (await ask('/gzip')).text(), '1\n2\n3\n')
  assert.deepEqual(lines, [])
})

inWorkerd('a client that leaves before the headers cancels the work', async ({ leaver, noted, ask, lines }) => {
  const { leave } = leaver('/hangs')
  await ask('/plain') // by now the other one is there
  await noted('scope ended')
  leave()
  await noted('body aborted: AbortError')
  await noted('scope ended', 2)
  assert.deepEqual(lines, []) // that is no error
})

inWorkerd('a client that leaves amid the body cancels its source', async ({ leaver, noted, lines }) => {
  const { response, leave } = leaver('/streams')
  const message = await response
  await new Promise((resolve) => message.once('data', resolve))
  leave()
  await noted('source cancelled: AbortError')
  await noted('scope ended')
  assert.deepEqual(lines, [])
})

inWorkerd('what takes too long is a 504, whoever says so', async ({ ask, upstream, noted, lines }) => {
  const slow = encodeURIComponent(`${upstream.url}/never`)
  for (const path of ['/late', '/ignores', `/platform?url=${slow}`]) {
    const response = await ask(path)
    assert.deepEqual([response.status, await response.text()], [504, 'The request took too long'], path)
  }
  await noted('scope ended', 3)
  await until(() => upstream.open.size === 0, 'the upstream to be left')
  assert.doesNotMatch(lines.join(''), /Uncaught/)
})

inWorkerd('an exception is a 500, and told once', async ({ ask, noted, lines }) => {
  assert.equal((await ask('/throws')).status, 500)
  await noted('scope ended')
  await until(() => lines.length > 0, 'a line')
  for (const _ of [1, 2]) await ask('/plain') // and nothing more comes
  assert.equal(times(lines.join(''), 'thrown by the handler'), 1)
})

inWorkerd('a body that breaks is told once', async ({ ask, noted, lines }) => {
  const response = await ask('/breaks')
  assert.equal(response.status, 200)
  assert.match(await response.text().catch(() => '1\n2\n'), /^1\n2\n$/)
  await noted('scope ended')
  await until(() => lines.length > 0, 'a line')
  for (const _ of [1, 2]) await ask('/plain') // and nothing more comes
  assert.equal(times(lines.join(''), 'broken amid the body'), 1)
})

inWorkerd('what goes wrong afterwards is told once, and the response is whole', async ({ ask, noted, lines }) => {
  for (const path of ['/cleanup', '/unseen']) assert.equal(await (await ask(path)).text(), 'fine')
  await noted('scope ended', 2)
  const told = ['a failure that nobody looked at', 'thrown by a cleanup']
  await until(() => told.every((each) => lines.join('').includes(each)), 'both to be told')
  for (const _ of [1, 2]) await ask('/plain') // and nothing more comes
  for (const each of told) assert.equal(times(lines.join(''), each), 1)
})

inWorkerd('HEAD ends the scope at once, and tells the source', async ({ ask, noted }) => {
  const response = await ask('/streams', { method: 'HEAD' })
  assert.equal(response.status, 200)
  await noted('source cancelled: undefined')
  await noted('scope ended')
})

inWorkerd('shielded work outlives the response, other work does not', async ({ ask, noted, notes }) => {
  assert.equal(await (await ask('/background')).text(), 'fine')
  await noted('scope ended')
  assert.deepEqual(notes, ['plain work was cancelled', 'shielded work is done', 'scope ended'])
})

inWorkerd('a WebSocket works, and the scope ends with the handler', async ({ url, noted }) => {
  const socket = new WebSocket(new URL('/socket', url).href.replace('http', 'ws'))
  await new Promise((resolve, reject) => {
    socket.onopen = resolve
    socket.onerror = reject
  })
  await noted('scope ended')
  const echoed = new Promise((resolve) => (socket.onmessage = ({ data }) => resolve(data)))
  socket.send('hello')
  assert.equal(await echoed, 'echo of hello')
  socket.close()
})

inWorkerd('1 000 overlapping requests do not meet', async ({ ask, upstream, noted, lines }) => {
  const ids = Array.from({ length: 1_000 }, (_, id) => id)
  const held = []
  upstream.answers.set('*', (response, { pathname }) => {
    held.push(() => response.end(pathname.split('/').at(-1)))
    if (held.length === ids.length) for (const answer of held) answer() // not one before all are there
  })
  const answers = await Promise.all(ids.map(async (id) => (await ask(`/crowd?id=${id}`)).text()))
  assert.deepEqual(
    answers,
    ids.map((id) => `${id} 12`),
  )
  await noted('scope ended', 1_000)
  assert.equal(upstream.left, 0)
  assert.doesNotMatch(lines.join(''), meddling)
})

inWorkerd('a scope outside of requests is refused, and told where it belongs', async ({ ask }) => {
  assert.match(await (await ask('/global')).text(), /make it in the handler, or use scoped/)
})

inWorkerd('that would be seen: workerd tells of requests that meddle, and of one that hangs', async (worker) => {
  const { ask, upstream, lines } = worker
  upstream.answers.set('*', (response) => response.end('kept'))
  assert.equal((await ask('/meddle')).status, 200)
  for (const path of ['/meddle', '/stuck']) {
    assert.equal((await ask(path)).status, 500, path)
    await until(() => meddling.test(lines.splice(0).join('')), path)
  }
})
