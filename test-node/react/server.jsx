/** A server renders a component and ends: what the hooks had started would hold its process, or be told. */
import { ScopeProvider, useChannel, useDebouncedTask, useScope, useTask } from 'go-go-scope/react'
import { scope } from 'go-go-scope'
import { version } from 'react'
import { renderToString } from 'react-dom/server'

let started = 0

function Page() {
  const page = useScope({ name: 'page', timeout: 60_000 })
  const user = useTask(() => new Promise(() => started++), [])
  const search = useDebouncedTask((text) => text)
  const { status } = useChannel(undefined)
  return <ScopeProvider scope={page}>{[user.status, search.status, status].join()}</ScopeProvider>
}

const app = scope({ name: 'app' })
const html = renderToString(
  <ScopeProvider scope={app}>
    <Page />
  </ScopeProvider>,
)
const { length } = app.debugTree().split('\n')
process.stdout.write(JSON.stringify({ major: Number.parseInt(version, 10), html, started, scopes: length }))
