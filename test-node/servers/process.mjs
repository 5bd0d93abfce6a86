/** Starts real servers for tests: on loopback ports and in temporary folders of their own, stopped at the end. */
import { execFileSync, spawn } from 'node:child_process'
import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { getuid } from 'node:process'
import { findServer } from '../../.ci/servers.mjs'

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}

/** Resolves when the server says that it is ready, rejects with what it said when it ends before. */
function start(command, args, ready, options) {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise((resolve) => child.once('close', resolve).once('error', resolve))
  let output = ''
  return new Promise((resolve, reject) => {
    const hear = (chunk) => {
      output += chunk
      if (ready.test(output)) resolve({ child, ended })
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    ended.then(() => reject(new Error(`${command} has ended: ${output}`)))
  })
}

/** Ends as a signal would, but with the servers. */
const exit = () => process.exit(143)

/** A server that can be crashed and started again on the same port and data. */
async function server(command, args, ready, { folder, crash, port, options }) {
  let running = await start(command, args, ready, options)
  const kill = () => running.child.kill('SIGKILL')
  process.once('exit', kill)
  process.once('SIGTERM', exit)
  const end = async (signal) => {
    running.child.kill(signal)
    await running.ended
  }
  return {
    port,
    /** Ends at once, as if the power had gone. */
    crash: () => end(crash),
    async restart() {
      running = await start(command, args, ready, options)
    },
    async stop() {
      await end(crash)
      process.removeListener('exit', kill)
      process.removeListener('SIGTERM', exit)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** One that keeps what it has acknowledged, so that it can be restarted. */
export function startRedis() {
  return redis(['--appendonly', 'yes', '--appendfsync', 'always'])
}

/** One that is never restarted. */
export function startRedisInMemory() {
  return redis([])
}

/** A cluster of one: it has all the slots, and refuses commands and scripts whose keys lie in several. */
export async function startRedisCluster() {
  return redis([
    '--cluster-enabled',
    'yes',
    '--cluster-announce-ip',
    '127.0.0.1',
    '--cluster-port',
    `${await freePort()}`,
  ])
}

async function redis(more) {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'redis-'))
  const args = ['--bind', '127.0.0.1', '--port', `${port}`, '--dir', folder, '--save', '', ...more]
  const command = findServer('redis-server')
  return server(command, args, /Ready to accept connections/, { folder, crash: 'SIGKILL', port })
}

/** PostgreSQL refuses to run as root. */
function asPostgres() {
  if (getuid() !== 0) return {}
  const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'postgres'])))
  return { uid, gid }
}

export async function startPostgres() {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'))
  const options = { ...asPostgres(), cwd: folder, env: { LC_ALL: 'C' } }
  if (options.uid !== undefined) chownSync(folder, options.uid, options.gid)
  const command = findServer('postgres')
  const data = ['-D', join(folder, 'data')]
  const init = ['-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--no-sync']
  execFileSync(join(dirname(command), 'initdb'), [...data, ...init], { ...options, stdio: 'pipe' })
  // A crash of the server alone loses nothing of what the system has taken over; fsync would only cost time.
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off'].flatMap((each) => [
    '-c',
    each,
  ])
  const args = [...data, '-p', `${port}`, ...settings]
  return server(command, args, /database system is ready to accept connections/, {
    folder,
    crash: 'SIGQUIT',
    port,
    options,
  })
}
