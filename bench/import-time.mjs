/** Prints the milliseconds that importing takes what is named on the command line, in a process that has imported nothing else. */
const addresses = process.argv.slice(2)
const start = performance.now()
for (const address of addresses) await import(address)
console.log(performance.now() - start)
