/** What is printed at the end: findings, a table, the scopes. */
import Table from 'cli-table3'
import { count } from './progress.mjs'

/**
 * @typedef {import('./verify.mjs').Finding} Finding
 * @typedef {import('./verify.mjs').Status} Status
 * @typedef {import('./verify.mjs').Outcome} Outcome
 * @typedef {{ package: string, bytes: number, files: number, alarms: number, counts: Record<Status, number> }} Row
 */

/** @type {readonly Status[]} */
const statuses = ['unchanged', 'new', 'changed', 'missing', 'vanished', 'unreadable']
/** @type {readonly Status[]} */
const alarming = ['changed', 'missing', 'vanished', 'unreadable']

const few = 10

/**
 * What was verified is not as it was.
 * @param {Pick<Finding, 'status'>} finding
 */
export function isAlarming({ status }) {
  return alarming.includes(status)
}

/**
 * @param {Outcome} outcome
 * @param {{ all: boolean, tree: string }} options
 */
export function report({ findings, isFirst }, { all, tree }) {
  const most = all ? Number.POSITIVE_INFINITY : few
  const notable = findings.filter((each) => isAlarming(each) || (each.status === 'new' && !isFirst))
  return [
    ...shorten(notable.map(describe), most, 'finding'),
    ...(findings.length > 0 ? [table(findings, most)] : []),
    ...shorten(tree.split('\n'), most, 'scope'),
  ].join('\n')
}

/** @param {Finding} finding */
function describe({ status, path, reason }) {
  return `${status.padEnd(10)} ${path}${reason === undefined ? '' : `  (${reason})`}`
}

/**
 * The packages with most to report, then the largest; the last row is all of them.
 * @param {readonly Finding[]} findings
 * @param {number} most
 */
function table(findings, most) {
  const rows = [...group(findings).values()]
  rows.sort((a, b) => b.alarms - a.alarms || b.counts.changed - a.counts.changed || b.bytes - a.bytes)
  const total = sum(`all ${count(rows.length, 'package')}`, findings)
  const drawn = new Table({
    head: ['package', 'files', 'MB', ...statuses],
    colAligns: ['left', ...Array.from({ length: statuses.length + 2 }, () => /** @type {const} */ ('right'))],
    style: { head: [], border: [], compact: true },
  })
  drawn.push(...[...rows.slice(0, most), total].map(cells))
  return drawn.toString()
}

/** @param {Row} row */
function cells({ package: name, files, bytes, counts }) {
  const numbers = statuses.map((status) => (counts[status] === 0 ? '' : counts[status].toLocaleString('en')))
  return [name, files.toLocaleString('en'), (bytes / 1e6).toFixed(1), ...numbers]
}

/** @param {readonly Finding[]} findings */
function group(findings) {
  /** @type {Map<string, Finding[]>} */
  const groups = new Map()
  for (const finding of findings) {
    const found = groups.get(finding.package)
    if (found) found.push(finding)
    else groups.set(finding.package, [finding])
  }
  return new Map(Array.from(groups, ([pack, found]) => [pack, sum(pack === '' ? '(the folder itself)' : pack, found)]))
}

/**
 * @param {string} name
 * @param {readonly Finding[]} findings
 * @returns {Row}
 */
function sum(name, findings) {
  const counts = { unchanged: 0, new: 0, changed: 0, missing: 0, vanished: 0, unreadable: 0 }
  let bytes = 0
  for (const finding of findings) {
    counts[finding.status]++
    bytes += finding.bytes
  }
  return { package: name, files: findings.length, bytes, alarms: findings.filter(isAlarming).length, counts }
}

/**
 * @param {readonly string[]} lines
 * @param {number} most
 * @param {string} what
 */
function shorten(lines, most, what) {
  if (lines.length <= most) return lines
  return [...lines.slice(0, most), `… and ${count(lines.length - most, `more ${what}`)}: --all shows them`]
}

/**
 * The last line.
 * @param {Outcome} outcome
 * @param {{ done: number, ms: number }} run
 */
export function verdict({ findings, files, packages, isFirst, isComplete }, { done, ms }) {
  if (!isComplete && packages === 0) return 'Interrupted while the files were listed: nothing was recorded'
  const seconds = `${(ms / 1000).toFixed(1)} s`
  if (!isComplete) {
    const reached = new Set(findings.map((finding) => finding.package)).size
    const progress = `${done.toLocaleString('en')} of ${count(files, 'file')} hashed, in ${reached} of ${count(packages, 'package')}`
    return `Interrupted after ${seconds}: ${progress}; nothing was recorded`
  }
  if (packages === 0) return 'No packages found'
  const alarms = findings.filter(isAlarming).length
  const result =
    alarms > 0 ? `${count(alarms, 'file')} not as recorded, or not readable` : isFirst ? 'recorded' : 'all as recorded'
  return `${count(done, 'file')} hashed in ${seconds}: ${result}`
}
