/**
 * Checkpoints in Redis: for each task a hash of records by their number, the numbers in order, and the fence of its owner, all
 * in one slot.
 *
 * A checkpoint's own id says which task and number it is. One that somebody made up gets a pointer, written before the record
 * and deleted after it, so that it can point at nothing but never be missing; the hash keeps it beside the record.
 */
import type { Records } from '../store/checkpoint-provider.js'
import { escapeKey, unescapeKey } from '../store/keys.js'
import { type RedisStore, replyNumber, replyText, replyTexts } from './client.js'
import { nextFence } from './leases.js'

const unlessFenced = `
if ARGV[1] ~= '' and redis.call('GET', KEYS[3]) ~= ARGV[1] then return 0 end`

const put = `${unlessFenced}
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[2])
if ARGV[4] == '' then
  redis.call('HDEL', KEYS[1], 'id:' .. ARGV[2])
else
  redis.call('HSET', KEYS[1], 'id:' .. ARGV[2], ARGV[4])
end
return 1`

const newest = `
local reply = {}
for _, number in ipairs(redis.call('ZREVRANGE', KEYS[2], 0, tonumber(ARGV[1]) - 1)) do
  reply[#reply + 1] = number
  reply[#reply + 1] = redis.call('HGET', KEYS[1], number) or ''
end
return reply`

const find = `return redis.call('HGET', KEYS[1], ARGV[1])`

/** Deletes records; gives the ids that were made up. */
const remove = `
local function remove(numbers)
  local ids = {}
  for _, number in ipairs(numbers) do
    local id = redis.call('HGET', KEYS[1], 'id:' .. number)
    if id then ids[#ids + 1] = id end
    redis.call('HDEL', KEYS[1], number, 'id:' .. number)
    redis.call('ZREM', KEYS[2], number)
  end
  return ids
end`

const trim = `${remove}
return remove(redis.call('ZRANGE', KEYS[2], 0, -tonumber(ARGV[1]) - 1))`

/** A finished task keeps a fence that nobody has for 30 days, against an owner that wakes up late. */
const clear = `${remove}${nextFence}${unlessFenced}
if redis.call('EXISTS', KEYS[3]) == 1 then redis.call('SET', KEYS[3], next_fence(KEYS[3]), 'PX', 2592000000) end
return remove(redis.call('ZRANGE', KEYS[2], 0, -1))`

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
  const removePointers = async (ids: unknown): Promise<void> => {
    await Promise.all(replyTexts(ids).map((id) => run(deletePointer, [pointer(unescapeKey(id ?? ''))])))
  }
  return {
    async put(taskId, id, { sequence, text }, fence) {
      const own = placeOf(id)
      const madeUp = own?.taskId !== taskId || own.sequence !== `${sequence}`
      if (madeUp) await run(setPointer, [pointer(id)], `${sequence}:${escapeKey(taskId)}`)
      const reply = await run(put, keysOf(taskId), fence ?? '', sequence, text, madeUp ? escapeKey(id) : '')
      return replyNumber(reply) === 1
    },
    async newest(taskId, count) {
      const reply = replyTexts(await run(newest, keysOf(taskId), count))
      return Array.from({ length: reply.length / 2 }, (_, at) => ({
        sequence: Number(reply[2 * at]),
        text: reply[2 * at + 1] ?? '',
      }))
    },
    async find(id) {
      const pointed = replyText(await run(getPointer, [pointer(id)]))
      const places = [placeOf(id), pointed === undefined ? undefined : pointedAt(pointed)]
      const found = places.map(
        async (place) => place && replyText(await run(find, [name('checkpoint', place.taskId)], place.sequence)),
      )
      return (await Promise.all(found)).filter((text) => text !== undefined)
    },
    async trim(taskId, keep) {
      await removePointers(await run(trim, keysOf(taskId), keep))
    },
    async clear(taskId, fence) {
      const reply = await run(clear, keysOf(taskId), fence ?? '')
      if (!Array.isArray(reply)) return false
      await removePointers(reply)
      return true
    },
    claim: async (taskId) => replyNumber(await run(claim, [name('checkpoint', taskId, ':fence')])),
  }
}

/** Where a record lies. */
interface Place {
  readonly taskId: string
  readonly sequence: string
}

/** What an id made by `createCheckpointContext` says of its place. */
function placeOf(id: string): Place | undefined {
  const [, taskId, sequence] = id.match(/^(.+)-\d+-(\d+)$/s) ?? []
  return taskId === undefined || sequence === undefined ? undefined : { taskId, sequence }
}

function pointedAt(pointer: string): Place | undefined {
  const [, sequence, taskId] = pointer.match(/^(\d+):(.*)$/s) ?? []
  return taskId === undefined || sequence === undefined ? undefined : { taskId: unescapeKey(taskId), sequence }
}
