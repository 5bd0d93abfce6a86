/**
 * Errors as messages: copying an error as it is loses `code`, `cause`, `errors` or the class, each in some engine.
 *
 * What crosses: name, message, stack, code, `_tag`, the chain of causes, the errors of an AggregateError, the kind of
 * built-in error it is, and own properties that are plain values. Chains are cut at a depth, so that cycles end.
 */

import { isError } from '../base/errors.js'

/** How deep causes and errors of errors are followed. */
const deepest = 8

/** A plain value. */
type Plain = string | number | boolean | bigint | null | undefined

/** A thrown value as a message: an error, or any other value as it is. */
export type Encoded = { readonly value: unknown } | EncodedError

interface EncodedError {
  readonly base: string
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  readonly own: readonly (readonly [name: string, value: Plain])[]
  readonly cause?: Encoded
  readonly errors?: readonly Encoded[]
}

const bases = { TypeError, RangeError, ReferenceError, SyntaxError, EvalError, URIError }

/** Properties that are taken even where they are not the error's own, as the `code` of a DOMException. */
const wanted = ['code', '_tag'] as const

/** Own properties that have a place of their own. */
const placed: ReadonlySet<string> = /* @__PURE__ */ new Set(['name', 'message', 'stack', 'cause', 'errors'])

/** Makes a message of what was thrown; `asText` also turns values that are no errors into text. */
export function encodeError(thrown: unknown, asText: boolean = false, depth: number = 0): Encoded {
  if (!isError(thrown)) return { value: isPlain(thrown) || !asText ? thrown : text(thrown) }
  const deeper = (inner: unknown): Encoded => encodeError(inner, asText, depth + 1)
  const cause = depth < deepest && 'cause' in thrown ? { cause: deeper(read(thrown, 'cause')) } : undefined
  const list = depth < deepest ? read(thrown, 'errors') : undefined
  return {
    base: baseOf(thrown),
    name: text(read(thrown, 'name')),
    message: text(read(thrown, 'message')),
    stack: optionalText(read(thrown, 'stack')),
    own: ownOf(thrown),
    ...cause,
    ...(Array.isArray(list) ? { errors: list.map(deeper) } : undefined),
  }
}

/** Makes the thrown value again. */
export function decodeError(encoded: Encoded): unknown {
  if ('value' in encoded) return encoded.value
  const { name, stack, cause, errors } = encoded
  const error = make(encoded)
  const hidden = (value: unknown): PropertyDescriptor => ({
    value,
    configurable: true,
    enumerable: false,
    writable: true,
  })
  if (error.name !== name) Object.defineProperty(error, 'name', hidden(name))
  if (stack !== undefined) Object.defineProperty(error, 'stack', hidden(stack))
  if (cause !== undefined) Object.defineProperty(error, 'cause', hidden(decodeError(cause)))
  if (errors !== undefined) Object.defineProperty(error, 'errors', hidden(errors.map(decodeError)))
  for (const [key, value] of encoded.own) {
    Object.defineProperty(error, key, { ...hidden(value), enumerable: true })
  }
  return error
}

function make({ base, message }: EncodedError): Error {
  if (base === 'AggregateError') return new AggregateError([], message)
  const Base = Object.hasOwn(bases, base) ? bases[base as keyof typeof bases] : Error // hasOwn looked it up
  return new Base(message)
}

function baseOf(error: Error): string {
  if (error instanceof AggregateError) return 'AggregateError'
  for (const [name, Base] of Object.entries(bases)) if (error instanceof Base) return name
  return 'Error'
}

function ownOf(error: Error): [string, Plain][] {
  const found: [string, Plain][] = []
  for (const name of new Set([...wanted, ...Object.keys(error)])) {
    const value = placed.has(name) ? undefined : read(error, name)
    if (value !== undefined && isPlain(value)) found.push([name, value])
  }
  return found
}

function isPlain(value: unknown): value is Plain {
  return value === null || !/^(object|function|symbol)$/.test(typeof value)
}

/** A property, whose getter may throw. */
function read(error: Error, name: string): unknown {
  try {
    return Reflect.get(error, name)
  } catch {
    return undefined
  }
}

function optionalText(value: unknown): string | undefined {
  return value === undefined ? undefined : text(value)
}

function text(value: unknown): string {
  try {
    return String(value)
  } catch {
    return 'a value that cannot be shown'
  }
}
