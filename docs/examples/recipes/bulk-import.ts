import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'bulk-import-'))
const rows = Array.from({ length: 1_000 }, (_, id) => ({ id }))
type Row = (typeof rows)[number]
const written = new Set<number>()
const write = async (batch: readonly Row[]) => {
  for (const { id } of batch) written.add(id)
}

// #region show
import { FileCheckpointProvider, scope } from 'go-go-scope'

interface Progress {
  readonly next: number
}

export async function importRows(rows: readonly Row[], signal?: AbortSignal) {
  await using s = scope({
    name: 'import',
    ...(signal && { signal }),
    persistence: { checkpoint: new FileCheckpointProvider(folder) },
    gracefulShutdown: true,
  })

  return await s.task(
    async ({ checkpoint, progress, signal }) => {
      let next = (checkpoint?.data as Progress | undefined)?.next ?? 0
      while (next < rows.length) {
        signal.throwIfAborted()
        await write(rows.slice(next, next + 100))
        next += 100
        await checkpoint?.save({ next } satisfies Progress)
        progress.update((next / rows.length) * 100)
      }
      return next
    },
    {
      id: 'import-2026-11',
      checkpoint: {
        onResume: ({ sequence }) =>
          console.log('going on after checkpoint', sequence),
      },
    },
  )
}
// #endregion show

// The process "dies" after 300 rows, and starts again.
const end = new AbortController()
const first = importRows(
  new Proxy(rows, {
    get: (target, key) => {
      if (written.size === 300) end.abort(new Error('killed'))
      return Reflect.get(target, key)
    },
  }),
  end.signal,
)
assert.equal((await first)[0]?.message, 'killed')
const before = written.size
assert.ok(before >= 300 && before < rows.length)
const [err, count] = await importRows(rows)
assert.equal(err, undefined)
assert.equal(count, 1_000)
assert.equal(written.size, 1_000)
