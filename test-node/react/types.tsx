/** What the hooks infer, and what must not compile; compiled with the types of React 18 and 19. */
import { type Channel, isCancelled, type RunContext, type Scope, scope } from 'go-go-scope'
import {
  type ChannelState,
  ScopeProvider,
  type ScopeRef,
  type TaskState,
  useChannel,
  useDebouncedTask,
  useScope,
  useTask,
} from 'go-go-scope/react'

type Equals<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** Compiles only where the two types are the same. */
function same<A, B>(_equal: Equals<A, B>): void {}

class HttpError extends Error {
  readonly status = 500
}

const app = scope().provide('api', { find: async (id: number) => `user ${id}` })

export function Tasks({ id }: { id: number }) {
  const user = useTask(async ({ signal }) => ({ name: `${id}${signal.aborted}` }), [id])
  same<typeof user.status, TaskState<unknown>['status']>(true)
  same<typeof user.value, { name: string } | undefined>(true)
  same<typeof user.error, Error | undefined>(true)
  if (user.status === 'done') same<typeof user.value, { name: string }>(true)
  else same<typeof user.value, undefined>(true)
  if (user.status === 'failed') same<typeof user.error, Error>(true)

  const { status, value } = useTask(() => 1, [], { manual: true })
  if (status === 'done') same<typeof value, number>(true)

  const typed = useTask(() => 1, [], { errorClass: HttpError })
  if (typed.status === 'failed' || typed.status === 'cancelled') same<typeof typed.error, HttpError>(true)

  const served = useTask(({ services }) => services.api.find(id), [id], { scope: app })
  same<typeof served.value, string | undefined>(true)

  // @ts-expect-error dependencies must be said
  useTask(() => 1)
  // @ts-expect-error without a scope that has it, no service is known
  useTask(({ services }) => services.api.find(id), [id])
  return (
    <ScopeProvider scope={app}>
      <button type="button" onClick={user.retry}>
        {user.value?.name}
      </button>
      <button type="button" onClick={user.cancel}>
        {isCancelled(user.error)}
      </button>
    </ScopeProvider>
  )
}

export function Debounced() {
  const search = useDebouncedTask((text: string, { signal }) => [text, signal.aborted], { wait: 100, scope: app })
  same<typeof search.value, (string | boolean)[] | undefined>(true)
  search.run('text')
  // @ts-expect-error what is asked is a string
  search.run(1)
  // @ts-expect-error something must be asked
  search.run()
  const save = useDebouncedTask(() => 1)
  save.run()
  const named = useDebouncedTask(
    async (at: { x: number }, context: RunContext) => at.x + Number(context.signal.aborted),
  )
  same<typeof named.previous, number | undefined>(true)
  // @ts-expect-error the latest wins, always
  useDebouncedTask((text: string) => text, { latest: false })
  return null
}

export function Scopes({ prices }: { prices: Channel<number> }) {
  const s = useScope({ name: 'part' })
  same<typeof s, ScopeRef<{}>>(true)
  same<typeof s.current, Scope<{}>>(true)
  const owned = useScope({ parent: app })
  same<typeof owned.current, typeof app>(true)
  const state = useChannel(prices, { limit: 5 })
  same<typeof state, ChannelState<number>>(true)
  if (state.status === 'failed') same<typeof state.error, Error>(true)
  const none = useChannel<string>(undefined)
  same<typeof none.value, string | undefined>(true)
  return <ScopeProvider scope={s}>{state.values.length}</ScopeProvider>
}
