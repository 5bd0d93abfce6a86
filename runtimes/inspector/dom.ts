/** Makes elements without markup, which a strict page would refuse. */

/** An attribute; `false` leaves it out. */
type Attributes = Readonly<Record<string, string | number | boolean>>

/** An element with attributes and children; a string is text. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  set(element, attributes)
  element.append(...children)
  return element
}

/** Sets attributes, and leaves those alone that are as they should be. */
export function set(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    const wanted = value === false ? null : value === true ? '' : String(value)
    if (element.getAttribute(name) === wanted) continue
    if (wanted === null) element.removeAttribute(name)
    else element.setAttribute(name, wanted)
  }
}

/** Sets the text, if it is another one. */
export function say(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text
}

/** Puts a style sheet into a shadow root: as an object where there are such, since a strict page refuses an element. */
export function addStyle(root: ShadowRoot, css: string): void {
  if ('adoptedStyleSheets' in root && 'replaceSync' in CSSStyleSheet.prototype) {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(css)
    root.adoptedStyleSheets = [sheet]
  } else (root as ShadowRoot).append(make('style', {}, css)) // some engines know no other way
}
