// #region show
import { isCancelled, scope, TimeoutError, UnknownError } from 'go-go-scope'

class NotFound extends Error {
  readonly _tag = 'NotFound'
}

await using s = scope({ name: 'results' })

const [missing] = await s.task(() => {
  throw new NotFound('no such user')
})
console.log(missing instanceof NotFound, isCancelled(missing))

const [odd] = await s.task(() => Promise.reject('a string'))
console.log(odd instanceof UnknownError, odd?.cause)

const [slow] = await s.task(({ signal }) => s.delay(60_000, { signal }), {
  id: 'slow',
  timeout: 10,
})
console.log(slow instanceof TimeoutError, slow?.message, isCancelled(slow))

const task = s.task(({ signal }) => s.delay(60_000, { signal }))
task.cancel(new Error('changed my mind'))
const [cancelled] = await task
console.log(cancelled?.message, isCancelled(cancelled))
// #endregion show
