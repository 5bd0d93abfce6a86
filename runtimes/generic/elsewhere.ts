/** Stands for the providers that another host has: every entry exports every name. */
import type { Checkpoint, CheckpointProvider } from '../../src/persist/types.js'

/** Where each provider lives. */
const homes = {
  FileCheckpointProvider: 'the files of a server',
  IndexedDBCheckpointProvider: 'a browser',
  DurableObjectCheckpointProvider: 'a Durable Object',
} as const

/** A provider that cannot be made here. */
export class Elsewhere implements CheckpointProvider {
  /** @throws TypeError, always: it names the provider to use here. */
  constructor(name: keyof typeof homes, here: string) {
    throw new TypeError(`Cannot create ${name}: it needs ${homes[name]}, use ${here} here`)
  }

  declare save: (checkpoint: Checkpoint, fence?: number) => Promise<void>
  declare loadLatest: <T>(taskId: string, onDamaged?: (what: string) => void) => Promise<Checkpoint<T> | undefined>
  declare load: <T>(checkpointId: string) => Promise<Checkpoint<T> | undefined>
  declare list: (taskId: string) => Promise<Checkpoint[]>
  declare cleanup: (taskId: string, keepCount: number) => Promise<void>
  declare deleteAll: (taskId: string, fence?: number) => Promise<void>
  declare claim: (taskId: string) => Promise<number>
}
