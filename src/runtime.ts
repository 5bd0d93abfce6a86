/** The seam to the host: everything the core needs beyond ECMAScript, abort signals and timers. */

/** The hosts that have an entry of their own; `generic` is the neutral default. */
export type RuntimeName = 'node' | 'deno' | 'bun' | 'workerd' | 'browser' | 'generic'

/** Severity of a log line, least severe first. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Events of the process or page; a host leaves out what it does not have. */
export interface HostEvents {
  /** Calls `fn` on each of the named process signals; returns its undo. */
  onShutdown?(signals: readonly string[], fn: (signal: string) => void): () => void
  /** Calls `fn` whenever the page becomes hidden; returns its undo. */
  onHidden?(fn: () => void): () => void
  /** Calls `fn` whenever the page shows again; returns its undo. */
  onVisible?(fn: () => void): () => void
  /** True while the page is hidden. */
  isHidden?(): boolean
}

/** What a host supplies to the core. Adapters translate and decide nothing. */
export interface Runtime {
  /** Which host this is. */
  readonly name: RuntimeName
  /** Monotonic milliseconds. The clock is looked up at each call, so that fake timers work. */
  now(): number
  /** Random bytes, as strong as the host has them. */
  randomBytes(length: number): Uint8Array
  /** Writes a line to the host's console. Never throws. */
  log(level: LogLevel, message: string, ...args: readonly unknown[]): void
  /** Lets a background timer not hold the process open. */
  unref?(timer: unknown): void
  /** True where a promise is settled only by the request that made it: one request cannot wake another. */
  readonly isolatesRequests?: boolean
  /** Process and page events, where the host has them. */
  readonly events?: HostEvents
}
