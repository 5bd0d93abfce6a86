/** Values in Redis: each a key of its own, with the server's expiry. */
import type { ListedValues } from '../store/cache-provider.js'
import type { StoredText, Values } from '../store/idempotency-provider.js'
import { escapeKey, unescapeKey } from '../store/keys.js'
import { type RedisStore, replyNumber, replyTexts } from './client.js'

const get = `
local value = redis.call('GET', KEYS[1])
return value and { value, redis.call('PTTL', KEYS[1]) }`

const set = `
if ARGV[2] == '' then
  redis.call('SET', KEYS[1], ARGV[1])
elseif ARGV[2] == '0' then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
return 1`

const remove = `return redis.call('DEL', KEYS[1])`

/** Values of one kind, spread over the slots of a cluster. */
export function redisValues({ run, name }: RedisStore, kind: string): Values {
  return {
    get: async (key) => stored(await run(get, [name(kind, key)])),
    async set(key, text, ttl) {
      await run(set, [name(kind, key)], text, ttl ?? '')
    },
    async delete(key) {
      await run(remove, [name(kind, key)])
    },
  }
}

function stored(reply: unknown): StoredText | undefined {
  if (reply === null || reply === undefined) return undefined
  const [text, left] = replyTexts(reply)
  if (text === undefined) return undefined
  return { text, left: Number(left) < 0 ? undefined : Number(left) }
}

/** A value's key begins with that of the index, so that it lies in its slot. */
const value = `KEYS[1] .. ':' .. ARGV[1]`

const getListed = `
local value = redis.call('GET', ${value})
return value and { value, redis.call('PTTL', ${value}) }`

const setListed = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + tonumber(time[2]) / 1000
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if ARGV[3] == '' then
  redis.call('SET', ${value}, ARGV[2])
  redis.call('ZADD', KEYS[1], '+inf', ARGV[1])
elseif ARGV[3] == '0' then
  redis.call('DEL', ${value})
  redis.call('ZREM', KEYS[1], ARGV[1])
else
  redis.call('SET', ${value}, ARGV[2], 'PX', ARGV[3])
  redis.call('ZADD', KEYS[1], now + tonumber(ARGV[3]), ARGV[1])
end
return 1`

const removeListed = `
redis.call('ZREM', KEYS[1], ARGV[1])
return redis.call('DEL', ${value})`

const hasListed = `return redis.call('EXISTS', ${value})`

const clearSome = `
local found = redis.call('ZPOPMIN', KEYS[1], 1000)
for at = 1, #found, 2 do redis.call('UNLINK', KEYS[1] .. ':' .. found[at]) end
return #found`

/** The cursor to go on with, then the keys whose values are there. */
const listSome = `
local page = redis.call('ZSCAN', KEYS[1], ARGV[1], 'COUNT', 1000)
local keys = { page[1] }
for at = 1, #page[2], 2 do
  if redis.call('EXISTS', KEYS[1] .. ':' .. page[2][at]) == 1 then keys[#keys + 1] = page[2][at] end
end
return keys`

/** Values of one kind with an index of their keys, all in one slot: no command looks through the whole server. */
export function redisListedValues({ run, name }: RedisStore, kind: string): ListedValues {
  const index = name(kind, 'index')
  const ask = (script: string, key: string, ...args: (string | number)[]): Promise<unknown> =>
    run(script, [index], escapeKey(key), ...args)
  return {
    get: async (key) => stored(await ask(getListed, key)),
    async set(key, text, ttl) {
      await ask(setListed, key, text, ttl ?? '')
    },
    async delete(key) {
      await ask(removeListed, key)
    },
    has: async (key) => replyNumber(await ask(hasListed, key)) === 1,
    async clear() {
      while (replyNumber(await run(clearSome, [index])) > 0);
    },
    async keys() {
      const found = new Set<string>()
      let cursor = '0'
      do {
        const [next = '0', ...keys] = replyTexts(await run(listSome, [index], cursor))
        for (const key of keys) found.add(unescapeKey(key ?? ''))
        cursor = next
      } while (cursor !== '0')
      return [...found]
    },
  }
}
