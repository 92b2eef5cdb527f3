/**
 * What every script behind `npm run` needs first: the packages, Node 24, a build. It runs on the machine's own Node
 * (20 or newer) before anything is installed, so it imports nothing but Node itself. What it says goes to stderr.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** The shell that started this script and, where it can be seen, npm, which started that shell. */
function starters() {
  try {
    const npm = readFileSync(`/proc/${process.ppid}/stat`, 'utf8').split(') ').pop()?.split(' ')[1]
    return `${process.ppid} ${npm}`
  } catch {
    return String(process.ppid)
  }
}
const startedBy = starters()

/** @param {string} line */
export const say = (line) => process.stderr.write(`${line}\n`)

/** Something to tell the user in words: what, why, what next. Printed without a stack trace. */
export class Refusal extends Error {}

/**
 * @typedef {{ version?: string, optional?: boolean, os?: string[] }} LockedPackage
 * @typedef {{ packages?: Record<string, LockedPackage> }} Lock
 */

/**
 * Whether what npm says it installed (node_modules/.package-lock.json, written when an install ends) is what
 * package-lock.json asks for, on this platform.
 * @param {Lock} wanted @param {Lock | undefined} installed @param {string} platform as in process.platform
 */
export function isInstalled(wanted, installed, platform) {
  const have = installed?.packages
  if (!have) return false
  const current = Object.entries(wanted.packages ?? {}).every(
    ([path, { version, optional }]) =>
      path === '' || (have[path] ? have[path].version === version : optional === true),
  )
  return current && Object.values(have).every(({ os }) => !os || os.includes(platform))
}

/** @param {string} path @returns {Lock | undefined} */
function readLock(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined
}

/** The binary that the npm package `node` brought, or this process's own where that is new enough. */
export function node24() {
  const brought = join(root, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (existsSync(brought)) return brought
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath
  throw new Refusal(
    'Node 24 is missing: the install script of the npm package "node" did not run (is ignore-scripts set?). ' +
      'Run "npm rebuild node --ignore-scripts=false", or use Node 24.',
  )
}

/** Installs the packages where package-lock.json asks for others than there are. Silent when there is nothing to do. */
export function ensureInstalled() {
  const wanted = readLock(join(root, 'package-lock.json'))
  if (!wanted)
    throw new Refusal('package-lock.json is missing, so no version is certain. Restore it from git.')
  if (!isInstalled(wanted, readLock(join(root, 'node_modules/.package-lock.json')), process.platform))
    install()
  node24()
}

function install() {
  say('Installing packages (needs a network, about a minute) …')
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']
  const npm = process.env.npm_execpath
  const [command, ...first] = npm?.endsWith('.js') ? [process.execPath, npm] : ['npm']
  const done = spawnSync(/** @type {string} */ (command), [...first, ...args], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
    shell: process.platform === 'win32' && first.length === 0,
    // onnxruntime-node's script would fetch a CUDA library that most machines do not need; npm 10 ignores allowScripts.
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip', PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: '1' },
  })
  if (done.status === 0) return
  const said = `${done.stdout ?? ''}${done.stderr ?? ''}${done.error?.message ?? ''}`
    .trim()
    .split('\n')
    .slice(-12)
  throw new Refusal(
    `${said.join('\n')}\nThe packages could not be installed ("npm ${args.join(' ')}" failed, see above). ` +
      'Check the network and the npm registry settings, then run the same command again.',
  )
}

/**
 * A child of this script. It is sent the SIGINT and SIGTERM that reach this process, SIGTERM also when npm is gone, and
 * finds Node 24 and the tools first in its PATH.
 * @param {string} command @param {string[]} args
 * @param {{ env?: Record<string, string>, onLine?: (line: string) => void, quiet?: boolean }} [options]
 *   onLine: sees each line of stdout, which still goes to stdout; quiet: stdout is swallowed
 * @returns {Promise<number>} the exit status; 128 + n where signal n ended it
 */
export function run(command, args, { env = {}, onLine, quiet = false } = {}) {
  const path = [dirname(node24()), join(root, 'node_modules/.bin'), process.env.PATH ?? ''].join(delimiter)
  const child = spawn(command, args, {
    stdio: ['inherit', quiet ? 'ignore' : onLine ? 'pipe' : 'inherit', 'inherit'],
    // Tests and benchmarks that load onnxruntime themselves report to nobody either (edge/inference/lane-child.ts).
    env: {
      ...process.env,
      ORT_DISABLE_TELEMETRY: '1',
      INIT_CWD: process.env.INIT_CWD ?? process.cwd(),
      ...env,
      PATH: path,
    },
  })
  let rest = ''
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    process.stdout.write(text)
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine?.(line)
  })
  /** @param {NodeJS.Signals} signal */
  const forward = (signal) => {
    // Ctrl-C in a terminal reaches the whole group already; twice would read as "at once, please".
    if (!(signal === 'SIGINT' && process.stdin.isTTY)) child.kill(signal)
  }
  process.on('SIGINT', forward).on('SIGTERM', forward)
  // npm sends a signal to the shell that it put between, and Debian's dies of it without passing it on; a killed npm
  // passes nothing on.
  const orphaned = setInterval(() => {
    if (process.env.npm_lifecycle_event === undefined || starters() === startedBy) return
    clearInterval(orphaned)
    child.kill('SIGTERM')
  }, 200)
  return new Promise((resolve, reject) => {
    child
      .once('error', reject)
      .once('close', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)))
  }).finally(() => {
    clearInterval(orphaned)
    process.off('SIGINT', forward).off('SIGTERM', forward)
  })
}

/** The script of an npm package's command, to be run by Node 24 without a shell. @param {string} script */
export const tool = (script) => join(root, 'node_modules', script)

/** Runs a script's body; a Refusal becomes its words and status 1. @param {() => Promise<number>} body */
export async function main(body) {
  try {
    process.exitCode = await body()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    say(error.message)
    process.exitCode = 1
  }
}
