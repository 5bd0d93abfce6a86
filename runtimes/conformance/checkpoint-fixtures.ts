/** Checkpoint providers that remember, hang, fail and forget fields. */

import type { Checkpoint, CheckpointProvider } from '../generic/index.js'
import type { Lib } from './kit.js'

/** A provider over the memory one that remembers what it was asked. */
export interface Observed extends Required<CheckpointProvider> {
  readonly calls: string[]
}

/** What a test changes about a provider. */
export type Changes = Partial<CheckpointProvider>

/** A memory provider that writes down its calls, some of them replaced. */
export function observed(lib: Lib, changes: Changes = {}): Observed {
  const memory = new lib.InMemoryCheckpointProvider()
  const calls: string[] = []
  const methods = {
    save: (checkpoint: Checkpoint, fence?: number) => memory.save(checkpoint, fence),
    loadLatest: (id: string) => memory.loadLatest(id),
    load: (id: string) => memory.load(id),
    list: (id: string) => memory.list(id),
    cleanup: (id: string, keep: number) => memory.cleanup(id, keep),
    deleteAll: (id: string, fence?: number) => memory.deleteAll(id, fence),
    claim: (id: string) => memory.claim(id),
    ...changes,
  }
  const spied = Object.entries(methods).map(([name, method]) => [
    name,
    (...args: [never, never]) => {
      calls.push(name)
      return (method as (...given: unknown[]) => unknown)(...args) // one of the seven, with the arguments it was called with
    },
  ])
  return Object.assign(Object.fromEntries(spied) as Required<CheckpointProvider>, { calls })
}

/** As a provider made for the reference library: the six methods, and no fences. */
export function plain(lib: Lib): CheckpointProvider {
  const { claim: _, calls: __, ...methods } = observed(lib)
  return methods
}

/** Saves a record as an earlier run would have left it. */
export async function left(
  lib: Lib,
  provider: CheckpointProvider,
  taskId: string,
  ...values: readonly unknown[]
): Promise<void> {
  const context = lib.createCheckpointContext(taskId, provider)
  for (const value of values) await context.save(value)
}

/** Changes a stored record without its checksum. */
export async function damage(provider: CheckpointProvider, taskId: string, sequence: number): Promise<void> {
  const record = (await provider.list(taskId)).find((each) => each.sequence === sequence)
  if (record === undefined) throw new Error(`there is no record ${sequence} to damage`)
  await provider.save({ ...record, data: { torn: true } })
}
