/**
 * A store of idb-keyval over a connection of its own: writes are on the disk when they resolve, a connection that the browser
 * has closed is opened again once, and another page that wants to change or delete the database is not blocked.
 */
import { promisifyRequest, type UseStore } from 'idb-keyval'

const storeName = 'checkpoints'

/** A store in the database of this name, opened when it is first used. */
export function durableStore(name: string): UseStore {
  let connection: Promise<IDBDatabase> | undefined
  const connect = (): Promise<IDBDatabase> => {
    const opening = open(name, () => {
      if (connection === opening) connection = undefined
    })
    opening.catch(() => {
      if (connection === opening) connection = undefined
    })
    connection = opening
    return opening
  }
  return async (mode, use) => {
    const database = await (connection ?? connect())
    try {
      return await within(database, mode, use)
    } catch (error) {
      if (!isClosed(error)) throw error
      return within(await connect(), mode, use)
    }
  }
}

function open(name: string, closed: () => void): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1)
  request.onupgradeneeded = () => void request.result.createObjectStore(storeName)
  return promisifyRequest(request).then((database) => {
    database.onversionchange = () => {
      database.close()
      closed()
    }
    database.onclose = closed
    return database
  })
}

/** Runs `use` in one transaction; resolves when it is durable. What `use` throws undoes it. */
async function within<T>(
  database: IDBDatabase,
  mode: IDBTransactionMode,
  use: (store: IDBObjectStore) => T | PromiseLike<T>,
): Promise<T> {
  const transaction = database.transaction(storeName, mode, { durability: 'strict' })
  const done = promisifyRequest(transaction)
  done.catch(() => {}) // seen below, or preceded by the error of `use`
  try {
    const value = await use(transaction.objectStore(storeName))
    await done
    return value
  } catch (error) {
    try {
      transaction.abort()
    } catch {} // it has ended by itself
    throw transaction.error ?? error
  }
}

function isClosed(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'InvalidStateError'
}
