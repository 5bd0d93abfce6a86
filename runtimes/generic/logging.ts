/** Loggers and ids for use outside a scope, on the console and randomness that every host has. */
import type { LogLevel } from '../../src/runtime.js'
import { hexId } from '../../src/scope/correlation.js'
import { HostLogger, PrefixLogger } from '../../src/scope/log.js'
import type { Logger } from '../../src/task/options.js'
import { log, randomBytes } from './web.js'

/**
 * Writes lines of `level` (default `info`) and above to the console, each with `[name]` before it.
 *
 * @example
 * ```ts
 * const logger = new ConsoleLogger('jobs', 'debug')
 * logger.info('started') // [jobs] started
 * ```
 */
export class ConsoleLogger extends PrefixLogger {
  constructor(name: string, level: LogLevel = 'info') {
    super(new HostLogger({ log }, level), name)
  }
}

/** The given logger, or a console logger with this name and level. */
export function createLogger(name: string, logger?: Logger, level?: LogLevel): Logger {
  return logger ?? new ConsoleLogger(name, level)
}

/** A new W3C trace id: 32 lowercase hex digits. */
export function generateTraceId(): string {
  return hexId(16, { randomBytes })
}

/** A new W3C span id: 16 lowercase hex digits. */
export function generateSpanId(): string {
  return hexId(8, { randomBytes })
}
