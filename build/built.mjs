import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { node24, Refusal, root, run, say, tool } from './bootstrap.mjs'

const dist = join(root, 'dist')
const stamp = join(dist, 'built-from')
const sources = [
  'core',
  'edge',
  'central',
  'cli',
  'models',
  'renderer',
  'electron',
  'package.json',
  'package-lock.json',
]
const pages = { config: 'vite.config.ts', part: 'renderer/edge', entry: 'renderer/edge/main.tsx' }
const fleetPages = {
  config: 'vite.central.config.ts',
  part: 'renderer/central',
  entry: 'renderer/central/main.tsx',
}
const programs = { config: 'vite.node.config.ts', part: 'node', entry: 'edge/inference/lane-process.ts' }
const desktop = { config: 'vite.electron.config.ts', part: 'electron', entry: 'electron/main/main.ts' }

/** What there is to build. */
const parts = () =>
  [pages, fleetPages, programs, desktop].filter(({ entry }) => existsSync(join(root, entry)))

const configs = ['vite.config.ts', 'vite.central.config.ts', 'vite.node.config.ts', 'vite.electron.config.ts']

/** Every file that a build reads: path, size and time of change. @param {string} path @returns {string[]} */
function filesOf(path) {
  const at = statSync(join(root, path))
  if (at.isDirectory())
    return readdirSync(join(root, path))
      .sort()
      .flatMap((name) => filesOf(join(path, name)))
  return /\.(ewp|onnx|csv|md)$/.test(path) ? [] : [`${path} ${at.size} ${at.mtimeMs}`]
}

function fingerprint() {
  const files = [...sources, ...configs].filter((path) => existsSync(join(root, path))).flatMap(filesOf)
  return createHash('sha256').update(files.join('\n')).digest('hex')
}

export function isBuilt() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint()
}

/**
 * Builds dist/ (the pages of the two consoles, the programs without types, the desktop app) where the sources are newer. The new one is made
 * beside the old and takes its place whole, so nobody meets half a build.
 */
export async function ensureBuilt() {
  const from = fingerprint()
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === from) return
  say('Building …')
  const made = join(root, `dist/.making-${process.pid}`)
  mkdirSync(made, { recursive: true })
  try {
    for (const { config, part } of parts()) {
      const args = [
        'build',
        '--config',
        join(root, config),
        '--outDir',
        join(made, part),
        '--emptyOutDir',
        '--logLevel',
        'warn',
      ]
      const status = await run(node24(), [tool('vite/bin/vite.js'), ...args])
      if (status !== 0)
        throw new Refusal(
          `The build failed (vite build --config ${config}, see above). Mend what it names and try again.`,
        )
    }
    rmSync(stamp, { force: true })
    for (const { part } of parts()) {
      mkdirSync(dirname(join(dist, part)), { recursive: true })
      if (existsSync(join(dist, part))) renameSync(join(dist, part), join(made, `old-${basename(part)}`))
      renameSync(join(made, part), join(dist, part))
    }
    writeFileSync(stamp, from)
  } finally {
    rmSync(made, { recursive: true, force: true })
  }
}

/** A program to run: built where the build is of these sources, else its source. @param {string} name @param {string} source */
export function program(name, source) {
  const built = join(dist, 'node', `${name}.js`)
  return isBuilt() && existsSync(built) ? built : join(root, source)
}
