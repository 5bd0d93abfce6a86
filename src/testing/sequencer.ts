/** Orders the steps of concurrent code in a test, without sleeping: a log of what happened, gates to hold it up. */

/** A place where code waits until the test lets it go on. */
export interface Gate {
  /** Await this in the code under test. The same promise for everybody. */
  readonly wait: Promise<void>
  /** Lets everybody through, now and later. */
  open(): void
  /** Makes `wait` reject. A failed gate that nobody waits for is no unhandled rejection. */
  fail(error: unknown): void
}

/** What `sequencer` returns. */
export interface Sequencer {
  /** Names of the steps, in the order they were taken. */
  readonly log: readonly string[]
  /** Writes a step down. */
  step(name: string): void
  /** The gate of this name: the same one each time, so that test and code need to share only the sequencer. */
  gate(name: string): Gate
}

/**
 * Makes a sequencer.
 *
 * @example
 * ```ts
 * const seq = sequencer()
 * const t = s.task(async () => {
 *   seq.step('started')
 *   await seq.gate('answer').wait
 *   seq.step('answered')
 * })
 * seq.step('gate opens')
 * seq.gate('answer').open()
 * await t
 * seq.log // ['started', 'gate opens', 'answered']
 * ```
 */
export function sequencer(): Sequencer {
  const log: string[] = []
  const gates: Map<string, Gate> = new Map()
  return {
    log,
    step: (name) => void log.push(name),
    gate: (name) => {
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
  wait.catch(() => {}) // whoever waits sees it; nobody waiting is no fault of the code under test
  return { wait, open: () => open(), fail: (error) => fail(error) }
}
