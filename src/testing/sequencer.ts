/** Puts the steps of concurrent code into an order that a test decides. */

/** A door that code waits at until a test opens it. */
export interface Gate {
  /** Resolves once the gate is open. */
  readonly wait: Promise<void>
  /** Lets everybody through. */
  open(): void
  /** Makes everybody who waits fail. */
  fail(error: unknown): void
}

/** Records steps and holds gates. */
export interface Sequencer {
  /** The steps so far. */
  readonly log: string[]
  /** Records a step. */
  step(name: string): void
  /** The gate of this name: the same one each time. */
  gate(name: string): Gate
}

/**
 * Makes a sequencer.
 *
 * @example
 * ```ts
 * const order = sequencer()
 * s.task(async () => { await order.gate('go').wait; order.step('ran') })
 * order.gate('go').open()
 * ```
 */
export function sequencer(): Sequencer {
  const log: string[] = []
  const gates = new Map<string, Gate>()
  return {
    log,
    step: (name) => void log.push(name),
    gate(name) {
      const gate = gates.get(name) ?? createGate()
      gates.set(name, gate)
      return gate
    },
  }
}

function createGate(): Gate {
  let open = (): void => {}
  let fail = (_error: unknown): void => {}
  const wait = new Promise<void>((resolve, reject) => {
    open = resolve
    fail = reject
  })
  wait.catch(() => {}) // whoever waits sees it
  return { wait, open, fail }
}
