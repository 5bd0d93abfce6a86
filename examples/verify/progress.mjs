/** Shows how far it is: a bar on a terminal, a line for each tenth elsewhere. */
import { Presets, SingleBar } from 'cli-progress'

/** @typedef {{ start(files: number, packages: number): void, step(): void, stop(): void, readonly done: number }} Progress */

/**
 * @param {NodeJS.WriteStream} stream
 * @returns {Progress}
 */
export function createProgress(stream) {
  const show = stream.isTTY ? bar(stream) : lines(stream)
  let done = 0
  return {
    start(files, packages) {
      stream.write(`Found ${count(files, 'file')} in ${count(packages, 'package')}\n`)
      show.start(files)
    },
    step: () => show.update(++done),
    stop: () => show.stop(),
    get done() {
      return done
    },
  }
}

/** @param {NodeJS.WriteStream} stream */
function bar(stream) {
  // The scope ends it on Ctrl-C, as on every other way out.
  const options = {
    stream,
    hideCursor: true,
    gracefulExit: false,
    format: '{bar} {percentage}% {value}/{total} {eta}s',
  }
  const single = new SingleBar(options, Presets.shades_classic)
  return {
    /** @param {number} total */
    start: (total) => single.start(total, 0),
    /** @param {number} done */
    update: (done) => single.update(done),
    stop: () => single.stop(),
  }
}

/** @param {NodeJS.WriteStream} stream */
function lines(stream) {
  let total = 0
  let tenth = 0
  return {
    /** @param {number} files */
    start: (files) => {
      total = files
    },
    /** @param {number} done */
    update: (done) => {
      const now = Math.floor((10 * done) / total)
      if (now === tenth) return
      tenth = now
      stream.write(`${String(now * 10).padStart(3)} %  ${done.toLocaleString('en')} of ${count(total, 'file')}\n`)
    },
    stop: () => {},
  }
}

/**
 * @param {number} number
 * @param {string} what
 */
export function count(number, what) {
  return `${number.toLocaleString('en')} ${what}${number === 1 ? '' : 's'}`
}
