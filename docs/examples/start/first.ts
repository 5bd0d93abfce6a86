import { upstream } from '../upstream.ts'

let calls = 0
await using api = await upstream((_, response) => {
  response.statusCode = ++calls === 1 ? 503 : 200
  response.end('{"name":"Ada"}')
})
const url = `${api.url}/users/1`

// #region show
import { scope } from 'go-go-scope'

{
  await using s = scope({ name: 'profile', timeout: 5_000 })

  const [err, user] = await s.task(
    async ({ signal }) => {
      const response = await fetch(url, { signal })
      if (!response.ok) throw new Error(`HTTP ${response.status}`)
      return response.json()
    },
    { retry: { max: 2, delay: 50 } },
  )

  if (err) console.error('no profile:', err.message)
  else console.log('hello', user.name)
} // here nothing of it runs any more
// #endregion show
