/** The same Worker with Hono: the middleware gives each request its scope, `c.var.scope`. */
import { scopedMiddleware } from 'go-go-scope/hono'
import { Hono } from 'hono'
import type { Env } from './env.js'
import { cities, city, runImport } from './index.js'

export { Gate } from './gate.js'
export { Importer } from './importer.js'

export default new Hono<{ Bindings: Env }>()
  .use(scopedMiddleware({ timeout: 30_000 }))
  .get('/cities', (c) => cities(c.var.scope, c.env))
  .get('/cities/:id', (c) => city(c.var.scope, c.req.param('id'), c.env))
  .post('/imports/:id', (c) => runImport(c.var.scope, c.req.param('id'), c.req.raw, c.env))
