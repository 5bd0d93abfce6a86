/** Asks the Worker, in the conditions of the moment. */
import { type Conditions, OfflineError } from './conditions.js'

/** The Worker answered, but not with what was asked for. */
export class HttpError extends Error {
  readonly _tag = 'HttpError'
  readonly status: number

  constructor(status: number) {
    super(`The service answered with ${status}`)
    this.status = status
  }
}

/** What can be asked of a request. */
export interface Ask {
  readonly signal: AbortSignal
  readonly source?: string
  readonly search?: Readonly<Record<string, string>>
}

/** The Worker. */
export interface Backend {
  /** Resolves to JSON; rejects with an `HttpError`, an `OfflineError`, or the signal's reason. */
  get<T>(path: string, ask: Ask): Promise<T>
}

/** Makes it. */
export function backend(conditions: Conditions): Backend {
  return {
    async get<T>(path: string, { signal, source, search = {} }: Ask): Promise<T> {
      const { online, offline } = conditions
      if (offline) throw new OfflineError()
      const query = conditions.query(source)
      for (const [name, value] of Object.entries(search)) query.set(name, value)
      try {
        const response = await fetch(`/api/${path}?${query}`, { signal: AbortSignal.any([signal, online]) })
        if (!response.ok) throw new HttpError(response.status)
        return (await response.json()) as T // the Worker and this page are one program
      } catch (error) {
        throw online.aborted ? online.reason : error // Safari tells that it was aborted, but not why
      }
    },
  }
}
