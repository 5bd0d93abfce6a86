/** Process signals of servers, whatever their host calls the two functions. */

type Listen = (signal: string, listener: () => void) => void

/** Subscribes to every signal or, if the host refuses one of them, to none. */
export function listenToSignals(
  signals: readonly string[],
  onSignal: (signal: string) => void,
  add: Listen,
  remove: Listen,
): () => void {
  const listeners = new Map<string, () => void>()
  const undo = () => {
    for (const [signal, listener] of listeners) remove(signal, listener)
    listeners.clear()
  }
  try {
    for (const signal of new Set(signals)) {
      const listener = () => onSignal(signal)
      add(signal, listener)
      listeners.set(signal, listener)
    }
  } catch (error) {
    undo()
    throw error
  }
  return undo
}
