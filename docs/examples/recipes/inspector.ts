// #region show
import { scope } from 'go-go-scope'
import { inspect } from 'go-go-scope/inspector'

await using s = scope({ name: 'page', concurrency: 1 })
using inspector = inspect(s)

const search = s.createChild({ name: 'search' })
const hits = search.task(({ signal }) => search.delay(60_000, { signal }), {
  id: 'hits',
})
s.task(({ signal }) => s.delay(60_000, { signal }), { id: 'first' })
s.task(() => 'never starts', { id: 'second' })
hits.cancel(new Error('typed on'))

for (const { scopeName, name, status, reason } of inspector.snapshot().tasks) {
  console.log(scopeName, name, status, reason ?? '')
}
// #endregion show
