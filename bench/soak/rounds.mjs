/** One round of everything that a long-lived program does in a scope, over and over. */
import { delay, isCancelled, onSend, scope } from 'go-go-scope'
import { expect } from '../measure.mjs'

const untilAborted = ({ signal }) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))

/** What lives as long as the soak: whatever leaks, leaks into these. */
export function longLived(signal) {
  const s = scope({ name: 'soak', signal, concurrency: 100 })
  return {
    s,
    jobs: s.channel(10),
    news: s.broadcast(),
    permits: s.semaphore(3),
    pool: s.pool({ create: async () => ({}), destroy: async () => {}, max: 3, min: 0 }),
    events: s.eventEmitter(),
    search: s.debounce(async (word) => word, { wait: 1 }),
    save: s.throttle(async (word) => word, { interval: 1 }),
    bucket: s.tokenBucket({ rate: 1_000, interval: 1 }),
  }
}

async function tasks({ s }, round) {
  const fine = await Promise.all([
    ...Array.from({ length: 20 }, (_, n) => s.task(async () => n)),
    ...Array.from({ length: 5 }, () => s.task(() => delay(s, 0), { timeout: 60_000 })),
    s.task(async () => round, { memo: { key: `memo-${round % 5_000}`, ttl: 50 } }),
    s.task(async () => round, { dedupe: 'same' }),
    s.task(async () => round, { dedupe: 'same' }),
  ])
  expect('tasks that succeeded', fine.filter(([error]) => error === undefined).length, fine.length)
  let attempts = 0
  const [error] = await s.task(
    async () => {
      if (++attempts < 3) throw new Error('once more')
    },
    { retry: { max: 5, delay: 0 } },
  )
  expect('error after retries', error, undefined)
  const [late] = await s.task(untilAborted, { timeout: 1 })
  expect('a timeout', late?.name, 'TimeoutError')
}

async function cancellations({ s }) {
  const task = s.task(untilAborted)
  task.cancel()
  const [error] = await task
  expect('cancelled', isCancelled(error), true)
  const child = s.createChild({ timeout: 60_000 })
  const waiting = Array.from({ length: 10 }, () => child.task(untilAborted))
  child.cancel(new Error('enough'))
  await child[Symbol.asyncDispose]()
  expect('reason', (await waiting[9])[0]?.message, 'enough')
  await s.parallel([async () => 1, async () => 2, async () => 3])
  const [, won] = await s.race([async () => 1, untilAborted, untilAborted])
  expect('winner', won, 1)
}

async function coordination({ s, jobs, news, permits, pool, events, bucket }) {
  const sum = s.task(async () => {
    let total = 0
    for (let n = 0; n < 50; n++) total += await jobs.receive()
    return total
  })
  for (let n = 0; n < 50; n++) await jobs.send(n)
  expect('sum', (await sum)[1], 1_225)
  await Promise.all(Array.from({ length: 10 }, () => permits.acquire(() => delay(s, 0))))
  await Promise.all(Array.from({ length: 6 }, async () => pool.release(await pool.acquire())))
  const [subscription, other] = [news.subscribe(), s.channel(1)]
  await news.send('news')
  const read = subscription[Symbol.asyncIterator]()
  expect('news', (await read.next()).value, 'news')
  await read.return?.()
  await s.select([onSend(other, 1, () => 'sent')])
  other.close()
  const off = events.on('tick', () => {})
  events.emit('tick')
  off()
  await bucket.take(1)
}

async function rates({ s, search, save }) {
  for (const word of ['a', 'ab', 'abc']) search(word)
  const [, found] = await search('abcd')
  expect('latest', found, 'abcd')
  save('x')
  const polled = s.poll(
    async () => 1,
    () => {},
    { interval: 1_000 },
  )
  polled.stop()
}

/** Runs a round; throws when anything came out wrong. */
export async function runRound(parts, round) {
  await Promise.all([tasks(parts, round), cancellations(parts), coordination(parts), rates(parts)])
}
