/** Keys as servers can keep them: any string, none of them twice. */

/** NUL ends text in PostgreSQL, braces choose a slot in Redis, halves of surrogate pairs have no UTF-8 of their own. */
const special = /[%{}\0\p{Surrogate}]/gu
const escaped = /%([0-9a-f]{4})/g

/** Replaces what a server could not tell apart; different keys stay different. */
export function escapeKey(key: string): string {
  return key.replace(special, (char) => `%${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** The key that `escapeKey` was given. */
export function unescapeKey(key: string): string {
  return key.replace(escaped, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
}

/** A test for a pattern in which `*` stands for any characters, none included. */
export function matcher(pattern: string): (key: string) => boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[\\^$.+?()[\]{}|/-]/g, '\\$&'))
  const expression = new RegExp(`^${parts.join('[^]*')}$`)
  return (key) => expression.test(key)
}
