/** What the Worker is deployed with: see wrangler.jsonc. */
import type { Gate } from './gate.js'
import type { Importer } from './importer.js'

export interface Env {
  /** Where the data comes from. */
  readonly UPSTREAM: string
  readonly GATE: DurableObjectNamespace<Gate>
  readonly IMPORTS: DurableObjectNamespace<Importer>
}
