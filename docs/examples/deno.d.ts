/** What of Deno the examples use; their check in Deno itself needs no such file. */
declare const Deno: { readonly args: readonly string[]; exitCode: number }

declare module 'npm:go-go-scope' {
  export * from 'go-go-scope'
}
