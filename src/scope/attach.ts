/** Attaches probes to live scopes: several can watch one, each sees what is below the scope it was attached to. */

import type { Undo } from '../base/undo.js'
import type { Probe } from '../lifetime/probe.js'
import { type ScopeCore, subtree } from './core.js'

/** What a probe was joined from. */
const parts: WeakMap<Probe, readonly Probe[]> = /* @__PURE__ */ new WeakMap()

/** Lets a probe watch a scope and what is below it, now and later; the undo leaves nothing behind. */
export function attach(root: ScopeCore, probe: Probe): Undo {
  for (const core of subtree(root)) watch(core, probe)
  return () => {
    for (const core of subtree(root)) unwatch(core, probe)
  }
}

/** Lets a probe watch this scope, and those that are made below it from now on. */
export function watch({ group }: ScopeCore, probe: Probe): void {
  group.probe = joined([...partsOf(group.probe), probe])
}

/** Lets a probe no longer watch this one scope. */
export function unwatch({ group }: ScopeCore, probe: Probe): void {
  group.probe = joined(partsOf(group.probe).filter((each) => each !== probe))
}

function partsOf(probe: Probe | undefined): readonly Probe[] {
  return probe === undefined ? [] : (parts.get(probe) ?? [probe])
}

function joined(probes: readonly Probe[]): Probe | undefined {
  if (probes.length < 2) return probes[0]
  const all: Probe = (...event) => {
    for (const probe of probes) probe(...event)
  }
  parts.set(all, probes)
  return all
}
