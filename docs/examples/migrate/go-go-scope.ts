const fetchUser = async (id: number, _signal: AbortSignal) => ({
  id,
  name: 'Ada',
})
const charge = async () => 'receipt'

// #region show
import {
  createIdempotencyProvider,
  InMemoryCheckpointProvider,
  isCancelled,
  scope,
  ThrottledError,
} from 'go-go-scope'

await using s = scope({
  name: 'shop',
  timeout: 5_000,
  concurrency: 4,
  // Needed by the tasks that use them: without a provider `idempotency` throws, and there is no `checkpoint`.
  persistence: {
    idempotency: createIdempotencyProvider(),
    checkpoint: new InMemoryCheckpointProvider(),
  },
})

// The same call. `err` is the object that was thrown, or the reason of a cancellation, always an Error.
const [err, user] = await s.task(({ signal }) => fetchUser(1, signal), {
  retry: 'exponential',
  timeout: 1_000,
})
if (err && !isCancelled(err)) console.error(err)
console.log(user?.name)

// A child has no limit of its own unless it asks for one.
const child = s.createChild({ name: 'import', concurrency: 4 })
await child.task(() => charge(), { idempotency: { key: 'order 1' } })

// A throttled call says so.
const save = s.throttle(() => 'saved', { interval: 1_000 })
await save()
const [refused] = await save()
console.log(refused instanceof ThrottledError)

// A permit without a function is a thing of its own.
const sem = s.semaphore(1)
using permit = await sem.acquire()
console.log(sem.available)
// #endregion show
permit.release()
