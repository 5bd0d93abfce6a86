/** The example of a Worker, as it is deployed: alone, and with Hono. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { root, run } from '../.ci/run.mjs'
import { bundle, configurations, deploy, json, quiet, startUpstream, until } from './requests/setup.mjs'

const entries = ['index.ts', 'hono.ts']
const scripts = {}
before(async () => {
  for (const entry of entries) scripts[entry] = await bundle(`example/${entry}`)
})

/** Wrangler's file, whose comments have lines of their own. */
const deployment = JSON.parse(
  readFileSync(join(root, 'examples', 'worker', 'wrangler.jsonc'), 'utf8').replaceAll(/^ *\/\/.*$/gm, ''),
)

/** What miniflare wants of it. */
function settings({ compatibilityFlags, ...rest }) {
  const durableObjects = Object.fromEntries(
    deployment.durable_objects.bindings.map(({ name, class_name: className }) => [
      name,
      { className, useSQLite: true },
    ]),
  )
  return {
    compatibilityFlags: [...new Set([...deployment.compatibility_flags, ...compatibilityFlags])],
    durableObjects,
    ...rest,
  }
}

function deployed(title, fn) {
  const one = (t, entry, configuration) =>
    t.test(`${entry}, ${configuration.compatibilityDate}`, async (each) => {
      const upstream = await startUpstream(each)
      const options = settings(configuration)
      const worker = await deploy(each, scripts[entry], { ...options, bindings: { UPSTREAM: upstream.url } })
      await fn({ ...worker, upstream })
      await until(() => upstream.open.size === 0, 'the upstream to be left')
    })
  test(title, { concurrency: 2 }, (t) => Promise.all(entries.map((entry, at) => one(t, entry, configurations[at]))))
}

const pages = (upstream, all) =>
  upstream.answers.set('/cities', (response, url) => json(all[Number(url.searchParams.get('page'))] ?? [])(response))

test('it compiles with the types of the platform', async () => {
  const { code, output } = await run('tsc', ['-p', 'examples/worker'])
  assert.equal(code, 0, output)
})

test('the manifest deploys what there is', () => {
  assert.equal(deployment.main, 'index.ts')
  assert.deepEqual(deployment.migrations[0].new_sqlite_classes, ['Gate', 'Importer'])
})

deployed(
  'asks two upstreams at once, again where that helps, and tells a third afterwards',
  async ({ ask, upstream }) => {
    const waiting = []
    let refused = 0
    upstream.answers.set('/weather/1', (response) => {
      if (refused++ === 0) return json({}, 503)(response)
      waiting.push(() => json({ sun: true })(response))
    })
    upstream.answers.set('/air/1', (response) => waiting.push(() => json({ clean: true })(response)))
    upstream.answers.set('/seen/1', json({}))
    const answer = ask('/cities/1')
    await until(() => waiting.length === 2, 'both to be asked')
    for (const go of waiting) go()
    assert.deepEqual(await (await answer).json(), { id: '1', weather: { sun: true }, air: { clean: true } })
    await until(() => upstream.asked.includes('/seen/1'), 'the third')
  },
)

deployed('answers without what is nice to have, and not without what it needs', async ({ ask, upstream }) => {
  upstream.answers.set('/seen/2', json({}))
  upstream.answers.set('/weather/2', json({ sun: false }))
  upstream.answers.set('/air/2', json({}, 404))
  assert.deepEqual(await (await ask('/cities/2')).json(), { id: '2', weather: { sun: false }, air: null })
  upstream.answers.set('/weather/3', json({}, 404))
  assert.equal((await ask('/cities/3')).status, 404) // while /air/3 never answers
})

deployed('a slow upstream becomes a 504', async ({ ask, upstream }) => {
  const response = await ask('/cities/4') // nothing ever answers
  assert.deepEqual([response.status, await response.text()], [504, 'The request took too long'])
  assert.ok(upstream.asked.filter((path) => path === '/weather/4').length > 1)
})

deployed('an upstream that is down is left alone, by everybody', async ({ ask, upstream }) => {
  upstream.answers.set('*', json({}, 500))
  const first = await Promise.all([1, 2, 3].map((id) => ask(`/cities/${id}`)))
  assert.ok(first.every(({ status }) => status === 502 || status === 503))
  const asked = upstream.asked.length
  const response = await ask('/cities/9')
  assert.equal(response.status, 503)
  assert.match(response.headers.get('retry-after'), /^\d+$/)
  assert.equal(upstream.asked.length, asked)
})

deployed('streams a long answer, page by page', async ({ ask, upstream }) => {
  pages(upstream, [[{ id: 'a' }, { id: 'b' }], [{ id: 'c' }]])
  const response = await ask('/cities')
  assert.equal(response.headers.get('content-type'), 'application/x-ndjson')
  assert.equal(await response.text(), '{"id":"a"}\n{"id":"b"}\n{"id":"c"}\n')
})

deployed('a reader who leaves amid it stops the fetching', async ({ leaver, upstream }) => {
  upstream.answers.set('/cities', (response, url) => {
    if (url.searchParams.get('page') === '0') json([{ id: 'a' }])(response) // the next page never comes
  })
  const { response, leave } = leaver('/cities')
  const message = await response
  await new Promise((resolve) => message.once('data', resolve))
  await until(() => upstream.asked.length === 2, 'the second page to be asked for')
  leave()
  await quiet(upstream)
  assert.ok(upstream.asked.length < 4, `${upstream.asked}`) // else it was asked again and again
})

deployed(
  'a client who leaves before the answer stops both questions, beyond the gate',
  async ({ leaver, upstream }) => {
    const { leave } = leaver('/cities/5')
    await until(() => upstream.open.size === 2, 'both to be asked')
    leave()
    await quiet(upstream)
    assert.ok(upstream.asked.length < 6, `${upstream.asked}`) // else each was asked three times
  },
)

deployed('an import goes on where it was left, and one runs at a time', async ({ ask, leaver, upstream }) => {
  const all = ['a', 'b', 'c', 'd'].map((id) => [{ id }])
  let stuck = 2
  upstream.answers.set('/cities', (response, url) => {
    const page = Number(url.searchParams.get('page'))
    if (page !== stuck) json(all[page] ?? [])(response)
  })
  const post = (id) => ask(`/imports/${id}`, { method: 'POST' })
  const { leave } = leaver('/imports/one', 'POST')
  await until(() => upstream.open.size === 1 && upstream.asked.at(-1).endsWith('page=2'), 'the third page')
  assert.equal((await post('one')).status, 409)
  leave()
  await quiet(upstream)
  stuck = -1
  let answer
  await until(async () => (answer = await post('one')).status !== 409, 'the lock')
  assert.deepEqual(await answer.json(), { cities: 4, resumedAt: 2 })
  assert.deepEqual(await (await post('two')).json(), { cities: 4, resumedAt: 0 })
})
