import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { checkout } from './shipped.ts'

/**
 * What electron-builder needs of Electron's folder to pack an app for Linux, without Electron: the binary is a few bytes
 * with the fuse wire of version 1 in them. It packs as Electron would; it starts nothing.
 */
const require = createRequire(createRequire(import.meta.url).resolve('electron-builder'))
const builder = createRequire(require.resolve('app-builder-lib'))
const { SENTINEL } = builder('@electron/fuses/dist/constants') as { SENTINEL: string }

export const asar = builder('@electron/asar') as {
  listPackage: (file: string, options: { isPack: boolean }) => string[]
  extractFile: (file: string, path: string) => Buffer
}
export const { getCurrentFuseWire, FuseV1Options } = builder('@electron/fuses') as {
  getCurrentFuseWire: (binary: string) => Promise<Record<string, number | string>>
  FuseV1Options: Record<string, number>
}

function put(folder: string, files: Record<string, string | Buffer>) {
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), bytes)
  }
}

export function standInElectron(folder: string): string {
  const wire = Buffer.concat([Buffer.from(SENTINEL), Buffer.from([1, 8]), Buffer.from('10110001')])
  put(folder, {
    electron: Buffer.concat([Buffer.from('stand-in '), wire]),
    LICENSE: 'stand-in',
    'chrome-sandbox': 'stand-in',
    'locales/en-US.pak': '',
    'locales/de.pak': '',
    'locales/ja.pak': '',
  })
  mkdirSync(join(folder, 'resources'))
  chmodSync(join(folder, 'electron'), 0o755)
  return folder
}

/** A project as `npm run dist` leaves it to electron-builder, with a desktop bundle of two files, and much beside it. */
export function project(folder: string): string {
  put(folder, {
    'dist/electron/main.js': `import { app } from 'electron'\napp.quit()\n`,
    'dist/electron/preload.cjs': `require('electron')\n`,
    'dist/electron/main.js.map': '{}',
    'dist/node/edgewright.js': '',
    'electron/main/main.ts': '',
    'data/token': 'secret',
    'models/a.ewp': '',
    '.env': 'SECRET=1',
  })
  for (const name of ['package.json', 'electron-builder.yml', 'build', 'LICENSE'])
    cpSync(join(checkout, name), join(folder, name), { recursive: true })
  symlinkSync(join(checkout, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

/** Packs the unpacked app as `npm run dist -- --dir` does. */
export function pack(projectDir: string, electronDist: string) {
  const args = ['--projectDir', projectDir, '--config', join(projectDir, 'electron-builder.yml'), '--dir']
  const done = spawnSync(
    process.execPath,
    [
      join(checkout, 'node_modules/electron-builder/cli.js'),
      ...args,
      '--publish',
      'never',
      `-c.electronDist=${electronDist}`,
    ],
    { cwd: projectDir, encoding: 'utf8' },
  )
  return { status: done.status, said: `${done.stdout}${done.stderr}` }
}
