/**
 * Validation at the door, in one grammar:
 * `Cannot create semaphore: permits must be a positive integer, got 0`.
 */

/** A duration in milliseconds: zero or more, `Infinity` for never. */
export function duration(action: string, option: string, value: unknown): number {
  if (typeof value !== 'number') throw wrongType(action, option, 'a number of milliseconds', value)
  if (!(value >= 0)) throw outOfRange(action, option, 'zero or more milliseconds', value)
  return value
}

/** A limit on how many may run at once: `undefined`, 0 and `Infinity` are unlimited and come back as `Infinity`. */
export function limit(action: string, option: string, value: unknown): number {
  if (value === undefined) return Infinity
  const count = integer(action, option, value, 0, true)
  return count === 0 ? Infinity : count
}

/** An integer not below `min`; `Infinity` only where asked for. */
export function integer(
  action: string,
  option: string,
  value: unknown,
  min: number,
  infinite: boolean = false,
): number {
  const rule = `${min === 1 ? 'a positive integer' : `an integer of at least ${min}`}${infinite ? ' or Infinity' : ''}`
  if (typeof value !== 'number') throw wrongType(action, option, rule, value)
  const whole = Number.isSafeInteger(value) || (infinite && value === Infinity)
  if (!whole || value < min) throw outOfRange(action, option, rule, value)
  return value
}

/** A number within bounds, both included. */
export function number(action: string, option: string, value: unknown, min: number, max: number): number {
  const rule = max === Infinity ? `a number of at least ${min}` : `a number from ${min} to ${max}`
  if (typeof value !== 'number') throw wrongType(action, option, rule, value)
  if (!(value >= min && value <= max)) throw outOfRange(action, option, rule, value)
  return value
}

/** A function. */
export function callback<F>(action: string, option: string, value: F): F {
  if (typeof value === 'function') return value
  throw wrongType(action, option, promised(value) ? 'a function, () => work()' : 'a function', value)
}

/** A function, or nothing. */
export function optionalCallback<F>(action: string, option: string, value: F): F {
  return value === undefined ? value : callback(action, option, value)
}

/** True or false, or nothing. */
export function flag(action: string, option: string, value: unknown): boolean {
  if (value === undefined) return false
  if (typeof value !== 'boolean') throw wrongType(action, option, 'true or false', value)
  return value
}

/** An object that is not an array. */
export function object<O>(action: string, option: string, value: O): O {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrongType(action, option, 'an object', value)
  }
  return value
}

/** An array. */
export function array<A>(action: string, option: string, value: A): A {
  if (!Array.isArray(value)) throw wrongType(action, option, 'an array', value)
  return value
}

/** A string that is not empty. */
export function text(action: string, option: string, value: unknown): string {
  if (typeof value !== 'string') throw wrongType(action, option, 'a string', value)
  if (value === '') throw outOfRange(action, option, 'a string that is not empty', value)
  return value
}

/** One of a fixed set of words. */
export function oneOf<W extends string>(action: string, option: string, value: W, words: readonly W[]): W {
  if (words.includes(value)) return value
  const rule = `one of ${words.map((word) => `'${word}'`).join(', ')}`
  throw typeof value === 'string' ? outOfRange(action, option, rule, value) : wrongType(action, option, rule, value)
}

/** The error for a value of the wrong type. */
export function wrongType(action: string, option: string, rule: string, value: unknown): TypeError {
  return new TypeError(`Cannot ${action}: ${option} must be ${rule}, got ${show(value)}`)
}

/** The error for a value of the right type that is not allowed. */
export function outOfRange(action: string, option: string, rule: string, value: unknown): RangeError {
  return new RangeError(`Cannot ${action}: ${option} must be ${rule}, got ${show(value)}`)
}

function promised(value: unknown): boolean {
  return value instanceof Object && 'then' in value
}

/** Shows a value in a message without ever throwing or running away. */
function show(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `'${value.length > 40 ? `${value.slice(0, 40)}…` : value}'`
    case 'function':
      return 'a function'
    case 'object':
      if (value === null) return 'null'
      return Array.isArray(value) ? 'an array' : promised(value) ? 'a promise' : 'an object'
    case 'bigint':
      return `${value}n`
    default:
      return String(value)
  }
}
