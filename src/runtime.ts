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

/** Where the code of a worker comes from. */
export type WorkerCode =
  /** The host's own program, which runs functions and modules that it is sent. */
  | { readonly from: 'library' }
  /** A module that calls `expose`: its address, or how the user makes a worker of it; a host takes what suits it. */
  | { readonly from: 'module'; readonly url: string | undefined; readonly create: (() => unknown) | undefined }

/** What a worker tells. */
export interface WorkerEvents {
  onMessage(message: unknown): void
  /** An error that nobody caught, or the module could not be loaded: the worker is of no more use. */
  onError(error: unknown): void
  /** It is gone. */
  onExit(): void
}

/** A worker, seen from outside. */
export interface WorkerPort {
  /** Sends a copy; what is in `transfer` moves. Throws when something cannot be copied. */
  post(message: unknown, transfer?: readonly object[]): void
  /** Lets it hold the process open, or not. */
  hold(open: boolean): void
  /** Ends it, whatever it is doing; it tells nothing any more. */
  end(): PromiseLike<unknown> | undefined
}

/** Starts workers. */
export interface WorkerHost {
  /** How many make sense at the same time: one less than the processors, at least 1. */
  readonly size: number
  /** The full address of a module. */
  resolve(module: string): string
  /** Starts a worker; throws, or tells `onError`, when it cannot. */
  spawn(code: WorkerCode, events: WorkerEvents): WorkerPort
  /** True when a worker of the library could not start because the host's policy forbids it. */
  isRefusal(error: unknown): boolean
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
  /** Calls `fn` some time after `target` has become garbage, where the engine tells; returns its undo. */
  onCollected?(target: object, fn: () => void): () => void
  /** Lets a background timer not hold the process open. */
  unref?(timer: unknown): void
  /** True where a promise is settled only by the request that made it: one request cannot wake another. */
  readonly isolatesRequests?: boolean
  /** Copies a value as a message to a worker would; what is in `transfer` moves. */
  clone?(value: unknown, transfer?: readonly object[]): unknown
  /** Loads what starts workers, on first use; left out, or `undefined`, where there are none. */
  workers?(): Promise<WorkerHost | undefined>
  /**
   * Draws a stretch of time in the host's performance panel, where there is one. Times are those of `now`; `detail` is data that can be
   * cloned.
   */
  measure?(name: string, start: number, end: number, detail: object): void
  /** Process and page events, where the host has them. */
  readonly events?: HostEvents
}
