import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, sep } from 'node:path'
import { Refusal } from './bootstrap.mjs'
import { externalsOf, thisMachine } from './package.mjs'
import { packagesBehind, programFiles, sizeOf } from './package-files.mjs'

/** Nothing of the checkout: no PATH to its Node, no NODE_PATH. What Windows needs to start a process stays. */
export function bareEnvironment() {
  const kept = Object.entries(process.env).filter(([name]) =>
    /^(SystemRoot|windir|COMSPEC|TEMP|TMP)$/i.test(name),
  )
  return Object.fromEntries(kept)
}

/** The Node inside. @param {string} folder */
export const nodeOf = (folder) => join(folder, 'node', process.platform === 'win32' ? 'node.exe' : 'node')

/** Every file under a folder, relative, with `/`. @param {string} folder @returns {string[]} */
export function allFiles(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
}

/**
 * Tries a prepared runtime as it will be used: its own Node, another working folder, no environment.
 * @param {string} folder
 * @returns {{ node: string, bytes: number, parts: Record<string, number> }} sizes in bytes
 */
export function checkRuntime(folder) {
  const needed = [
    'dist/node/edgewright.js',
    'dist/node/lane-process.js',
    'dist/renderer/edge/index.html',
    'LICENSE',
  ]
  for (const file of needed)
    if (!existsSync(join(folder, file))) throw new Refusal(`The prepared runtime lacks ${file}. Build again.`)
  const surplus = surplusIn(folder)
  if (surplus.length > 0)
    throw new Refusal(
      `The prepared runtime holds ${surplus.length} files that no program opens: ${surplus[0]}, …`,
    )
  const programs = join(folder, 'dist/node')
  const imports = [...externalsOf(programs, programFiles(programs))].map((name) => `import '${name}'`)
  run(folder, ['--input-type=module', '--eval', imports.join('\n')], programs)
  const { node } = JSON.parse(run(folder, [join(programs, 'edgewright.js'), 'doctor', '--json'], tmpdir()))
  const parts = ['node', 'node_modules', 'dist'].map((part) => [part, sizeOf(join(folder, part))])
  return { node, bytes: sizeOf(folder), parts: Object.fromEntries(parts) }
}

/** @param {string} folder @param {string[]} args @param {string} cwd */
function run(folder, args, cwd) {
  const done = spawnSync(nodeOf(folder), args, { cwd, env: bareEnvironment(), encoding: 'utf8' })
  if (done.status !== 0)
    throw new Refusal(
      `The prepared runtime does not run (${args.join(' ')}): ${done.stderr || done.error?.message}`,
    )
  return done.stdout
}

/**
 * Files that nothing in the folder reaches. Throws where something reaches for a package that is not in it.
 * @param {string} folder
 */
export function surplusIn(folder) {
  const programs = programFiles(join(folder, 'dist/node'))
  const packages = packagesBehind(folder, externalsOf(join(folder, 'dist/node'), programs), thisMachine)
  const reached = new Set([
    ...programs.map((file) => `dist/node/${file}`),
    ...packages.flatMap(({ path, files }) => files.map((file) => `${path}/${file}`)),
  ])
  return allFiles(folder).filter((file) => /^(node_modules|dist\/node)\//.test(file) && !reached.has(file))
}
