/** Keyed stores over IndexedDB: a database each, opened when it is first used. */

import { promisifyRequest, type UseStore } from 'idb-keyval'
import type { Change, KeyedStore } from '../generic/keyed/store.js'

const storeName = 'values'

/**
 * A way into the database of this name. It is opened on first use, again when the browser has closed it, and closed when
 * another tab wants to upgrade or delete it, so that nobody is blocked.
 */
function openStore(name: string): UseStore {
  let opened: Promise<IDBDatabase> | undefined
  const open = (): Promise<IDBDatabase> => {
    const request = indexedDB.open(name)
    request.onupgradeneeded = () => void request.result.createObjectStore(storeName)
    const opening = promisifyRequest(request)
    const forget = (): void => {
      if (opened === opening) opened = undefined
    }
    opened = opening
    opening.then((database) => {
      database.onclose = forget
      database.onversionchange = () => {
        forget()
        database.close()
      }
    }, forget)
    return opening
  }
  const begin = async (mode: IDBTransactionMode): Promise<IDBObjectStore> => {
    const database = await (opened ?? open())
    return database.transaction(storeName, mode, { durability: 'strict' }).objectStore(storeName)
  }
  return async (mode, callback) => {
    const first = await begin(mode).catch((error: unknown) => {
      // The connection was closed between two uses: once more, with a new one.
      if (!(error instanceof DOMException && error.name === 'InvalidStateError')) throw error
      opened = undefined
      return begin(mode)
    })
    return callback(first)
  }
}

/** The database of this name as a keyed store; each change is a transaction, durable when it has resolved. */
export function databaseStore(name: string): KeyedStore {
  const use = openStore(name)
  return {
    get: (key) => use('readonly', (store) => promisifyRequest<unknown>(store.get(key))),
    update: <R>(key: string, change: (value: unknown) => Change<R>) =>
      use('readwrite', (store) => changeIn(store, key, change)),
    keys: (prefix) =>
      use('readonly', async (store) => {
        // The largest code unit ends the range of all keys with this prefix.
        const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`)
        const keys = await promisifyRequest(store.getAllKeys(range))
        return keys.filter((key) => typeof key === 'string')
      }),
    deleteAll: (keys) =>
      use('readwrite', (store) => {
        for (const key of keys) store.delete(key)
        return promisifyRequest(store.transaction)
      }),
  }
}

/** Reads, changes and writes within one transaction, which others wait for. */
function changeIn<R>(store: IDBObjectStore, key: string, change: (value: unknown) => Change<R>): Promise<R> {
  return new Promise((resolve, reject) => {
    const { transaction } = store
    const request = store.get(key)
    request.onsuccess = () => {
      try {
        const said = change(request.result)
        if ('next' in said && said.next === undefined) store.delete(key)
        else if ('next' in said) store.put(said.next, key)
        transaction.oncomplete = () => resolve(said.result)
      } catch (error) {
        reject(error)
        transaction.abort()
      }
    }
    transaction.onabort = transaction.onerror = () => reject(transaction.error ?? request.error)
  })
}
