import type { Page, Source } from './page.ts'

// #region show
export async function loadPage(
  source: Source,
  outer: AbortSignal,
): Promise<Page> {
  const controller = new AbortController()
  const onAbort = () => controller.abort(outer.reason)
  if (outer.aborted) onAbort()
  else outer.addEventListener('abort', onAbort)
  const timer = setTimeout(() => controller.abort(new Error('timeout')), 5_000)

  try {
    const { signal } = controller
    const [user, posts] = await Promise.all([
      source.user(signal),
      source.posts(signal),
    ])
    return { user, posts }
  } catch (error) {
    // The one that has not failed goes on, unless somebody thinks of this line. Nobody waits for it.
    controller.abort(error)
    throw error
  } finally {
    clearTimeout(timer)
    outer.removeEventListener('abort', onAbort)
  }
}
// #endregion show
