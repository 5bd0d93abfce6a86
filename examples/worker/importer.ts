/**
 * Copies all cities into its storage, page by page: one object for each import.
 *
 * An import goes on where it was left: whether its client has left, the upstream failed, or the object was moved or restarted.
 */
import { DurableObject } from 'cloudflare:workers'
import { DurableObjectCheckpointProvider, DurableObjectLockProvider, type Scope, scoped } from 'go-go-scope'
import type { Env } from './env.js'
import { ask, failed } from './upstream.js'

interface City {
  readonly id: string
}

/** What is saved after each page. */
interface Position {
  readonly page: number
  readonly cities: number
}

export class Importer extends DurableObject<Env> {
  readonly #run = scoped((s, _request: Request, _context: DurableObjectState) => this.#import(s), {
    name: 'import',
    persistence: {
      checkpoint: new DurableObjectCheckpointProvider(this.ctx.storage),
      lock: new DurableObjectLockProvider(this.ctx.storage),
    },
  })

  override fetch(request: Request): Promise<Response> {
    return this.#run(request, this.ctx)
  }

  async #import(s: Scope): Promise<Response> {
    await using lock = await s.acquireLock('import', { wait: false })
    if (lock === null) return new Response('This import is running', { status: 409 })
    let resumedAt = 0
    const [error, cities] = await s.task(
      async ({ checkpoint }) => {
        // It has one: the scope has a provider, and the task asks for it.
        const saved = checkpoint as NonNullable<typeof checkpoint>
        const from = saved.data as Position | undefined
        resumedAt = from?.page ?? 0
        return this.#copy(s, from ?? { page: 0, cities: 0 }, (position) => saved.save(position))
      },
      { id: 'import', checkpoint: { maxCheckpoints: 1 } },
    )
    return error ? failed(error) : Response.json({ cities, resumedAt })
  }

  async #copy(s: Scope, from: Position, save: (position: Position) => Promise<void>): Promise<number> {
    let { page, cities } = from
    for (;;) {
      const [error, found] = await ask<readonly City[]>(s, globalThis, `${this.env.UPSTREAM}/cities?page=${page}`)
      if (error) throw error
      if (found.length === 0) return cities
      for (const city of found) await this.ctx.storage.put(`city:${city.id}`, city)
      page++
      cities += found.length
      await save({ page, cities })
    }
  }
}
