/// <reference lib="esnext.disposable" preserve="true" />
/** Gives the two disposal symbols to engines that lack them; the only module that acts at import. */

declare global {
  // Merges with the DOM's or Node's; stands alone for a consumer whose libraries have neither.
  interface AbortSignal {}
  // biome-ignore lint/suspicious/noExplicitAny: all declarations of an interface must say the same
  interface ReadableStream<R = any> {}
}

// Registered symbols are what core-js, esbuild and Babel use too, so that all of them agree.
for (const name of ['dispose', 'asyncDispose'] as const) {
  if (!Symbol[name]) Object.defineProperty(Symbol, name, { value: Symbol.for(`Symbol.${name}`) })
}

export {}
