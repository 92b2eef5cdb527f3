import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'
import { Refusal, root, say } from './bootstrap.mjs'

/** The headless shell first: without windows and toolbars of its own it takes half the processor time. */
const names = [
  'chromium-headless-shell',
  'chromium',
  'chromium-browser',
  'google-chrome-stable',
  'google-chrome',
]
/** Debian's packages, the first that there is. */
const debians = ['chromium-headless-shell', 'chromium']
const places = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:/Program Files/Google/Chrome/Application/chrome.exe',
  'C:/Program Files (x86)/Google/Chrome/Application/chrome.exe',
]

/**
 * The Chromium that the browser tests use: the one that is named, an installed one, Playwright's; undefined: none.
 * @param {{ CHROMIUM_PATH?: string | undefined, PATH?: string | undefined }} env
 * @param {string} playwrights where Playwright would have put its own
 * @param {(path: string) => boolean} runs whether the file at this path is there and starts
 */
export function pickChromium(env, playwrights, runs) {
  if (env.CHROMIUM_PATH) {
    if (runs(env.CHROMIUM_PATH)) return env.CHROMIUM_PATH
    throw new Refusal(
      `CHROMIUM_PATH names ${env.CHROMIUM_PATH}, which does not start. Correct it, or unset it.`,
    )
  }
  const folders = (env.PATH ?? '').split(delimiter)
  const installed = names.flatMap((name) => folders.map((folder) => join(folder, name)))
  return [...installed, ...places, playwrights].find(runs)
}

/** Ubuntu's chromium-browser is a script that only names a snap, so being there is not enough. @param {string} path */
function runs(path) {
  if (!existsSync(path)) return false
  if (process.platform === 'win32') return true
  return spawnSync(path, ['--version'], { timeout: 20_000, stdio: 'ignore' }).status === 0
}

function pick() {
  const require = createRequire(join(root, 'package.json'))
  return pickChromium(process.env, require('@playwright/test').chromium.executablePath(), runs)
}

/** @returns {string} the path of a Chromium, installed first where this is root on Debian */
export function ensureChromium() {
  const found = pick()
  if (found) return found
  const refusal = new Refusal(
    'The browser tests need a Chromium, and none is here. Run: npx playwright install --with-deps chromium',
  )
  const debian = existsSync('/etc/os-release') && /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'))
  if (!debian || process.getuid?.() !== 0) throw refusal
  const apt = (/** @type {string[]} */ ...args) => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    const done = spawnSync('apt-get', ['-qq', ...args], { env, encoding: 'utf8' })
    if (done.status !== 0) say(done.stderr)
  }
  say("The browser tests need a Chromium: installing Debian's package …")
  apt('update')
  for (const name of debians) {
    apt('install', '--yes', '--no-install-recommends', name)
    const brought = pick()
    if (brought) return brought
  }
  throw refusal
}
