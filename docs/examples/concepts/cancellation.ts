import { virtualTime } from 'go-go-scope/testing'

using clock = virtualTime()
const wait = (signal: AbortSignal) =>
  new Promise<never>((_, fail) =>
    signal.addEventListener('abort', () => fail(signal.reason)),
  )

const run = async () => {
  // #region show
  const s = scope({ name: 'page', timeout: 1_000, concurrency: 1 })
  const child = s.createChild({ name: 'panel' })
  const ch = child.channel<string>()

  const running = s.task(({ signal }) => wait(signal))
  const queued = s.task(() => 'never starts')
  const received = ch.receive().catch((reason) => reason)

  // One second later, in one turn:
  await s.delay(2_000).catch((reason) => console.log('delay:', reason.message))
  console.log('running:', (await running)[0]?.message)
  console.log('queued:', (await queued)[0]?.message, queued.status)
  console.log('channel of the child:', (await received).message)
  // #endregion show
  await s[Symbol.asyncDispose]()
}

import { scope } from 'go-go-scope'

const done = run()
await clock.advance(1_000)
await done
