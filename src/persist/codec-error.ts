/** Errors as plain objects and back. */

/** What is kept of an error: what describes it, and not what a class of its own added. */
const kept = ['name', 'message', 'stack', 'code', 'cause', 'errors', '_tag'] as const

/** The classes that come back as themselves; every other one comes back as an `Error` of its name. */
const classes: Readonly<Record<string, new (message: string) => Error>> = {
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
}

/** The parts of an error that are kept, those that it has. */
export function errorParts(error: Error): object {
  const parts: Record<string, unknown> = {}
  for (const key of kept) {
    if (key in error) parts[key] = (error as unknown as Record<string, unknown>)[key] // it may carry anything there
  }
  return parts
}

/** An error with these parts. */
export function decodeError(parts: Readonly<Record<string, unknown>>): Error {
  const error = create(parts)
  for (const key of kept) {
    if (!Object.hasOwn(parts, key) || (key in error && Reflect.get(error, key) === parts[key])) continue
    const enumerable = key === 'code' || key === '_tag'
    Object.defineProperty(error, key, { value: parts[key], enumerable, writable: true, configurable: true })
  }
  return error
}

function create({ name, message, errors }: Readonly<Record<string, unknown>>): Error {
  const text = String(message)
  if (name === 'AggregateError' && Array.isArray(errors)) return new AggregateError(errors, text)
  const Class = typeof name === 'string' && Object.hasOwn(classes, name) ? classes[name] : undefined
  return new (Class ?? Error)(text)
}
