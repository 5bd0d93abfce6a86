/** Errors on their way from and to workers. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeError, encodeError } from '../src/worker/error-codec.js'

const cross = (thrown: unknown): unknown => decodeError(structuredClone(encodeError(thrown, true)))

test('built-in errors keep their class, and their stack is that of the other side', () => {
  for (const Base of [Error, TypeError, RangeError, ReferenceError, SyntaxError, EvalError, URIError]) {
    const error = new Base('message')
    const there = cross(error) as Error
    expect(there.constructor).toBe(Base)
    expect(there).toMatchObject({ name: error.name, message: 'message', stack: error.stack })
    expect(Object.keys(there)).toEqual([])
    expect('cause' in there).toBe(false)
  }
})

test('AggregateErrors keep their errors, other errors with a list too', () => {
  const all = cross(new AggregateError([new TypeError('a'), 'b'], 'all')) as AggregateError
  expect(all).toBeInstanceOf(AggregateError)
  expect(all.errors[0]).toBeInstanceOf(TypeError)
  expect(all.errors[1]).toBe('b')
  const list = cross(Object.assign(new Error('invalid'), { errors: ['name', 'age'] })) as { errors: unknown }
  expect(list).not.toBeInstanceOf(AggregateError)
  expect(list.errors).toEqual(['name', 'age'])
})

test('a DOMException keeps its name and code', () => {
  const there = cross(new DOMException('stopped', 'AbortError')) as { name: string; code: number }
  expect(there).toBeInstanceOf(Error)
  expect(there).toMatchObject({ name: 'AbortError', code: 20, message: 'stopped' })
})

test('cycles end, and what throws or cannot be copied is left out or text', () => {
  const error = new Error('cycle')
  error.cause = error
  expect(cross(error)).toMatchObject({ message: 'cycle', cause: { message: 'cycle' } })
  const hostile = Object.defineProperty(new Error('hostile'), 'code', {
    enumerable: true,
    get: () => {
      throw new Error('gotcha')
    },
  })
  expect(cross(hostile)).toMatchObject({ message: 'hostile' })
  expect(cross(Object.assign(new Error('m'), { fn: () => 1, symbol: Symbol('s'), deep: {} }))).toEqual(new Error('m'))
  expect(String(cross(() => 1))).toBe('() => 1')
  expect(cross(Object.create(null))).toBe('a value that cannot be shown')
})

test('plain values that were thrown arrive as they are', () => {
  for (const value of [undefined, null, 0, '', 1n, false]) expect(cross(value)).toBe(value)
  expect(decodeError(encodeError({ a: 1 }))).toEqual({ a: 1 })
})

test('law: message, name, code, tag and plain properties cross', () => {
  const plain = fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.bigInt())
  const key = fc.string().filter((name) => !['name', 'message', 'stack', 'cause', 'errors'].includes(name))
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.dictionary(key, plain), (message, name, own) => {
      const error = new Error(message)
      Object.defineProperty(error, 'name', { value: name, configurable: true })
      for (const [key, value] of Object.entries(own)) {
        Object.defineProperty(error, key, { value, enumerable: true, configurable: true })
      }
      const there = cross(error) as Error
      expect([there.message, there.name]).toEqual([message, name])
      expect(Object.fromEntries(Object.entries(there))).toEqual(own)
    }),
  )
})
