import { setTimeout as sleep } from 'node:timers/promises'

// #region show
import { scope } from 'go-go-scope'

const step = (text: string) => () => console.log(text)

{
  await using parent = scope({
    name: 'parent',
    hooks: {
      onCancel: step('1  onCancel, in the turn of the end'),
      beforeDispose: step('2  beforeDispose'),
      afterDispose: step('8  afterDispose'),
    },
  })
  parent.onDispose(step('7  first cleanup of the parent'))

  const older = parent.createChild({ name: 'older' })
  older.onDispose(step('5  cleanup of the older child'))
  const newer = parent.createChild({ name: 'newer' })
  newer.onDispose(step('4  cleanup of the newer child'))

  parent.onDispose(step('6  last cleanup of the parent'))

  parent.task(async ({ signal }) => {
    await sleep(60_000, undefined, { signal }).catch(() => sleep(10))
    console.log('3  the body has ended')
  })
}
// #endregion show
