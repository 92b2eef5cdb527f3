/**
 * What of the build and of the npm packages goes into the shipped runtime. Pure but for reading files, so that the tests
 * can ask it. `dist/node` leaves every npm package external (vite.node.config.ts); these are found from its imports.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'

/** @typedef {{ platform: string, arch: string }} Target as in process.platform and process.arch */

const licence = /^(licen[cs]e|notice|copying|copyright)/i
const neverOpened = /\.(ts|mts|cts|tsx|map|flow|md|markdown|txt|yml|yaml|h|hpp|cc|cpp|c|gyp|gypi|tgz|bench)$/i
const neverEntered = /^(tests?|__tests__|docs?|examples?|bench(mark)?s?|coverage|man|integration|\.\w.*)$/i
const notesForTools = /^(tsconfig.*\.json|biome\.json|\..*|Makefile|eslint\.config\.[cm]?js)$/i

/** Parts of single packages that only serve their building or installing. @type {Record<string, RegExp>} */
const buildsOnly = {
  'onnxruntime-node': /^(lib|script)\//,
  sharp: /^(src|install)\//,
  systeminformation: /^lib\/cli\.js$/,
}

/**
 * Whether a running program may open this file of an npm package. Its licence always goes along.
 * @param {string} name of the package @param {string} path inside it, with `/` @param {Target} target
 */
export function isNeeded(name, path, { platform, arch }) {
  const file = basename(path)
  if (licence.test(file) && !/\.[cm]?js$/.test(file)) return true
  if (neverOpened.test(file) || notesForTools.test(file)) return false
  if (neverEntered.test(path.split('/')[0] ?? '')) return false
  if (buildsOnly[name]?.test(path)) return false
  if (name === 'onnxruntime-node' && path.startsWith('bin/'))
    return new RegExp(`^bin/napi-v\\d+/${platform}/${arch}/`).test(path)
  return true
}

/** Files under a folder, relative, with `/`; nested node_modules left out. @param {string} folder @returns {string[]} */
export function filesUnder(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !/(^|\/)node_modules\//.test(path))
    .sort()
}

const specifier = /(?:\bfrom|\bimport|\brequire\(|\bimport\(|\bresolve\(|@import)\s*(['"])([^'"\n]+)\1/g

/** What a piece of code imports by name. @param {string} code */
export const importsOf = (code) =>
  [...code.matchAll(specifier)].map((match) => /** @type {string} */ (match[2]))

/** The package that a specifier names; undefined: none (Node's own, relative, `#…`). @param {string} name */
export function packageOf(name) {
  if (/^[a-z]+:/.test(name) || !/^(@[\w.-]+\/)?\w/.test(name)) return undefined
  return name.split('/', name.startsWith('@') ? 2 : 1).join('/')
}

/** Of the demos, and the fleet's server with its database: no machine needs them. The command says so (cli/commands/central.ts). */
export const elsewhere = ['demo.js', 'fleet-demo.js', 'central.js', 'central-backup.js']

/**
 * The built programs that a machine needs: entries are those that no other file imports.
 * @param {string} folder `dist/node` @param {string[]} [without] programs that are not shipped, and what only they import
 */
export function programFiles(folder, without = elsewhere) {
  const imports = new Map(
    filesUnder(folder).map((file) => [
      file,
      importsOf(readFileSync(join(folder, file), 'utf8'))
        .filter((name) => name.startsWith('./'))
        .map((name) => name.slice(2))
        .filter((name) => !without.includes(name)),
    ]),
  )
  const imported = new Set([...imports.values()].flat())
  const kept = new Set([...imports.keys()].filter((file) => !imported.has(file) && !without.includes(file)))
  for (const file of kept) for (const next of imports.get(file) ?? []) kept.add(next)
  return [...kept].sort()
}

/** @typedef {{ name: string, version: string, path: string, files: string[] }} Shipped path: from the root, with `/` */

/**
 * The npm packages behind these imports, and behind theirs. A dependency counts where the code that is kept names it, an
 * optional one where it is installed (packages load those by names they put together). What only an install script
 * needs stays out in this way.
 * @param {string} root @param {Iterable<string>} names of packages @param {Target} target @returns {Shipped[]}
 */
export function packagesBehind(root, names, target) {
  /** @type {Map<string, Shipped>} */
  const found = new Map()
  const waiting = [...names].map((name) => ({ name, from: root, optional: false }))
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const folder = locate(root, next.from, next.name)
    if (!folder && next.optional) continue
    if (!folder) throw new Error(`the package "${next.name}", which ${next.from} imports, is not installed`)
    const path = relative(root, folder).split(sep).join('/')
    if (found.has(path)) continue
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const files = filesUnder(folder).filter((file) => isNeeded(next.name, file, target))
    found.set(path, { name: next.name, version: manifest.version, path, files })
    const code = files
      .filter((file) => /\.[cm]?js$/.test(file))
      .map((file) => readFileSync(join(folder, file), 'utf8'))
    const named = (/** @type {string} */ name) =>
      code.some((text) =>
        [`'${name}'`, `"${name}"`, `'${name}/`, `"${name}/`].some((it) => text.includes(it)),
      )
    const { dependencies, optionalDependencies = {}, peerDependencies } = manifest
    for (const name of Object.keys({ ...dependencies, ...peerDependencies }).filter(named))
      if (!(name in optionalDependencies))
        waiting.push({ name, from: folder, optional: !(name in { ...dependencies }) })
    for (const name of Object.keys(optionalDependencies)) waiting.push({ name, from: folder, optional: true })
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** As Node looks it up: node_modules beside, then upwards to the root. @param {string} root @param {string} from @param {string} name */
function locate(root, from, name) {
  for (let at = from; ; at = dirname(at)) {
    const folder = join(at, 'node_modules', name)
    if (existsSync(join(folder, 'package.json'))) return folder
    if (at === root || at === dirname(at)) return undefined
  }
}

/** @param {string} path a file or a folder @returns {number} bytes */
export function sizeOf(path) {
  const at = statSync(path)
  if (!at.isDirectory()) return at.size
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0)
}
