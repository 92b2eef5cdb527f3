import { copyFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { ensureInstalled, main, node24, Refusal, root, run, say, tool } from './bootstrap.mjs'
import { ensureBuilt } from './built.mjs'
import { prepareRuntime, runtimeFolder } from './package.mjs'
import { checkRuntime } from './package-check.mjs'
import { sbomName } from './sbom.mjs'

const usage = `npm run dist -- [--prepare-only [--into DIR]] [--dir] […]
  makes the installers of this platform in dist/installers; what else is given goes to electron-builder
  --prepare-only   only make and try the runtime that goes beside the app, in dist/package/runtime or DIR
  --dir            the unpacked app, no installer`

/** The desktop's own bundle, where its sources and their configuration are there. */
async function buildDesktop() {
  const config = join(root, 'vite.electron.config.ts')
  if (!existsSync(config)) return
  say('Building the desktop app …')
  const status = await run(node24(), [
    tool('vite/bin/vite.js'),
    'build',
    '--config',
    config,
    '--logLevel',
    'warn',
  ])
  if (status !== 0)
    throw new Refusal('The desktop app could not be built (see above). Mend what is named there.')
}

/** @param {string} into */
function prepare(into) {
  say(`Preparing the runtime in ${into} …`)
  const { programs, packages } = prepareRuntime(into)
  const { node, bytes, parts } = checkRuntime(into)
  const mib = (/** @type {number} */ size) => `${(size / 2 ** 20).toFixed(0)} MiB`
  const sizes = Object.entries(parts).map(([part, size]) => `${part} ${mib(size)}`)
  say(
    `It runs here with its own Node ${node}: ${programs.length} program files, ${packages.length} packages, `,
  )
  say(`${mib(bytes)} in all (${sizes.join(', ')}).`)
  copyFileSync(join(into, sbomName), join(root, 'dist', sbomName))
  say(`What all of it is made of stands in ${sbomName} (CycloneDX), there and in dist.`)
}

await main(async () => {
  const args = process.argv.slice(2)
  if (args.includes('--help')) {
    say(usage)
    return 0
  }
  const at = args.indexOf('--into')
  const into = at < 0 ? undefined : args.splice(at, 2)[1]
  const prepareOnly = args.includes('--prepare-only')
  if ((at >= 0 && !into) || (into && !prepareOnly) || (prepareOnly && args.length > 1)) {
    say(usage)
    return 2
  }
  const foreign = args.find((arg) => foreignPlatform(arg, process.platform))
  if (foreign)
    throw new Refusal(
      `${foreign} is not made on ${process.platform}: Node and the native libraries that go along are this machine's own. ` +
        'Run this on a machine of that platform.',
    )
  ensureInstalled()
  await ensureBuilt()
  prepare(into ?? runtimeFolder)
  if (prepareOnly) return 0
  await buildDesktop()
  if (!existsSync(join(root, 'dist/electron/main.js')))
    throw new Refusal(
      'There is no dist/electron/main.js: the desktop app is not built, so there is nothing to pack.',
    )
  const config = join(root, 'electron-builder.yml')
  const packing = ['--config', config, '--publish', 'never', ...args]
  const status = await run(node24(), [tool('electron-builder/cli.js'), ...packing])
  if (status !== 0)
    throw new Refusal(
      `electron-builder ended with ${status} (see above). Electron's own binary and the makers of installers are ` +
        'downloaded at this point: it needs a network that reaches them, or its cache filled.',
    )
  return 0
})

/** Whether an option asks for another platform than this. @param {string} arg @param {string} platform */
function foreignPlatform(arg, platform) {
  const asked = { '--linux': 'linux', '-l': 'linux', '--win': 'win32', '-w': 'win32', '--windows': 'win32' }
  const all = { ...asked, '--mac': 'darwin', '-m': 'darwin', '--macos': 'darwin' }
  const wanted = Object.entries(all).find(([option]) => option === arg)?.[1]
  return wanted !== undefined && wanted !== platform
}
