/** How the element looks, in light and dark. */

const light = `
  --back: #ffffff; --panel: #f6f7f9; --line: #dfe3e8; --text: #1b1f24; --muted: #5a6472; --focus: #0b63ce;
  --queued: #6b7686; --running: #1f6fd6; --retrying: #a15c00; --succeeded: #2c7a46; --failed: #c2273a; --cancelled: #6f5aa8;
  --ink: #ffffff;`

const dark = `
  --back: #15181d; --panel: #1c2027; --line: #323943; --text: #e8ebef; --muted: #a3adba; --focus: #7db4ff;
  --queued: #7f8a99; --running: #6cabff; --retrying: #f0b04e; --succeeded: #5fc783; --failed: #ff8088; --cancelled: #b8a5ee;
  --ink: #0e1116;`

/** The style sheet. The class `dark` is set by the element, which asks what scheme its place on the page has. */
export const css: string = `
:host { display: block; height: 30rem; font: 13px/1.4 system-ui, sans-serif; }
:host([hidden]) { display: none; }
* { box-sizing: border-box; }
.frame { ${light} display: flex; flex-direction: column; height: 100%; color: var(--text);
  background: var(--back); border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
.frame.dark { ${dark} }
.bar { display: flex; flex-wrap: wrap; gap: 6px 8px; align-items: center; padding: 6px 8px; background: var(--panel);
  border-bottom: 1px solid var(--line); }
.counts { flex: 1 1 12rem; margin: 0; color: var(--muted); font-variant-numeric: tabular-nums; }
.counts b { color: var(--text); font-weight: 600; }
input, button { font: inherit; color: var(--text); background: var(--back); border: 1px solid var(--muted);
  border-radius: 6px; padding: 3px 8px; min-height: 28px; }
input { flex: 0 1 14rem; min-width: 6rem; }
input::placeholder { color: var(--muted); opacity: 1; }
button { cursor: pointer; min-width: 28px; }
button[aria-pressed=true] { background: var(--text); color: var(--back); border-color: var(--text); }
button:disabled { opacity: .45; cursor: default; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 1px; }
.panes { flex: 1 1 auto; display: grid; grid-template-columns: minmax(14rem, 1fr) minmax(0, 2fr); min-height: 0; }
.tree, .timeline { overflow: auto; min-height: 0; overscroll-behavior: contain; }
.tree { padding: 4px 0; border-right: 1px solid var(--line); }
.row { display: flex; gap: 6px; align-items: baseline; padding: 2px 8px 2px calc(8px + var(--level) * 14px); white-space: nowrap; cursor: default; }
.row:hover { background: var(--panel); }
.row[aria-selected=true] { background: var(--panel); box-shadow: inset 2px 0 var(--focus); }
.row:focus-visible { outline-offset: -2px; }
.twist { width: 12px; flex: none; color: var(--muted); cursor: pointer; text-align: center; }
.row[aria-expanded=true] .twist::before { content: '▾'; }
.row[aria-expanded=false] .twist::before { content: '▸'; }
.sign { width: 14px; flex: none; text-align: center; color: var(--muted); }
.scope > .name { font-weight: 600; }
.name { overflow: hidden; text-overflow: ellipsis; min-width: 1.5rem; flex: 0 1 auto; }
.note { color: var(--muted); overflow: hidden; text-overflow: ellipsis; flex: 1 1 0; min-width: 3rem; font-variant-numeric: tabular-nums; }
.live > .sign, .closed > .sign, .succeeded > .sign { color: var(--succeeded); }
.running > .sign { color: var(--running); }
.retrying > .sign, .half-open > .sign, .disposing > .sign { color: var(--retrying); }
.failed > .sign, .breaker.open > .sign { color: var(--failed); }
.cancelled > .sign, .aborted > .sign { color: var(--cancelled); }
.timeline { position: relative; }
.timeline canvas { position: sticky; top: 0; display: block; touch-action: pan-y; margin-bottom: -100%; }
.timeline canvas:focus-visible { outline-offset: -2px; }
.spacer { width: 1px; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 12px; margin: 0; padding: 5px 8px; list-style: none; color: var(--muted);
  background: var(--panel); border-top: 1px solid var(--line); }
.swatch { display: inline-block; width: 16px; margin-right: 5px; border-radius: 3px; text-align: center; font-size: 10px; line-height: 14px; color: var(--ink); }
.details { flex: none; padding: 6px 8px; border-top: 1px solid var(--line); min-height: 3.2em; max-height: 9rem; overflow: auto; overflow-wrap: anywhere; }
.details h2 { font: inherit; font-weight: 600; margin: 0; }
.details p { margin: 0; color: var(--muted); }
.details ol { margin: 2px 0 0; padding-left: 20px; color: var(--muted); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
@media (max-width: 40rem) {
  :host { height: 40rem; }
  .counts { flex-basis: 100%; }
  input { flex: 1 1 7rem; }
  .panes { grid-template: minmax(0, 2fr) minmax(0, 3fr) / minmax(0, 1fr); }
  .tree { border-right: 0; border-bottom: 1px solid var(--line); }
}
@media (forced-colors: active) { .row[aria-selected=true] { outline: 1px solid; } }
`
