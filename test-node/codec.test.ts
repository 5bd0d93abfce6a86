/** The codec: what comes back equals what went in, or it does not go in. */
import assert from 'node:assert/strict'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromBase64, toBase64 } from '../src/persist/base64.js'
import { checksumOf, crc32 } from '../src/persist/checksum.js'
import { decode, decodeText, encode, encodeText } from '../src/persist/codec.js'

const runs = process.env.TEST_LONG === '1' ? 100_000 : 1_000

/** Over text, as most stores would keep it. */
const roundTrip = (value: unknown): unknown => decodeText(encodeText(value))

const bytes = fc.uint8Array({ maxLength: 9 })
const views = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array]
const wide = [Float32Array, Float64Array, BigInt64Array, BigUint64Array]

const leaf = fc.oneof(
  fc.anything({ maxDepth: 0, withBigInt: true, withDate: true, withTypedArray: false }),
  fc.constantFrom<unknown>(
    undefined,
    null,
    -0,
    0,
    Number.NaN,
    Infinity,
    -Infinity,
    5e-324,
    2n ** 80n,
    -1n,
    '',
    '\ud800',
    '\0',
  ),
  fc.date({ noInvalidDate: false }),
  bytes.map(({ buffer, byteOffset, byteLength }) => buffer.slice(byteOffset, byteOffset + byteLength)),
  bytes.map(({ buffer, byteOffset, byteLength }) => new DataView(buffer, byteOffset, byteLength)),
  fc.tuple(fc.constantFrom(...views), bytes).map(([View, content]) => View.from(content)),
  fc.constantFrom(...wide).map((View) => new View(3)),
)
const key = fc.oneof(
  fc.string(),
  fc.constantFrom('$go', 'value', '__proto__', 'constructor', 'toJSON', 'then', '0', ''),
)

const { tree: values } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'tree' },
    leaf,
    fc.array(tie('tree'), { maxLength: 4, depthIdentifier: 'tree' }),
    fc
      .array(fc.tuple(key, tie('tree')), { maxLength: 4, depthIdentifier: 'tree' })
      .map((each) => Object.fromEntries(each)),
    fc
      .array(fc.tuple(tie('tree'), tie('tree')), { maxLength: 3, depthIdentifier: 'tree' })
      .map((each) => new Map(each)),
    fc.array(tie('tree'), { maxLength: 3, depthIdentifier: 'tree' }).map((each) => new Set(each)),
  ),
}))

describe('the codec', () => {
  test('gives back what it was given', () => {
    fc.assert(
      fc.property(values, (value) => {
        assert.deepEqual(roundTrip(value), value)
      }),
      { numRuns: runs },
    )
  })

  test('leaves plain JSON as it is, and shares nothing with it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const plain = JSON.parse(JSON.stringify(value))
        const encoded = encode(plain)
        expect(encoded).toStrictEqual(plain)
        if (typeof plain === 'object' && plain !== null) expect(encoded).not.toBe(plain)
      }),
      { numRuns: runs },
    )
  })

  test('survives a JSON that sorts keys, and has one checksum whatever their order', () => {
    const backwards = (json: unknown): unknown => {
      if (typeof json !== 'object' || json === null) return json
      if (Array.isArray(json)) return json.map(backwards)
      return Object.fromEntries(
        Object.entries(json)
          .reverse()
          .map(([name, each]) => [name, backwards(each)]),
      )
    }
    fc.assert(
      fc.property(values, (value) => {
        const json = encode(value)
        const other = backwards(json)
        expect(checksumOf(other)).toBe(checksumOf(json))
        assert.deepEqual(decode(other), value)
      }),
      { numRuns: runs },
    )
  })

  test.each<[string, unknown, unknown]>([
    ['undefined', undefined, { $go: 'undefined' }],
    ['a property that is undefined', { a: undefined }, { a: { $go: 'undefined' } }],
    ['NaN', Number.NaN, { $go: 'number', value: 'NaN' }],
    ['minus zero', -0, { $go: 'number', value: '-0' }],
    ['a bigint', 12n, { $go: 'bigint', value: '12' }],
    ['a date', new Date(0), { $go: 'Date', value: '1970-01-01T00:00:00.000Z' }],
    ['an invalid date', new Date(Number.NaN), { $go: 'Date', value: null }],
    ['a map', new Map([['a', 1]]), { $go: 'Map', value: [['a', 1]] }],
    ['a set', new Set([1]), { $go: 'Set', value: [1] }],
    ['bytes', new Uint8Array([1, 2]), { $go: 'Uint8Array', value: 'AQI=' }],
    ['an object with the mark', { $go: 'Date', b: 1 }, { $go: 'object', value: { $go: 'Date', b: 1 } }],
  ])('has one form for %s', (_name, value, form) => {
    expect(encode(value)).toStrictEqual(form)
    expect(decode(form)).toStrictEqual(value)
  })

  test('takes a Node Buffer, a part of a larger buffer, and values of another realm', () => {
    expect(roundTrip(Buffer.from('ab'))).toStrictEqual(new Uint8Array([97, 98]))
    expect(roundTrip(new Uint8Array([1, 2, 3]).subarray(1))).toStrictEqual(new Uint8Array([2, 3]))
    const foreign = runInNewContext(
      '({ at: new Date(5), list: [new Map([[1, new Set([2n])]])], bare: Object.create(null) })',
    )
    expect(roundTrip(foreign)).toStrictEqual({ at: new Date(5), list: [new Map([[1, new Set([2n])]])], bare: {} })
    expect(roundTrip(runInNewContext('new RangeError("far")'))).toBeInstanceOf(RangeError)
  })

  test('gives holes back as undefined', () => {
    const sparse: number[] = []
    sparse[2] = 5
    expect(roundTrip(sparse)).toStrictEqual([undefined, undefined, 5])
  })

  test('takes a shared object twice', () => {
    const shared = { a: 1 }
    expect(roundTrip([shared, { shared }])).toStrictEqual([shared, { shared }])
  })

  test('keeps what describes an error', () => {
    class Mine extends Error {
      override readonly name = 'Mine'
      readonly _tag = 'Mine'
      readonly code = 'E_MINE'
    }
    const cause = new RangeError('far')
    const error = new Mine('mine', { cause: new AggregateError([cause, 'text'], 'both', { cause: undefined }) })
    const back = roundTrip(error) as Error & { code: unknown; _tag: unknown; cause: AggregateError }
    expect(back).toBeInstanceOf(Error)
    expect([back.name, back.message, back.stack, back.code, back._tag]).toEqual([
      'Mine',
      'mine',
      error.stack,
      'E_MINE',
      'Mine',
    ])
    expect(back.cause).toBeInstanceOf(AggregateError)
    expect(back.cause.errors).toHaveLength(2)
    expect(back.cause.errors[0]).toBeInstanceOf(RangeError)
    expect(back.cause.errors[1]).toBe('text')
    expect('cause' in back.cause).toBe(true)
    expect('cause' in back.cause.errors[0]).toBe(false)
    expect(Object.keys(roundTrip(new TypeError('t')) as object)).toEqual([])
    const abort = roundTrip(new DOMException('gone', 'AbortError')) as Error
    expect([abort instanceof Error, abort.name, abort.message]).toEqual([true, 'AbortError', 'gone'])
  })

  class Point {
    readonly x = 1
  }
  const cycle: { a: unknown[] } = { a: [] }
  cycle.a.push({ b: cycle })
  const map = new Map<unknown, unknown>()
  map.set('self', map)
  test.each<[string, unknown, RegExp]>([
    ['a function', { a: [() => 1] }, /^Cannot encode data\.a\[0\]: it is a function$/],
    ['a symbol', { 'odd key': Symbol.iterator }, /^Cannot encode data\["odd key"\]: it is a symbol$/],
    ['a symbol key', { a: { [Symbol.iterator]: 1 } }, /^Cannot encode data\.a: it has a property whose key is Symbol/],
    ['a cycle', cycle, /^Cannot encode data\.a\[0\]\.b: it contains itself$/],
    ['a map in itself', map, /^Cannot encode data\.value\(0\): it contains itself$/],
    ['an instance of a class', { p: new Point() }, /^Cannot encode data\.p: .*class of its own \(Point\)$/],
    ['a derived array', [new (class List extends Array {})()], /^Cannot encode data\[0\]: .*\(List\)$/],
    ['a derived map', new (class Dict extends Map {})(), /^Cannot encode data: .*\(Dict\)$/],
    ['a class that calls itself Map', runInNewContext('new (class Map {})()'), /^Cannot encode data: .*\(Map\)$/],
    ['an inherited object', Object.create({ a: 1 }), /^Cannot encode data: .*class of its own/],
    ['a regular expression', /x/, /\(RegExp\)$/],
    ['a promise', Promise.resolve(), /\(Promise\)$/],
    ['a weak map', new WeakMap(), /\(WeakMap\)$/],
    ['a boxed number', Object(5), /\(Number\)$/],
    ['a URL', new URL('http://a'), /\(URL\)$/],
    ['shared memory', new SharedArrayBuffer(1), /\(SharedArrayBuffer\)$/],
    [
      'an accessor',
      {
        get a() {
          return 1
        },
      },
      /^Cannot encode data\.a: it is an accessor$/,
    ],
    ['an array with a name', Object.assign([1], { index: 0 }), /^Cannot encode data: it has a property index$/],
    ['the cause of an error', new Error('a', { cause: () => {} }), /^Cannot encode data\.cause: it is a function$/],
    ['a key of a map', new Map([[Symbol.iterator, 1]]), /^Cannot encode data\.key\(0\): it is a symbol$/],
    ['a member of a set', new Set([[() => {}]]), /^Cannot encode data\.member\(0\)\[0\]: it is a function$/],
  ])('refuses %s with its path', (_name, value, message) => {
    expect(() => encode(value)).toThrow(TypeError)
    expect(() => encode(value)).toThrow(message)
  })

  test.each([
    { $go: 'Cat' },
    { $go: 5 },
    { $go: 'constructor', value: '' },
    { $go: 'number', value: '5' },
    { $go: 'bigint', value: '1.5' },
    { $go: 'bigint', value: '' },
    { $go: 'Date', value: 'soon' },
    { $go: 'Date', value: 5 },
    { $go: 'Map', value: [1] },
    { $go: 'Map', value: {} },
    { $go: 'Set', value: {} },
    { $go: 'Set' },
    { $go: 'object', value: [] },
    { $go: 'Uint8Array', value: 'AQ' },
    { $go: 'Uint8Array', value: '=AAA' },
    { $go: 'Uint16Array', value: 'AQ==' },
    { $go: 'Error', value: null },
  ])('refuses to decode %j', (json) => {
    expect(() => decode([json])).toThrow(TypeError)
    expect(() => decode([json])).toThrow(/^Cannot decode data: no value of type/)
  })

  test('refuses text that is no JSON', () => {
    expect(() => decodeText('{"a":')).toThrow(SyntaxError)
  })
})

describe('base64', () => {
  test('is what everybody else makes of the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (content) => {
        const text = toBase64(content)
        expect(text).toBe(Buffer.from(content).toString('base64'))
        expect(fromBase64(text)).toStrictEqual(new Uint8Array(content))
      }),
      { numRuns: runs },
    )
  })
})

describe('the checksum', () => {
  test('is the CRC-32 that everybody knows', () => {
    // Of code units, so that these are the bytes of '1' to '9' with a zero after each.
    const bytesOf = Buffer.from('123456789', 'utf16le')
    expect(crc32('123456789')).toBe(crcOf(bytesOf))
  })

  test('changes with every change', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.nat(), fc.integer({ min: 0, max: 15 }), (text, where, bit) => {
        const at = where % text.length
        const flipped = text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << bit)) + text.slice(at + 1)
        expect(crc32(flipped)).not.toBe(crc32(text))
      }),
      { numRuns: runs },
    )
    expect(checksumOf({ a: 1 })).not.toBe(checksumOf({ a: '1' }))
    expect(checksumOf([1, [2]])).not.toBe(checksumOf([[1], 2]))
  })
})

/** By the book, bit for bit. */
function crcOf(content: Uint8Array): string {
  let crc = 0xffffffff
  for (const byte of content) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return ((crc ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0')
}
