/** The loggers of a scope and its tasks. A user's logger that throws breaks nothing. */

import { callback, object, oneOf } from '../base/options.js'
import type { LogLevel, Runtime } from '../runtime.js'
import type { Logger } from '../task/options.js'

const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

/** A logger whose four methods come down to one. */
export abstract class LevelLogger implements Logger {
  /** Writes a line of this severity. */
  protected abstract write(level: LogLevel, message: string, args: readonly unknown[]): void

  debug(message: string, ...args: unknown[]): void {
    this.write('debug', message, args)
  }

  info(message: string, ...args: unknown[]): void {
    this.write('info', message, args)
  }

  warn(message: string, ...args: unknown[]): void {
    this.write('warn', message, args)
  }

  error(message: string, ...args: unknown[]): void {
    this.write('error', message, args)
  }
}

/** Drops every line. */
export class NoOpLogger extends LevelLogger {
  protected override write(): void {}
}

/** Writes lines of a severity and above to the host's console. */
export class HostLogger extends LevelLogger {
  readonly #host: Pick<Runtime, 'log'>
  readonly #least: number

  constructor(host: Pick<Runtime, 'log'>, level: LogLevel) {
    super()
    this.#host = host
    this.#least = levels.indexOf(oneOf('create logger', 'logLevel', level, levels))
  }

  protected override write(level: LogLevel, message: string, args: readonly unknown[]): void {
    if (levels.indexOf(level) >= this.#least) this.#host.log(level, message, ...args)
  }
}

/** Hands lines to a user's logger; the first time it throws, the host's console says so. */
export class GuardedLogger extends LevelLogger {
  readonly #logger: Logger
  readonly #host: Runtime
  #told = false

  constructor(logger: Logger, host: Runtime) {
    super()
    for (const level of levels)
      callback('create scope', `logger.${level}`, object('create scope', 'logger', logger)[level])
    this.#logger = logger
    this.#host = host
  }

  protected override write(level: LogLevel, message: string, args: readonly unknown[]): void {
    try {
      this.#logger[level](message, ...args)
    } catch (error) {
      if (!this.#told) this.#host.log('error', 'The logger threw', error)
      this.#told = true
    }
  }
}

/** Puts `[prefix]` before every line. */
export class PrefixLogger extends LevelLogger {
  readonly #logger: Logger
  readonly #prefix: string

  constructor(logger: Logger, prefix: string) {
    super()
    this.#logger = logger
    this.#prefix = prefix
  }

  protected override write(level: LogLevel, message: string, args: readonly unknown[]): void {
    this.#logger[level](`[${this.#prefix}] ${message}`, ...args)
  }
}
