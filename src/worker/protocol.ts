/** What goes between a scope and its workers. Other messages are the user's own and are left alone. */

import type { LogLevel } from '../runtime.js'
import type { Encoded } from './error-codec.js'

/** What to run. */
export type Work =
  /** The text of a function. */
  | { readonly kind: 'function'; readonly text: string }
  /** An export of a module. */
  | { readonly kind: 'module'; readonly module: string; readonly name: string }
  /** A task that the worker's module has exposed. */
  | { readonly kind: 'exposed'; readonly name: string }

/** To the worker. */
export type ToWorker =
  | { readonly goGoScope: 'init' }
  | {
      readonly goGoScope: 'run'
      readonly id: number
      readonly work: Work
      readonly data: unknown
      readonly attempt: number
      /** There is a checkpoint to save to; with the latest durable value. */
      readonly checkpoint: { readonly data: unknown } | undefined
    }
  | { readonly goGoScope: 'abort'; readonly id: number; readonly reason: Encoded }
  | {
      readonly goGoScope: 'saved'
      readonly id: number
      readonly save: number
      readonly data: unknown
      readonly error: Encoded | undefined
    }

/** Why a run failed: its code threw, or was not there, or gave what cannot be copied. */
export type Failing = 'thrown' | 'missing' | 'unreadable' | 'uncopyable'

/** From the worker. */
export type FromWorker =
  | { readonly goGoScope: 'hello'; readonly lock?: string }
  | { readonly goGoScope: 'done'; readonly id: number; readonly value: unknown }
  | {
      readonly goGoScope: 'failed'
      readonly id: number
      readonly why: Failing
      readonly error: Encoded
      /** The variable that a function wanted from outside. */
      readonly captured: string | undefined
    }
  | {
      readonly goGoScope: 'log'
      readonly id: number
      readonly level: LogLevel
      readonly message: string
      readonly args: readonly unknown[]
    }
  | { readonly goGoScope: 'progress'; readonly id: number; readonly percentage: number }
  | { readonly goGoScope: 'save'; readonly id: number; readonly save: number; readonly data: unknown }
  | { readonly goGoScope: 'stage'; readonly id: number; readonly data: unknown }
  /** An error that nobody caught, where the host tells only the worker. */
  | { readonly goGoScope: 'crash'; readonly error: Encoded }

/** True for messages of ours. */
export function isOurs(message: unknown): message is { readonly goGoScope: string } {
  return typeof message === 'object' && message !== null && 'goGoScope' in message
}
