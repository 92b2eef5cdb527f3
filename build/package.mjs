import {
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { node24, root } from './bootstrap.mjs'
import { filesUnder, importsOf, packageOf, packagesBehind, programFiles } from './package-files.mjs'
import { sbomName, sbomOf } from './sbom.mjs'

/**
 * The shipped runtime: a folder that runs `edgewright` wherever it is put, with the Node that it brings. It lies beside the
 * desktop app's own files and outside its asar archive, because a plain Node reads no asar.
 *
 *   bin/edgewright(.cmd)  node/node(.exe)  dist/node  dist/renderer/edge  node_modules  package.json  licences
 *   sbom.cdx.json: of all of it, and of the app around it
 */

/** Made for the machine that makes it: node_modules and Node are those that npm chose for it. */
export const thisMachine = { platform: process.platform, arch: process.arch }

/** Where the runtime for the installers is made: electron-builder.yml names it. */
export const runtimeFolder = join(root, 'dist/package/runtime')

/** @param {string} from @param {string} to */
function copy(from, to) {
  mkdirSync(dirname(to), { recursive: true })
  copyFileSync(from, to, constants.COPYFILE_FICLONE)
}

/**
 * Makes the folder anew from `dist` and node_modules.
 * @param {string} to @param {{ dist?: string }} [options] dist: the build to ship
 */
export function prepareRuntime(to, { dist = join(root, 'dist') } = {}) {
  rmSync(to, { recursive: true, force: true })
  const windows = process.platform === 'win32'
  const launcher = windows ? 'win/edgewright.cmd' : 'linux/edgewright.sh'
  copy(join(root, 'build', launcher), join(to, 'bin', windows ? 'edgewright.cmd' : 'edgewright'))
  copy(node24(), join(to, 'node', windows ? 'node.exe' : 'node'))
  if (!windows) for (const path of ['bin/edgewright', 'node/node']) chmodSync(join(to, path), 0o755)

  const programs = programFiles(join(dist, 'node'))
  for (const file of programs) copy(join(dist, 'node', file), join(to, 'dist/node', file))
  const pages = join(dist, 'renderer/edge')
  for (const file of filesUnder(pages)) copy(join(pages, file), join(to, 'dist/renderer/edge', file))

  const packages = packagesBehind(root, externalsOf(join(dist, 'node'), programs), thisMachine)
  for (const { path, files } of packages)
    for (const file of files) copy(join(root, path, file), join(to, path, file))

  const { name, version, description, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const manifest = { name, version, description, license, private: true, type: 'module' }
  writeFileSync(join(to, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  copy(join(root, 'LICENSE'), join(to, 'LICENSE'))
  const bundled = bundledPackages()
  writeFileSync(join(to, 'LICENSES.bundled.txt'), licencesOf(bundled))
  const shipped = [...packages, ...bundled].map((each) => `${each.name}@${each.version}`)
  writeFileSync(join(to, sbomName), sbomOf(new Set([...shipped, ...programsOfOthers()]), name))
  return { programs, packages }
}

/** The npm packages that these programs import. @param {string} folder @param {string[]} programs */
export function externalsOf(folder, programs) {
  const names = programs.flatMap((file) => importsOf(readFileSync(join(folder, file), 'utf8')).map(packageOf))
  return new Set(names.filter((name) => name !== undefined))
}

/** Node and Electron, which come as npm packages that nothing imports. */
const programsOfOthers = () =>
  ['node', 'electron'].map((name) => {
    const { version } = JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8'))
    return `${name}@${version}`
  })

/** What is bundled into the pages of a machine's console and into the desktop app. */
function bundledPackages() {
  const names = ['core', 'renderer', 'electron'].flatMap(importsUnder).map(packageOf)
  const bundled = new Set(names.filter((name) => name !== undefined && name !== 'electron'))
  return packagesBehind(root, /** @type {Set<string>} */ (bundled), thisMachine)
}

/** The licences of bundled packages; those of the others lie in them. @param {import('./package-files.mjs').Shipped[]} packages */
const licencesOf = (packages) =>
  packages
    .map(({ name, version, path, files }) => {
      const { license } = JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8'))
      const texts = files
        .filter((file) => /^(licen[cs]e|notice|copying)/i.test(file))
        .map((file) => readFileSync(join(root, path, file), 'utf8').trim())
      return [`${name} ${version} (${license})`, ...texts].join('\n\n')
    })
    .join(`\n\n${'-'.repeat(80)}\n\n`)

/** @param {string} folder of sources */
function importsUnder(folder) {
  if (!existsSync(join(root, folder))) return []
  return filesUnder(join(root, folder))
    .filter((file) => /\.(tsx?|css)$/.test(file) && !(folder === 'renderer' && file.startsWith('central/')))
    .flatMap((file) => importsOf(readFileSync(join(root, folder, file), 'utf8')))
}
