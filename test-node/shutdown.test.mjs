/** Sends real signals to real processes, in every server runtime: they finish their work and end by themselves. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { node, root } from '../.ci/run.mjs'

const folder = mkdtempSync(join(tmpdir(), 'go-go-scope-shutdown-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const bin = (name) => join(root, 'node_modules', '.bin', name)
const runtimes = [
  { name: 'node', command: node, args: [] },
  { name: 'deno', command: bin('deno'), args: ['run', '--no-prompt', '--allow-read'] },
  { name: 'bun', command: bin('bun'), args: ['run'] },
]

/** Starts a script, sends it the signals, one for each line `ready`, and resolves to how it ended. */
function tell({ name, command, args }, script, signals) {
  const file = join(folder, `${name}.mjs`)
  const entry = JSON.stringify(join(root, 'dist', `${name}.js`))
  writeFileSync(file, `import { scope } from ${entry}\n${script}`)
  const child = spawn(command, [...args, file], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  let left = [...signals]
  child.stdout.on('data', (chunk) => {
    output += chunk
    while (left.length > 0 && output.split('ready').length > signals.length - left.length + 1) {
      child.kill(left[0])
      left = left.slice(1)
    }
  })
  return new Promise((resolve) => child.on('close', (code, signal) => resolve({ output, code, signal })))
}

for (const runtime of runtimes) {
  test(`${runtime.name}: SIGTERM lets work finish, then the process ends`, async () => {
    const script = `
      const s = scope({ gracefulShutdown: true })
      const work = s.task(async ({ signal }) => {
        console.log('ready')
        while (!s.isShutdownRequested) await s.delay(5)
        return signal.aborted ? 'aborted' : 'finished'
      })
      s.onDispose(() => console.log('cleaned up'))
      console.log((await work)[1])
      s.task(() => new Promise((resolve) => setTimeout(resolve, 1)))
    `
    const { output, code, signal } = await tell(runtime, script, ['SIGTERM'])
    assert.match(output, /ready\s+finished\s+cleaned up\s+$/)
    assert.deepEqual([code, signal], [0, null])
  })

  test(`${runtime.name}: a second signal cancels at once`, async () => {
    const script = `
      const s = scope({ gracefulShutdown: { timeout: Infinity } })
      const work = s.task(async ({ signal }) => {
        console.log('ready')
        while (!s.isShutdownRequested) await s.delay(5)
        console.log('ready')
        const open = setInterval(() => {}, 1000) // as a server would hold it
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        clearInterval(open)
      })
      const [error] = await work
      console.log(error.name)
    `
    const { output, code, signal } = await tell(runtime, script, ['SIGINT', 'SIGINT'])
    assert.match(output, /ready\s+ready\s+AbortError\s+$/)
    assert.deepEqual([code, signal], [0, null])
  })
}
