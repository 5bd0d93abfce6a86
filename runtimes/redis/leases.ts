/**
 * Leases in Redis: one key holds `fence:token:owner` for as long as the lease runs, another the last fence.
 *
 * A fence is the server's time in microseconds, or one more than the last: it goes on rising when the server has lost
 * its data, which a counter would not, and so needs to be kept for a day only, against a clock that is set back.
 */
import { escapeKey } from '../store/keys.js'
import type { Leases } from '../store/leases.js'
import { type RedisStore, replyNumber, replyText } from './client.js'

/** Gives the text of the next fence. Shared with the claims of checkpoints. */
export const nextFence = `
local function next_fence(key)
  local time = redis.call('TIME')
  local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
  return string.format('%.0f', math.max(now, tonumber(redis.call('GET', key) or '0') + 1))
end`

const pattern = `'^(%d+):([^:]*):(.*)$'`

const acquire = `${nextFence}
local held = redis.call('GET', KEYS[1])
local fence
if held then
  local last, token = held:match(${pattern})
  if token ~= ARGV[1] then return false end
  fence = last
else
  fence = next_fence(KEYS[2])
  redis.call('SET', KEYS[2], fence, 'PX', 86400000)
end
local value = fence .. ':' .. ARGV[1] .. ':' .. ARGV[2]
if ARGV[3] == '' then
  redis.call('SET', KEYS[1], value)
elseif ARGV[3] == '0' then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], value, 'PX', ARGV[3])
end
return fence`

/** Does `then` if the part of the value at place `ARGV[1]` is `ARGV[2]`. */
const ifHeld = (then: string): string => `
local held = redis.call('GET', KEYS[1])
if not held then return 0 end
local parts = { held:match(${pattern}) }
if parts[tonumber(ARGV[1])] ~= ARGV[2] then return 0 end
${then}
return 1`

const extend = ifHeld(`
if ARGV[3] == '' then
  redis.call('PERSIST', KEYS[1])
else
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end`)
const release = ifHeld(`redis.call('DEL', KEYS[1])`)
const holds = ifHeld('')
const clear = `return redis.call('DEL', KEYS[1])`

const token = 2
const owner = 3

/** Leases of one kind. */
export function redisLeases({ run, name }: RedisStore, kind: string): Leases {
  const held = async (script: string, key: string, part: number, ...args: string[]): Promise<boolean> =>
    replyNumber(await run(script, [name(kind, key)], part, ...args)) === 1
  const time = (ttl: number | undefined): string => (ttl === undefined ? '' : String(ttl))
  return {
    async acquire(key, by, who, ttl) {
      const keys = [name(kind, key), name(kind, key, ':fence')]
      const fence = replyText(await run(acquire, keys, by, escapeKey(who), time(ttl)))
      return fence === undefined ? undefined : { token: by, fence: replyNumber(fence) }
    },
    extend: (key, by, ttl) => held(extend, key, token, by, time(ttl)),
    extendAs: (key, who, ttl) => held(extend, key, owner, escapeKey(who), time(ttl)),
    release: (key, by) => held(release, key, token, by),
    holds: (key, by) => held(holds, key, token, by),
    async clear(key) {
      await run(clear, [name(kind, key)])
    },
  }
}
