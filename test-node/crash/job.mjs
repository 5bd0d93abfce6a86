/** A task that saves in a loop and tells of each save once it is durable. Runs in whatever host has the provider. */
import { scope } from 'go-go-scope'

/** Rows of different length, so that a torn one shows. */
const textOf = (row) => `${row}:`.repeat((row * 37) % 400)

/** Saves one row after another until it is killed, or `until`. `tell` gets what it resumed from, then each saved row. */
export async function job(provider, tell, until = Infinity) {
  await using s = scope({ persistence: { checkpoint: provider } })
  const [error] = await s.resumeTask('job', async ({ checkpoint }) => {
    const { row: from = 0, text = '' } = checkpoint.data ?? {}
    if (text !== textOf(from)) throw new Error(`row ${from} is torn`)
    await tell('resumed', from)
    for (let row = from + 1; row <= until; row++) {
      await checkpoint.save({ row, text: textOf(row) })
      await tell('saved', row)
    }
    throw new Error('enough for now')
  })
  if (error.message !== 'enough for now') await tell('failed', `${error.name}: ${error.message}`)
}
