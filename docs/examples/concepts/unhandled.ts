// #region show
import { scope } from 'go-go-scope'

{
  await using s = scope({
    name: 'import',
    onUnhandled: (error, task) =>
      console.log(`nobody looked at ${task.name}: ${error.message}`),
  })

  // Nobody awaits it: the scope does, and tells of its failure once.
  s.task(
    () => {
      throw new Error('disk full')
    },
    { id: 'write-log' },
  )
}
// #endregion show
