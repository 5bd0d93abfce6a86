/** A disk that is really full: an error that says so, and the last good record intact. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { FileCheckpointProvider, ProviderError } from 'go-go-scope'

/** A file system of 1 MB in memory; `undefined` where this process may not mount one. */
function smallDisk(t) {
  const folder = mkdtempSync(join(tmpdir(), 'go-go-scope-disk-'))
  let mounted = false
  t.after(() => {
    if (mounted) execFileSync('umount', [folder])
    rmSync(folder, { recursive: true, force: true })
  })
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' })
    mounted = true
  } catch {
    return undefined
  }
  return folder
}

const record = (sequence, data) => ({ id: `job-${sequence}`, taskId: 'job', sequence, timestamp: 0, progress: 0, data })

test('a full disk is an error, and loses nothing', async (t) => {
  const folder = smallDisk(t)
  if (folder === undefined) return t.skip('mounting a small disk is not allowed here')
  const provider = new FileCheckpointProvider(join(folder, 'checkpoints'))
  await provider.save(record(1, 'good'))
  const filler = join(folder, 'filler')
  assert.throws(() => writeFileSync(filler, Buffer.alloc(2 ** 21)), { code: 'ENOSPC' })
  const error = await provider.save(record(2, 'x'.repeat(100_000))).catch((thrown) => thrown)
  assert.ok(error instanceof ProviderError, String(error))
  assert.equal(error.cause.code, 'ENOSPC')
  assert.equal((await provider.load('job-1')).data, 'good')
  assert.equal(await provider.load('job-2'), undefined)
  rmSync(filler)
  await provider.save(record(2, 'again'))
  assert.equal((await provider.load('job-2')).data, 'again')
  assert.deepEqual(
    (await provider.list('job')).map(({ sequence }) => sequence),
    [1, 2],
  )
})
