/** What IndexedDB does to a page: it closes connections, wants them closed, and runs out of room. */

import type { Checkpoint } from '../generic/index.js'
import type { Kit } from './kit.js'

/** A record as a provider keeps it; whether it is whole is not asked where it is saved. */
function record(sequence: number): Checkpoint {
  return { id: `job-${sequence}`, taskId: 'job', sequence, timestamp: 0, progress: 0, data: sequence }
}

/** Runs `fn` while a method of the platform does something else. */
async function instead<T extends object, K extends keyof T>(
  target: T,
  method: K,
  does: T[K],
  fn: () => Promise<void>,
): Promise<void> {
  const original = target[method]
  target[method] = does
  try {
    await fn()
  } finally {
    target[method] = original
  }
}

/** Deletes a database; rejects when somebody who has it open does not let go. */
function remove(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name)
    request.onsuccess = () => resolve()
    request.onerror = () => reject(request.error)
    request.onblocked = () => reject(new Error('the provider blocks the deletion'))
  })
}

export function indexedDb(kit: Kit): void {
  const { lib, test, env } = kit
  const assert: Chai.AssertStatic = kit.assert
  if (env.name !== 'browser') return
  let databases = 0
  const open = () => {
    const name = `indexeddb-${++databases}-${Math.random()}`
    return { name, provider: new lib.IndexedDBCheckpointProvider({ name }) }
  }

  test('IndexedDB: a page that wants to change the database is not blocked, and the provider goes on', async () => {
    const { name, provider } = open()
    await provider.save(record(1))
    await remove(name)
    assert.strictEqual(await provider.loadLatest('job'), undefined)
    await provider.save(record(2))
    assert.strictEqual((await provider.load('job-2'))?.sequence, 2)
    await remove(name)
  })

  test('IndexedDB: a connection that was closed is opened again, once', async () => {
    const { name, provider } = open()
    await provider.save(record(1))
    const { transaction } = IDBDatabase.prototype
    let refusals = 1
    const closed = function (this: IDBDatabase, ...args: Parameters<IDBDatabase['transaction']>): IDBTransaction {
      if (refusals-- > 0) throw new DOMException('The connection is closing', 'InvalidStateError')
      return transaction.apply(this, args)
    }
    await instead(IDBDatabase.prototype, 'transaction', closed, async () => {
      await provider.save(record(2))
      refusals = 2
      const error = await provider.save(record(3)).catch((thrown: unknown) => thrown)
      assert.instanceOf(error, lib.ProviderError)
      assert.strictEqual(((error as Error).cause as Error).name, 'InvalidStateError')
    })
    await provider.save(record(4))
    assert.strictEqual((await provider.load('job-2'))?.sequence, 2)
    assert.strictEqual(await provider.load('job-3'), undefined)
    assert.strictEqual((await provider.load('job-4'))?.sequence, 4)
    await remove(name)
  })

  test('IndexedDB: a used up quota is named, and what was saved is still there', async () => {
    const { name, provider } = open()
    await provider.save(record(1))
    const full = (): never => {
      throw new DOMException('no room', 'QuotaExceededError')
    }
    await instead(IDBObjectStore.prototype, 'put', full, async () => {
      const error = await provider.save(record(2)).catch((thrown: unknown) => thrown)
      assert.instanceOf(error, lib.ProviderError)
      const { message, cause } = error as Error
      assert.match(message, /checkpoint provider's save .*quota is used up.*"job"/)
      assert.strictEqual((cause as Error).name, 'QuotaExceededError')
    })
    assert.strictEqual((await provider.load('job-1'))?.sequence, 1)
    assert.strictEqual(await provider.load('job-2'), undefined)
    await provider.save(record(2))
    assert.strictEqual((await provider.load('job-2'))?.sequence, 2)
    await remove(name)
  })
}
