/** Looks into live scopes: a function that tells what they look like, and an element that draws it. */
import '../symbols.js'

export { defineScopeInspector, type ScopeInspectorElement } from './element.js'
export { type InspectOptions, type Inspector, inspect } from './inspect.js'
export type {
  InspectedBreaker,
  InspectedChannel,
  InspectedRetry,
  InspectedScope,
  InspectedTask,
  InspectedTaskStatus,
  Inspection,
} from './inspection.js'
