const load = async (name: string) => `${name}'s data`

// #region show
import { scope } from 'go-go-scope'

{
  await using page = scope({ name: 'page' })
  page.onDispose(() => console.log('page: closed'))

  const sidebar = page.createChild({ name: 'sidebar' })
  sidebar.onDispose(() => console.log('sidebar: closed'))

  const news = sidebar.task(({ signal }) => sidebar.delay(60_000, { signal })) // takes a minute

  const [, user] = await page.task(() => load('Ada'))
  console.log(user, news.status)
}
console.log('everything has ended')
// #endregion show
