/** What imports add to a browser bundle, minified and gzipped. */
import { builtinModules } from 'node:module'
import * as lib from 'go-go-scope'
import { bundled } from '../../.ci/sizes.mjs'
import { root } from '../../.ci/run.mjs'
import { atMost } from '../goals.mjs'

const ours = (...names) => `export { ${names.join(', ')} } from 'go-go-scope'`

/** Modules of Effect, and what is used of each: a bundler leaves out the rest. */
function effect(used) {
  const modules = Object.keys(used).join(', ')
  const names = Object.entries(used).flatMap(([module, all]) => all.map((name) => `${module}.${name}`))
  return `import { ${modules} } from 'effect'; export const used = [${names.join(', ')}]`
}

const pQueue = "export { default } from 'p-queue'"
const running = ['runPromise', 'gen', 'tryPromise']

/** What stands in Effect for the parts that both have. */
const effectScope = effect({
  Effect: [
    ...running,
    ...['scoped', 'acquireRelease', 'forkChild', 'forkScoped', 'forEach', 'raceAllFirst', 'timeout', 'retry', 'cached'],
  ],
  Fiber: ['join', 'interrupt'],
  Schedule: ['exponential', 'recurs', 'spaced'],
  Semaphore: ['make'],
  Queue: ['bounded', 'dropping', 'sliding', 'offer', 'take'],
  PubSub: ['bounded', 'publish', 'subscribe'],
  Pool: ['make', 'get'],
})

/** A table is read faster in thousands of bytes. */
const kilobytes = async (contents) => (await bundled({ contents, resolveDir: root }, builtinModules)) / 1_000

const size = (names, most, peers = {}) => ({
  id: `size-${names[0]}`,
  name: `import { ${names.join(', ')} }`,
  what: `what \`import { ${names.join(', ')} }\` adds to a page, minified and gzipped; what is loaded on first use is not counted`,
  goal: atMost(most, 'kB'),
  unit: 'kB',
  rounds: 1,
  warmUp: 0,
  ways: { 'go-go-scope': ours(...names), ...peers },
  measure: kilobytes,
})

export const rows = [
  size(['scope'], 12, {
    Effect: effectScope,
    effection: "export { run, spawn, race, all, createChannel, useAbortSignal, until, sleep } from 'effection'",
    'p-queue + p-retry + cockatiel + es-toolkit': `
      export { default as PQueue } from 'p-queue'
      export { default as pRetry } from 'p-retry'
      export { circuitBreaker, ConsecutiveBreaker, handleAll } from 'cockatiel'
      export { debounce, memoize, Semaphore, throttle, withTimeout } from 'es-toolkit'`,
  }),
  size(['semaphore'], 1.2, {
    'p-limit': "export { default } from 'p-limit'",
    'p-queue': pQueue,
    'async-sema': "export { Sema } from 'async-sema'",
    'async-mutex': "export { Semaphore } from 'async-mutex'",
    Effect: effect({ Effect: running, Semaphore: ['make'] }),
  }),
  size(['debounce'], 1.2, {
    lodash: "export { default } from 'lodash/debounce.js'",
    'es-toolkit': "export { debounce } from 'es-toolkit'",
  }),
  size(['throttle'], 1.2, {
    lodash: "export { default } from 'lodash/throttle.js'",
    'es-toolkit': "export { throttle } from 'es-toolkit'",
  }),
  size(['channel'], 2, { Effect: effect({ Effect: running, Queue: ['bounded', 'offer', 'take'] }) }),
  size(['broadcast'], 2, { Effect: effect({ Effect: running, PubSub: ['bounded', 'publish', 'subscribe'] }) }),
  size(['poll'], 2, { Effect: effect({ Effect: [...running, 'repeat'], Schedule: ['spaced'] }) }),
  size(['pool'], 3, {
    tarn: "export { Pool } from 'tarn'",
    'generic-pool': "export { default } from 'generic-pool'",
    Effect: effect({ Effect: [...running, 'scoped'], Pool: ['make', 'get'] }),
  }),
  size(['select'], 3),
  // What spawns alone may not be exported by itself.
  size(
    ['createLifetime', 'spawn'].filter((name) => name in lib),
    1.5,
    {
      Effect: effect({ Effect: [...running, 'forkChild'], Fiber: ['join'] }),
    },
  ),
]
