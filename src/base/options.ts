/**
 * Validation at the door, in one grammar:
 * `Cannot create semaphore: permits must be a positive integer, got 0`.
 */

/** What one value may be: hands it on, or throws. */
export type Rule = (action: string, option: string, value: unknown) => unknown

/** A duration in milliseconds: zero or more, `Infinity` for never. */
export function duration(action: string, option: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0) return value
  const rule = typeof value === 'number' ? 'zero or more milliseconds' : 'a number of milliseconds'
  throw misfit('number', action, option, rule, value)
}

/** A limit on how many may run at once: `undefined`, 0 and `Infinity` are unlimited and come back as `Infinity`. */
export function limit(action: string, option: string, value: unknown): number {
  return (value === undefined ? 0 : integer(action, option, value, 0, true)) || Infinity
}

/** An integer not below `min`; `Infinity` only where asked for. */
export function integer(
  action: string,
  option: string,
  value: unknown,
  min: number,
  infinite: boolean = false,
): number {
  if (typeof value === 'number' && value >= min && (Number.isSafeInteger(value) || (infinite && value === Infinity))) {
    return value
  }
  const rule = `${min === 1 ? 'a positive integer' : `an integer of at least ${min}`}${infinite ? ' or Infinity' : ''}`
  throw misfit('number', action, option, rule, value)
}

/** A number within bounds, both included. */
export function number(action: string, option: string, value: unknown, min: number, max: number): number {
  if (typeof value === 'number' && value >= min && value <= max) return value
  const above = min === -Infinity ? 'a number' : `a number of at least ${min}`
  const rule = max === Infinity ? above : `a number from ${min} to ${max}`
  throw misfit('number', action, option, rule, value)
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
  if (value === undefined || typeof value === 'boolean') return value === true
  throw wrongType(action, option, 'true or false', value)
}

/** An object that is not an array. */
export function object<O>(action: string, option: string, value: O): O {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw wrongType(action, option, 'an object', value)
}

/** An array. */
export function array<A>(action: string, option: string, value: A): A {
  if (Array.isArray(value)) return value
  throw wrongType(action, option, 'an array', value)
}

/** A string that is not empty. */
export function text(action: string, option: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  throw misfit('string', action, option, value === '' ? 'a string that is not empty' : 'a string', value)
}

/** One of a fixed set of words. */
export function oneOf<W extends string>(action: string, option: string, value: unknown, words: readonly W[]): W {
  for (const word of words) if (word === value) return word
  throw misfit('string', action, option, `one of ${words.map((word) => `'${word}'`).join(', ')}`, value)
}

/**
 * Checks what is given of an object's options, each by its rule; returns the object.
 *
 * It goes through what a plain object has, and not through the rules: most calls give one option of many. An object of a class
 * may have its options from there.
 */
export function fields<O extends object>(
  action: string,
  option: string,
  value: O,
  rules: { readonly [K in keyof O]?: Rule },
  prefix: string = `${option}.`,
): O {
  const given: { readonly [K in keyof O]: unknown } = object(action, option, value)
  const isPlain = Object.getPrototypeOf(given) === Object.prototype
  for (const name of Object.getOwnPropertyNames(isPlain ? given : rules) as (keyof O & string)[]) {
    // a rule has the name of an option
    if (!Object.hasOwn(rules, name)) continue
    const option = given[name]
    if (option !== undefined) rules[name]?.(action, prefix + name, option)
  }
  return value
}

/** The same for the options of a call, whose names stand for themselves. */
export function options<O extends object>(action: string, value: O, rules: { readonly [K in keyof O]?: Rule }): O {
  return fields(action, 'options', value, rules, '')
}

/** The error for a value of the wrong type. */
export function wrongType(action: string, option: string, rule: string, value: unknown): TypeError {
  return new TypeError(`Cannot ${action}: ${option} must be ${rule}, got ${show(value)}`)
}

/** The error for a value of the right type that is not allowed. */
export function outOfRange(action: string, option: string, rule: string, value: unknown): RangeError {
  return new RangeError(`Cannot ${action}: ${option} must be ${rule}, got ${show(value)}`)
}

/** The error for a value that is not as it must be: of the wrong type, or of the right one and out of range. */
function misfit(type: 'number' | 'string', action: string, option: string, rule: string, value: unknown): Error {
  return (typeof value === type ? outOfRange : wrongType)(action, option, rule, value)
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
