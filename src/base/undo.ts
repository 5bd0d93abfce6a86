/** What every registration returns, so that whoever registers can take it back. */

/** Takes a registration back. Calling it again does nothing. */
export type Undo = () => void

/** Does nothing: the undo of a registration that needed none. */
export function nothing(): void {}
