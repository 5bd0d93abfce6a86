/** The same 10,000 tasks in sequence with other libraries, each beside the bare language. */
import { run, spawn, until } from 'effection'
import pLimit from 'p-limit'
import { scope } from 'go-go-scope'
import { bare, body, compare, elapsed, report } from './measure.mjs'

const count = 10_000
const many = (once) =>
  elapsed(async () => {
    for (let i = 0; i < count; i++) await once()
  })

const bareCalls = () => many(() => bare(body))

async function tasks(options) {
  const s = scope(options)
  const time = await many(() => s.task(body))
  await s[Symbol.asyncDispose]()
  return time
}

function limited() {
  const limit = pLimit(10)
  return many(() => limit(body))
}

const effection = () =>
  elapsed(() =>
    run(function* () {
      for (let i = 0; i < count; i++) yield* yield* spawn(() => until(body()))
    }),
  )

report(
  await compare('peers: scope.task', () => tasks(), bareCalls),
  await compare('peers: scope.task, concurrency 10', () => tasks({ concurrency: 10 }), bareCalls),
  await compare('peers: p-limit, concurrency 10', limited, bareCalls),
  await compare('peers: effection, spawn and join', effection, bareCalls),
)
