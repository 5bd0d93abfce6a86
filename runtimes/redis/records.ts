/**
 * Checkpoints in Redis: for each task a hash of records, their order, and the fence of its owner, all in one slot.
 *
 * A checkpoint's own id says which task it is of. One that somebody made up gets a pointer, written before the record
 * and deleted after it, so that it can point at nothing but never be missing.
 */
import { escapeKey, unescapeKey } from '../store/keys.js'
import type { Records } from '../store/checkpoint-provider.js'
import { type RedisStore, replyNumber, replyText, replyTexts } from './client.js'
import { nextFence } from './leases.js'

const put = `
if ARGV[4] ~= '' then
  if tonumber(ARGV[4]) < tonumber(redis.call('GET', KEYS[3]) or '0') then return 0 end
  redis.call('SET', KEYS[3], ARGV[4])
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
return 1`

const newest = `
local ids = redis.call('ZREVRANGE', KEYS[2], 0, tonumber(ARGV[1]) - 1)
local records = {}
for at, id in ipairs(ids) do records[at] = redis.call('HGET', KEYS[1], id) or '' end
return records`

const find = `return redis.call('HGET', KEYS[1], ARGV[1])`

/** A finished task's fence is kept for 30 days, against an owner that wakes up late. */
const trim = `
local keep = tonumber(ARGV[1])
local ids = redis.call('ZRANGE', KEYS[2], 0, -keep - 1)
for _, id in ipairs(ids) do
  redis.call('HDEL', KEYS[1], id)
  redis.call('ZREM', KEYS[2], id)
end
if keep == 0 then redis.call('PEXPIRE', KEYS[3], 2592000000) end
return ids`

const claim = `${nextFence}
local fence = next_fence(KEYS[1])
redis.call('SET', KEYS[1], fence)
return fence`

const getPointer = `return redis.call('GET', KEYS[1])`
const setPointer = `return redis.call('SET', KEYS[1], ARGV[1])`
const deletePointer = `return redis.call('DEL', KEYS[1])`

/** Checkpoints of all tasks under the prefix. */
export function redisRecords({ run, name }: RedisStore): Records {
  const keysOf = (taskId: string): string[] => ['', ':order', ':fence'].map((end) => name('checkpoint', taskId, end))
  const pointer = (id: string): string => name('checkpoint-id', id)
  return {
    async put(taskId, id, sequence, record, fence) {
      if (taskOf(id) !== taskId) await run(setPointer, [pointer(id)], escapeKey(taskId))
      return replyNumber(await run(put, keysOf(taskId), escapeKey(id), sequence, record, fence ?? '')) === 1
    },
    async newest(taskId, count) {
      return replyTexts(await run(newest, keysOf(taskId), count)).map((record) => record ?? '')
    },
    async find(id) {
      const task = replyText(await run(getPointer, [pointer(id)]))
      const taskId = task === undefined ? taskOf(id) : unescapeKey(task)
      return taskId === undefined ? undefined : replyText(await run(find, [name('checkpoint', taskId)], escapeKey(id)))
    },
    async trim(taskId, keep) {
      const deleted = replyTexts(await run(trim, keysOf(taskId), keep)).map((id) => unescapeKey(id ?? ''))
      const foreign = deleted.filter((id) => taskOf(id) !== taskId)
      await Promise.all(foreign.map((id) => run(deletePointer, [pointer(id)])))
    },
    claim: async (taskId) => replyNumber(await run(claim, [name('checkpoint', taskId, ':fence')])),
  }
}

/** The task that an id made by `createCheckpointContext` is of. */
function taskOf(id: string): string | undefined {
  return id.match(/^(.*)-\d+-\d+$/s)?.[1]
}
