const attempt = (fn: () => unknown) => {
  try {
    fn()
  } catch (error) {
    console.log(String(error))
  }
}
const upload = async () => {}

// #region show
import { scope } from 'go-go-scope'

const s = scope({ name: 'page' })
const limit = 3

// A promise where a function is wanted: its work has begun already.
attempt(() => s.task(upload() as never))

// A limit that is none.
attempt(() => s.semaphore(0))

// A provider that nobody gave.
attempt(() => s.task(upload, { idempotency: { key: 'order 1' } }))

// A function for a worker that uses a variable from around it.
const [err] = await s.task(() => limit * 2, { worker: true })
console.log(String(err))

// Work after the end.
await s[Symbol.asyncDispose]()
attempt(() => s.task(upload))
// #endregion show
