/** Draws the diagrams of ```mermaid fences when the site is built: a page loads no script for them. */
import { renderMermaidSVG } from 'beautiful-mermaid'

const colors = {
  bg: 'var(--vp-c-bg)',
  fg: 'var(--vp-c-text-1)',
  muted: 'var(--vp-c-text-2)',
  line: 'var(--vp-c-text-2)',
  accent: 'var(--vp-c-brand-1)',
}

/** A fence says after its language what the picture shows, for those who cannot see it: ```mermaid A tree of scopes. */
function draw({ content, info }) {
  const label = info.slice('mermaid'.length).trim()
  if (label === '') throw new Error(`A diagram says in words what it shows, after the word mermaid:\n${content}`)
  // Fonts come from the page.
  const svg = renderMermaidSVG(content, { ...colors, transparent: true }).replace(/@import url\([^)]*\);?/, '')
  return `${figure('diagram', label, svg)}\n`
}

/** A picture in a page, with words for those who cannot see it. As text, since templates drop the <style> of a picture. */
export function figure(kind, label, svg) {
  return `<figure class="${kind}" tabindex="0" role="img" aria-label="${escaped(label)}" v-html="${escaped(JSON.stringify(svg))}"></figure>`
}

const entities = { '&': '&amp;', '"': '&quot;', '<': '&lt;', '>': '&gt;' }

/** A text as HTML has it, in attributes and between tags. */
export const escaped = (text) => text.replaceAll(/[&"<>]/g, (character) => entities[character])

/** @param md the markdown-it of the site */
export function drawDiagrams(md) {
  const fence = md.renderer.rules.fence
  md.renderer.rules.fence = (tokens, index, ...rest) =>
    tokens[index].info.startsWith('mermaid') ? draw(tokens[index]) : fence(tokens, index, ...rest)
}
