/**
 * Values as JSON data and back: one codec for whatever leaves the process.
 *
 * 1. Data that is plain JSON already stays as it is, so that people and other programs can read it. What JSON lacks becomes an
 *    object with a tag, `{ $go: 'Date', value: … }`; a user's object that has that key is wrapped in a tag itself.
 * 2. What comes back equals what went in, or it does not go in: what would lose something is refused with its path.
 * 3. The result shares nothing with the value: later changes to one do not show in the other.
 */

import { isError } from '../base/errors.js'
import { fromBase64, toBase64 } from './base64.js'
import { decodeError, errorParts } from './codec-error.js'

/** The key that marks what is not plain JSON. */
const mark = '$go'

/** The views on buffers that every host has. */
const views: Readonly<Record<string, new (buffer: ArrayBuffer) => ArrayBufferView>> = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
}

/**
 * Turns a value into JSON data: what `JSON.stringify` takes and gives back unchanged.
 *
 * Beyond JSON it takes `undefined`, NaN, infinities, −0, bigints, Date, Map, Set, buffers, their views, and errors with name,
 * message, stack, code, cause, errors and `_tag`. Node's `Buffer` comes back as `Uint8Array`, holes of arrays as `undefined`.
 *
 * @param name What the value is called in an error. Default: `data`.
 * @throws TypeError that names the path of a function, symbol, cycle, accessor, or object of a class of its own.
 */
export function encode(value: unknown, name: string = 'data'): unknown {
  return new Encoder(name).encode(value)
}

/**
 * Turns what `encode` made back into the value.
 *
 * @throws TypeError for a tag that it does not know, or whose content makes no sense.
 */
export function decode(json: unknown): unknown {
  if (typeof json !== 'object' || json === null) return json
  if (Array.isArray(json)) return json.map(decode)
  if (Object.hasOwn(json, mark)) return untag(json)
  return decodeEntries(json)
}

/** The value as text. */
export function encodeText(value: unknown, name?: string): string {
  return JSON.stringify(encode(value, name))
}

/**
 * The value of a text that `encodeText` made.
 *
 * @throws SyntaxError for what is not JSON, TypeError as `decode`.
 */
export function decodeText(text: string): unknown {
  return decode(JSON.parse(text))
}

/** From a value to one of its parts: a key, an index, or a part of a map or set. */
type Step = string | number | { readonly part: string; readonly at: number }

/** One run of `encode`. */
class Encoder {
  readonly #name: string
  readonly #path: Step[] = []
  readonly #around: Set<object> = new Set()

  constructor(name: string) {
    this.#name = name
  }

  encode(value: unknown): unknown {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value
      case 'number':
        return Number.isFinite(value) && !Object.is(value, -0) ? value : tag('number', nameOf(value))
      case 'undefined':
        return tag('undefined')
      case 'bigint':
        return tag('bigint', String(value))
      case 'object':
        return value === null ? null : this.#within(value)
      default:
        return this.#refuse(typeof value === 'function' ? 'is a function' : 'is a symbol')
    }
  }

  /** Objects know those around them, so that a cycle is seen. */
  #within(value: object): unknown {
    if (this.#around.has(value)) return this.#refuse('contains itself')
    this.#around.add(value)
    try {
      return this.#object(value)
    } finally {
      this.#around.delete(value)
    }
  }

  #object(value: object): unknown {
    if (Array.isArray(value) && classOf(value) === 'Array') return this.#array(value)
    if (isPlain(value)) return this.#plain(value)
    if (ArrayBuffer.isView(value)) return this.#view(value)
    if (isError(value)) return tag('Error', this.#plain(errorParts(value)))
    return this.#builtIn(value) ?? this.#refuse(`is an object of a class of its own (${classOf(value)})`)
  }

  #array(value: readonly unknown[]): unknown {
    let holes = 0
    const out = Array.from({ length: value.length }, (_, at) => {
      const each = value[at]
      if (each === undefined && !Object.hasOwn(value, at)) holes++
      return this.#at(each, at)
    })
    const names = Object.keys(value)
    if (names.length !== value.length - holes) this.#refuse(`has a property ${names.at(-1)}`)
    return out
  }

  #plain(value: object): unknown {
    const [symbol] = Object.getOwnPropertySymbols(value)
    if (symbol !== undefined) this.#refuse(`has a property whose key is ${String(symbol)}`)
    const out: Record<string, unknown> = {}
    for (const key of Object.keys(value)) {
      const encoded = this.#at(this.#member(value, key), key)
      if (key === '__proto__')
        Object.defineProperty(out, key, { value: encoded, enumerable: true, writable: true, configurable: true })
      else out[key] = encoded
    }
    return Object.hasOwn(value, mark) ? tag('object', out) : out
  }

  /** What is made by the language itself and has no visible parts. */
  #builtIn(value: object): unknown {
    switch (classOf(value)) {
      case 'Date': {
        const time = attempt(() => Date.prototype.getTime.call(value))
        if (time === undefined) return undefined
        return tag('Date', Number.isNaN(time) ? null : new Date(time).toISOString())
      }
      case 'Map': {
        const entries = attempt(() => [...Map.prototype.entries.call(value)])
        return (
          entries &&
          tag(
            'Map',
            entries.map(([key, each], at) => [
              this.#at(key, { part: 'key', at }),
              this.#at(each, { part: 'value', at }),
            ]),
          )
        )
      }
      case 'Set': {
        const members = attempt(() => [...Set.prototype.values.call(value)])
        return (
          members &&
          tag(
            'Set',
            members.map((each, at) => this.#at(each, { part: 'member', at })),
          )
        )
      }
      case 'ArrayBuffer': {
        const bytes = attempt(() => new Uint8Array(ArrayBuffer.prototype.slice.call(value, 0)))
        return bytes && tag('ArrayBuffer', toBase64(bytes))
      }
      default:
        return undefined
    }
  }

  #view(value: ArrayBufferView): unknown {
    const kind = viewOf(value)
    if (!Object.hasOwn(views, kind)) return this.#refuse(`is a ${kind}`)
    return tag(kind, toBase64(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)))
  }

  #member(of: object, key: string): unknown {
    const property = Object.getOwnPropertyDescriptor(of, key)
    if (property?.get === undefined && property?.set === undefined) return property?.value
    this.#path.push(key)
    return this.#refuse('is an accessor')
  }

  #at(value: unknown, step: Step): unknown {
    if (typeof value === 'string') return value
    this.#path.push(step)
    const out = this.encode(value)
    this.#path.pop()
    return out
  }

  #refuse(why: string): never {
    throw new TypeError(`Cannot encode ${this.#name}${this.#path.map(show).join('')}: it ${why}`)
  }
}

/** A step as it stands in an error. */
function show(step: Step): string {
  if (typeof step === 'number') return `[${step}]`
  if (typeof step === 'object') return `.${step.part}(${step.at})`
  return /^[A-Za-z_$][\w$]*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`
}

function tag(type: string, value?: unknown): object {
  return value === undefined ? { [mark]: type } : { [mark]: type, value }
}

function nameOf(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}

/** True for what a literal makes, in this realm or another. */
function isPlain(value: object): boolean {
  const above: unknown = Object.getPrototypeOf(value)
  return above === null || (classOf(value) === 'Object' && Object.getPrototypeOf(above) === null)
}

/** The name of the class that made an object. */
function classOf(value: object): string {
  const above = Object.getPrototypeOf(value) as { readonly constructor?: unknown } | null // a prototype may carry anything
  const made: unknown = above !== null && Object.hasOwn(above, 'constructor') ? above.constructor : undefined
  return typeof made === 'function' ? made.name : 'nameless'
}

/** The kind of a view, whatever class was derived from it. */
function viewOf(value: ArrayBufferView): string {
  const kind = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)
  return kind?.get?.call(value) ?? 'DataView'
}

/** What a built-in method answers; nothing when the object only bears the name. */
function attempt<T>(fn: () => T): T | undefined {
  try {
    return fn()
  } catch {
    return undefined
  }
}

function decodeEntries(json: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(json).map(([key, each]) => [key, decode(each)]))
}

function untag(json: object): unknown {
  const { [mark]: type, value } = json as { readonly [mark]: unknown; readonly value?: unknown } // it has the key
  const out = typeof type === 'string' ? decodeTagged(type, value) : undefined
  if (out === undefined)
    throw new TypeError(`Cannot decode data: no value of type ${JSON.stringify(type)} looks like that`)
  return out.is
}

/** The value, in a box since it may be `undefined`; nothing when it makes no sense. */
function decodeTagged(type: string, value: unknown): { readonly is: unknown } | undefined {
  if (type === 'undefined') return { is: undefined }
  if (typeof value === 'string') return decodeWord(type, value)
  if (type === 'Date') return value === null ? { is: new Date(Number.NaN) } : undefined
  if (typeof value !== 'object' || value === null) return undefined
  if (Array.isArray(value)) {
    if (type === 'Set') return { is: new Set(value.map(decode)) }
    const pairs = type === 'Map' && value.every((pair) => Array.isArray(pair) && pair.length === 2)
    return pairs ? { is: new Map(value.map(([key, each]) => [decode(key), decode(each)])) } : undefined
  }
  if (type === 'object') return { is: decodeEntries(value) }
  return type === 'Error' ? { is: decodeError(decodeEntries(value)) } : undefined
}

function decodeWord(type: string, word: string): { readonly is: unknown } | undefined {
  switch (type) {
    case 'number':
      return ['NaN', 'Infinity', '-Infinity', '-0'].includes(word) ? { is: Number(word) } : undefined
    case 'bigint':
      return /^-?\d+$/.test(word) ? { is: BigInt(word) } : undefined
    case 'Date': {
      const date = new Date(word)
      return Number.isNaN(date.getTime()) ? undefined : { is: date }
    }
    default: {
      const bytes = fromBase64(word)
      const is = bytes && bufferOf(type, bytes)
      return is && { is }
    }
  }
}

/** A buffer, or a view of this kind on one; nothing where its elements do not fit. */
function bufferOf(kind: string, { buffer }: Uint8Array<ArrayBuffer>): object | undefined {
  if (kind === 'ArrayBuffer') return buffer
  const View = Object.hasOwn(views, kind) ? views[kind] : undefined
  return View && attempt(() => new View(buffer))
}
