/** The user's own connected client, as little of it as is needed, whichever package it comes from. */
import { object, text, wrongType, outOfRange } from '../../src/base/options.js'
import { escapeKey } from '../store/keys.js'

/** What is used of a client, cluster or client pool of the package `redis`, version 4 or later. */
export interface NodeRedisClient {
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
}

/** What is used of a client or cluster of the package `ioredis`, version 5 or later. */
export interface IoredisClient {
  call(command: string, ...args: string[]): Promise<unknown>
  eval(script: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>
}

/** A connected client of `redis` or of `ioredis`. It stays the user's: nothing here closes it. */
export type RedisClient = NodeRedisClient | IoredisClient

/** Options of all providers. */
export interface RedisOptions {
  /** What all keys begin with. Default: `go-go-scope:`. */
  readonly prefix?: string
}

/** Keys and scripts, as a provider needs them. */
export interface RedisStore {
  /** Runs a script, in which all keys lie in one slot. */
  run(script: string, keys: readonly string[], ...args: readonly (string | number)[]): Promise<unknown>
  /** The name under which something of this kind is kept; with an ending, of the same slot as without. */
  name(kind: string, key: string, ending?: string): string
}

/** Binds a client of either kind to a prefix. */
export function redisStore(provider: string, client: RedisClient, options: RedisOptions = {}): RedisStore {
  const action = `create ${provider}`
  const { prefix = 'go-go-scope:' } = object(action, 'options', options)
  if (/[{}]/.test(text(action, 'prefix', prefix))) {
    throw outOfRange(action, 'prefix', 'without braces, which choose a slot', prefix)
  }
  const evaluate = evaluator(action, client)
  return {
    run: async (script, keys, ...args) => evaluate(script, [...keys], args.map(String)),
    name: (kind, key, ending = '') => `${prefix}${kind}:{${escapeKey(key)}}${ending}`,
  }
}

/** The one place that tells the packages apart: only ioredis has `call`. */
function evaluator(
  action: string,
  client: RedisClient,
): (script: string, keys: string[], args: string[]) => Promise<unknown> {
  object(action, 'client', client)
  if (typeof client.eval !== 'function') throw wrongType(action, 'client', 'a client of redis or ioredis', client)
  if ('call' in client) return (script, keys, args) => client.eval(script, keys.length, ...keys, ...args)
  return (script, keys, args) => client.eval(script, { keys, arguments: args })
}

/** A reply that is text, whatever the client makes of text; undefined for none. */
export function replyText(reply: unknown): string | undefined {
  if (typeof reply === 'string') return reply
  if (reply === null || reply === undefined) return undefined
  if (reply instanceof Uint8Array) return new TextDecoder().decode(reply)
  if (typeof reply === 'number' || typeof reply === 'bigint') return String(reply)
  throw new TypeError(`Redis replied with ${typeof reply} instead of text`)
}

/** A reply that is a list of texts. */
export function replyTexts(reply: unknown): (string | undefined)[] {
  if (!Array.isArray(reply)) throw new TypeError(`Redis replied with ${typeof reply} instead of a list`)
  return reply.map(replyText)
}

/** A reply that is a whole number. */
export function replyNumber(reply: unknown): number {
  const number = Number(replyText(reply) ?? Number.NaN)
  if (!Number.isSafeInteger(number)) throw new TypeError('Redis replied with something else than a number')
  return number
}
