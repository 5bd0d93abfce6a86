/** The states of circuit breakers in Redis: a hash for each. */
import type { BreakerStates, StateFields } from '../store/breaker-provider.js'
import { type RedisStore, replyNumber, replyTexts } from './client.js'
import type { RedisSubscriptions } from './subscriber.js'

const common = `
local function read()
  local found = redis.call('HMGET', KEYS[1], 'state', 'failures', 'failed', 'succeeded')
  return { found[1] or '', found[2] or '0', found[3] or '', found[4] or '' }
end
local function write(state, channel)
  redis.call('HSET', KEYS[1], 'state', state[1], 'failures', state[2], 'failed', state[3], 'succeeded', state[4])
  if channel ~= '' then redis.call('PUBLISH', channel, table.concat(state, '|')) end
end
local function now()
  local time = redis.call('TIME')
  return string.format('%.0f', math.floor(tonumber(time[1]) * 1000 + tonumber(time[2]) / 1000))
end`

const read = `${common}
return read()`

const set = `${common}
write({ ARGV[2], ARGV[3], ARGV[4], ARGV[5] }, ARGV[1])
return 1`

const replace = `${common}
local found = read()
local expected = { ARGV[6], ARGV[7], ARGV[8], ARGV[9] }
for at = 1, 4 do if found[at] ~= expected[at] then return 0 end end
write({ ARGV[2], ARGV[3], ARGV[4], ARGV[5] }, ARGV[1])
return 1`

const fail = `${common}
local state = read()
local failures = tonumber(state[2]) + 1
state[2] = string.format('%.0f', failures)
state[3] = now()
if state[1] == '' then state[1] = 'closed' end
if state[1] == 'closed' and failures >= tonumber(ARGV[2]) then state[1] = 'open' end
write(state, ARGV[1])
return state[2]`

const succeed = `${common}
local state = read()
if state[1] == '' then state[1] = 'closed' end
if state[1] == 'closed' then state[2] = '0' end
state[4] = now()
write(state, ARGV[1])
return 1`

const absent: StateFields = ['', '0', '', '']

/** States that are published when there is a subscriber to hear of them. */
export function redisBreakerStates({ run, name }: RedisStore, subscriptions?: RedisSubscriptions): BreakerStates {
  const kind = 'breaker'
  const channel = (key: string): string => name(kind, key, ':changes')
  const ask = (script: string, key: string, ...args: (string | number)[]): Promise<unknown> =>
    run(script, [name(kind, key)], subscriptions === undefined ? '' : channel(key), ...args)
  const states: BreakerStates = {
    async read(key) {
      const fields = toState(replyTexts(await ask(read, key)))
      return fields[0] === '' ? undefined : fields
    },
    async write(key, next) {
      await ask(set, key, ...next)
    },
    replace: async (key, expected, next) =>
      replyNumber(await ask(replace, key, ...next, ...(expected ?? absent))) === 1,
    fail: async (key, max) => replyNumber(await ask(fail, key, max)),
    async succeed(key) {
      await ask(succeed, key)
    },
  }
  if (subscriptions === undefined) return states
  return { ...states, listen: (key, fn) => subscriptions.listen(channel(key), (text) => fn(toState(text.split('|')))) }
}

function toState([state = '', failures = '', failed = '', succeeded = '']: (string | undefined)[]): StateFields {
  return [state, failures, failed, succeeded]
}
