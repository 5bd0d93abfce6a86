// #region show
import { scoped } from 'go-go-scope'

interface Env {
  readonly UPSTREAM: string
}

export default {
  fetch: scoped(
    async (s, request: Request, env: Env) => {
      const { pathname } = new URL(request.url)

      const [[userError, user], [postsError, posts]] = await s.parallel(
        [
          async ({ signal }) =>
            (await fetch(`${env.UPSTREAM}/user${pathname}`, { signal })).json(),
          async ({ signal }) =>
            (
              await fetch(`${env.UPSTREAM}/posts${pathname}`, { signal })
            ).json(),
        ],
        { continueOnError: true },
      )

      if (userError) throw userError
      return Response.json({ user, posts: postsError ? [] : posts })
    },
    { timeout: 2_000 },
  ),
}
// #endregion show
