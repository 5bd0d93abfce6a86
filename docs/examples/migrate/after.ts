import type { Page, Source } from './page.ts'

// #region show
import { scope } from 'go-go-scope'

export async function loadPage(
  source: Source,
  outer: AbortSignal,
): Promise<Page> {
  await using s = scope({ signal: outer, timeout: 5_000, failFast: true })
  const user = s.task(({ signal }) => source.user(signal))
  const posts = s.task(({ signal }) => source.posts(signal))

  const [userError, name] = await user
  if (userError) throw userError
  const [postsError, titles] = await posts
  if (postsError) throw postsError
  return { user: name, posts: titles }
}
// #endregion show
