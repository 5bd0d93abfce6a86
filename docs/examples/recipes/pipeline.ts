import assert from 'node:assert/strict'

const files = Array.from({ length: 20 }, (_, at) => `file-${at}`)
const read = async (file: string) => `text of ${file}`
const index = async (text: string) => text.length
const stored: number[] = []
const store = async (sizes: readonly number[]) => void stored.push(...sizes)

// #region show
import { scope } from 'go-go-scope'

export async function indexFiles(files: readonly string[]) {
  await using s = scope({ name: 'index', failFast: true })

  const names = s.channel<string>(8)
  const texts = s.channel<string>(8)
  const writer = s.batch<number>({
    size: 10,
    timeout: 100,
    process: (sizes) => store(sizes),
  })

  s.task(async () => {
    for (const file of files) await names.send(file) // waits when the readers are behind
    names.close()
  })

  const readers = Array.from({ length: 3 }, () =>
    s.task(async () => {
      for await (const name of names) await texts.send(await read(name))
    }),
  )
  s.task(async () => {
    await Promise.all(readers)
    texts.close()
  })

  for await (const text of texts) {
    const size = await index(text)
    s.task(() => writer.add(size))
  }
  await writer.flush()
}
// #endregion show

await indexFiles(files)
assert.equal(stored.length, 20)
