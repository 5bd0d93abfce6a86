import { virtualTime } from 'go-go-scope/testing'

using clock = virtualTime()
const unsteady = [new Error('one'), new Error('two'), undefined]

// #region show
import { scope } from 'go-go-scope'

const s = scope({
  name: 'client',
  concurrency: 2,
  hooks: {
    beforeTask: (name) => console.log(`${name} has its permit`),
    afterTask: (name, ms, error) =>
      console.log(`${name} ended after ${ms} ms, ${error ?? 'well'}`),
  },
})

const ask = () =>
  s.task(
    ({ attempt }) => {
      console.log(`attempt ${attempt}`)
      const trouble = unsteady[attempt - 1]
      if (trouble) throw trouble
      return 42
    },
    {
      id: 'answer',
      memo: { key: 'answer', ttl: 60_000 },
      timeout: 5_000,
      retry: { max: 3, delay: 100, attemptTimeout: 1_000 },
      circuitBreaker: { failureThreshold: 5 },
    },
  )

const first = ask()
await clock.advance(200)
console.log('first:', (await first)[1])
console.log('from memory:', (await ask())[1])
// #endregion show
await s[Symbol.asyncDispose]()
