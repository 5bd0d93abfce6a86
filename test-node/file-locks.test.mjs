/** Real processes with one lock in a folder: never two holders, fences that rise, and none that a dead process keeps. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { FileLockProvider } from 'go-go-scope'
import { node } from '../.ci/run.mjs'

const program = join(import.meta.dirname, 'locks', 'holder.mjs')

/** A folder for one test. */
async function inFolder(fn) {
  const folder = mkdtempSync(join(tmpdir(), 'locks-'))
  try {
    await fn(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const holder = (folder, rounds, ttl) => spawn(node, [program, folder, rounds, ttl], { stdio: 'inherit' })

const linesOf = (folder) =>
  readFileSync(join(folder, 'log'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(' '))

test('processes that share a lock are inside one after another, and fences rise', () =>
  inFolder(async (folder) => {
    const processes = Array.from({ length: 4 }, () => holder(folder, 15, 20_000))
    for (const [code] of await Promise.all(processes.map((each) => once(each, 'exit')))) assert.equal(code, 0)
    const lines = linesOf(folder)
    assert.equal(lines.length, 4 * 15 * 2)
    let last = 0
    for (let at = 0; at < lines.length; at += 2) {
      const [[enters, fence, by], [leaves, same, also]] = lines.slice(at, at + 2)
      assert.deepEqual([enters, leaves, same, also], ['in', 'out', fence, by])
      assert.ok(Number(fence) > last, `${fence} after ${last}`)
      last = Number(fence)
    }
  }))

test('the lock of a process that was killed is free when its time is over', () =>
  inFolder(async (folder) => {
    const victim = holder(folder, 1_000_000, 1_500)
    while (!readdirSync(folder).includes('log') || linesOf(folder).length < 5) {
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    victim.kill('SIGKILL')
    await once(victim, 'exit')
    rmSync(join(folder, 'inside'), { recursive: true, force: true })
    const heir = holder(folder, 3, 1_500)
    assert.deepEqual(await once(heir, 'exit'), [0, null])
    const fences = linesOf(folder)
      .filter(([word]) => word === 'in')
      .map(([, fence]) => Number(fence))
    assert.ok(
      fences.every((fence, at) => at === 0 || fence > fences[at - 1]),
      `${fences}`,
    )
  }))

test('a damaged file keeps everybody out, and is named', () =>
  inFolder(async (folder) => {
    const provider = new FileLockProvider(folder)
    await (await provider.acquire('k', 1_000)).release()
    const [shelf] = readdirSync(folder)
    writeFileSync(join(folder, shelf, '1'), '{"own')
    await assert.rejects(provider.acquire('k', 1_000), /Lock file .*1 is damaged/)
  }))

test('where the folder cannot be made, the error says why', () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'file'), '')
    await assert.rejects(new FileLockProvider(join(folder, 'file', 'locks')).acquire('k', 1_000), /ENOTDIR|EEXIST/)
  }))
