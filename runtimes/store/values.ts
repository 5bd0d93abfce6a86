/** Values as text. */

/** The text that is stored for a value. */
export function toText(value: unknown): string {
  return JSON.stringify({ value })
}

/** The value of a stored text. */
export function fromText(text: string): unknown {
  const record: unknown = JSON.parse(text)
  return (record as { readonly value?: unknown }).value
}
