/**
 * Checkpoint saves beside write-file-atomic, at equal durability: when either resolves, the bytes and the entry in the folder are
 * on the disk. write-file-atomic flushes its file and not the folder, which is done after it here.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCheckpointContext, FileCheckpointProvider } from 'go-go-scope'
import writeFileAtomic from 'write-file-atomic'
import { compare, elapsed } from './measure.mjs'

const folder = mkdtempSync(join(tmpdir(), 'bench-'))
const saves = 50

async function flush(path) {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** The state of a job: so many rows done, with what was found in each. */
const stateOf = (rows) => (at) => ({
  processed: at,
  found: Array.from({ length: rows }, (_, row) => ({ row, name: `row ${row} of ${at}` })),
})

const context = createCheckpointContext('bench', new FileCheckpointProvider(folder), { maxCheckpoints: 2 })

function ours(state) {
  return () =>
    elapsed(async () => {
      for (let at = 0; at < saves; at++) await context.save(state(at))
    })
}

function other(state) {
  const path = join(folder, 'state.json')
  return () =>
    elapsed(async () => {
      for (let at = 0; at < saves; at++) {
        await writeFileAtomic(path, JSON.stringify(state(at)))
        await flush(folder)
      }
    })
}

const learned =
  'it keeps the records before, each with a number and a checksum, and so lists the folder and deletes one at each save'
const rows = []
for (const [size, count] of [
  ['60 B', 1],
  ['40 kB', 1_000],
]) {
  const state = stateOf(count)
  const options = { beside: 'write-file-atomic + flushed folder', rounds: 11, each: saves, learned }
  rows.push(await compare(`checkpoint save, ${size}`, ours(state), other(state), options))
}
rmSync(folder, { recursive: true })
process.send(rows)
