class Database {
  query(text: string) {
    return `rows of ${text}`
  }
  close() {
    console.log('database closed')
  }
}

// #region show
import { scope } from 'go-go-scope'

{
  await using app = scope({ name: 'app' }).provide(
    'db',
    () => new Database(),
    (db) => db.close(),
  )

  const request = app.createChild({ name: 'request', context: { user: 'ada' } })
  const [, rows] = await request.task(
    ({ services, context }) =>
      `${services.db.query('orders')} for ${context.user}`,
  )
  console.log(rows)
}
// #endregion show
