/** The little that the page needs of the DOM. */
import type { Lifetime } from 'go-go-scope'

/** The element with this id, known to be of this kind. */
export function element<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id)
  if (found instanceof kind) return found
  throw new TypeError(`The page has no ${kind.name} with the id ${id}`)
}

/** Makes an element with this text. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  text = '',
  className = '',
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag)
  made.textContent = text
  made.className = className
  return made
}

/** Listens until the owner has ended. */
export function listen<E extends Event = Event>(
  owner: Lifetime,
  target: EventTarget,
  type: string,
  fn: (event: E) => void,
): void {
  const listener = (event: Event) => fn(event as E) // whoever names the type knows its event
  target.addEventListener(type, listener)
  owner.onDispose(() => target.removeEventListener(type, listener))
}

/** Puts a number as people read it. */
export const count = (n: number): string => n.toLocaleString('en')
