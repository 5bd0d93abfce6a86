// #region show
import { scope } from 'npm:go-go-scope'

const urls = Deno.args

await using s = scope({ name: 'links', concurrency: 4, gracefulShutdown: true })

const results = await s.parallel(
  urls.map((url) => async ({ signal }) => {
    const response = await fetch(url, { method: 'HEAD', signal })
    if (!response.ok) throw new Error(`HTTP ${response.status}`)
  }),
  {
    continueOnError: true,
    onProgress: (done, total) => console.error(`${done} of ${total}`),
  },
)

for (const [at, [err]] of results.entries())
  console.log(err ? '✖' : '✔', urls[at], err?.message ?? '')
if (results.some(([err]) => err)) Deno.exitCode = 1
// #endregion show
