// All that the core may take from its host: everything else is ECMAScript or comes through `Runtime`.
interface AbortSignal {
  readonly aborted: boolean
  readonly reason: unknown
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
  throwIfAborted(): void
}
declare class AbortController {
  readonly signal: AbortSignal
  abort(reason?: unknown): void
}
declare function queueMicrotask(callback: () => void): void
declare function setTimeout(callback: () => void, delay?: number): unknown
declare function clearTimeout(timer: unknown): void
