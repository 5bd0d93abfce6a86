/**
 * Checkpoint saves beside write-file-atomic, at equal durability: when either resolves, the bytes and the entry in the folder are
 * on the disk. write-file-atomic flushes its file and not the folder, which is done after it here.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCheckpointContext, FileCheckpointProvider } from 'go-go-scope'
import writeFileAtomic from 'write-file-atomic'

const folder = mkdtempSync(join(tmpdir(), 'bench-'))

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

function ours() {
  const provider = new FileCheckpointProvider(folder)
  const context = createCheckpointContext('bench', provider, { maxCheckpoints: 2 })
  return { save: (state) => context.save(state), load: async () => (await provider.loadLatest('bench')).data }
}

function atomic() {
  const path = join(folder, 'state.json')
  return {
    async save(state) {
      await writeFileAtomic(path, JSON.stringify(state))
      await flush(folder)
    },
    load: async () => JSON.parse(await readFile(path, 'utf8')),
  }
}

const latestIsThere = {
  breaks: 'what was saved last is not there',
  async keeps({ save, load }) {
    for (let at = 0; at < 3; at++) await save(stateOf(1)(at))
    return (await load()).processed === 2
  },
}

const row = {
  each: 40,
  rounds: 11,
  ways: { 'go-go-scope': ours(), 'write-file-atomic': atomic() },
  promises: [latestIsThere],
}

const saving = (rows) => async (way, count) => {
  const state = stateOf(rows)
  for (let at = 0; at < count; at++) await way.save(state(at))
}

export const rows = [
  {
    ...row,
    id: 'checkpoint-60b',
    name: 'a checkpoint of 60 B',
    what: 'saves to a file, one after another, each durable with its folder; ours keeps the record before, numbered and with a checksum',
    work: saving(1),
  },
  {
    ...row,
    id: 'checkpoint-40kb',
    name: 'a checkpoint of 40 kB',
    what: 'saves to a file, one after another, each durable with its folder; ours keeps the record before, numbered and with a checksum',
    work: saving(1_000),
  },
]

export const end = () => rmSync(folder, { recursive: true })
