import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allFiles } from '../../../build/package-check.mjs'
import { importsOf, packageOf } from '../../../build/package-files.mjs'
import { checkout, edgewright, outsideFolder, shippedRuntime } from './shipped.ts'
import { asar, FuseV1Options, getCurrentFuseWire, pack, project, standInElectron } from './stand-in.ts'

const work = outsideFolder()
afterAll(work.remove)
const app = join(work.dir, 'project')
const unpacked = join(
  app,
  `dist/installers/linux${process.arch === 'x64' ? '' : `-${process.arch}`}-unpacked`,
)
const resources = join(unpacked, 'resources')
const archive = join(resources, 'app.asar')

describe.skipIf(process.platform !== 'linux')(
  "the packed app, with a stand-in for Electron's binary,",
  () => {
    beforeAll(async () => {
      await shippedRuntime(join(app, 'dist/package/runtime'))
      const { status, said } = pack(project(app), standInElectron(join(work.dir, 'electron')))
      expect(said).not.toContain('⨯')
      expect(status, said).toBe(0)
    })

    it('has nothing in its archive but the bundle and what names it', () => {
      expect(asar.listPackage(archive, { isPack: false }).sort()).toEqual([
        '/dist',
        '/dist/electron',
        '/dist/electron/main.js',
        '/dist/electron/preload.cjs',
        '/package.json',
      ])
      const manifest = JSON.parse(asar.extractFile(archive, 'package.json').toString())
      expect(manifest).toMatchObject({ main: 'dist/electron/main.js', type: 'module' })
      expect(manifest).not.toHaveProperty('scripts')
      expect(existsSync(`${archive}.unpacked`)).toBe(false)
    })

    it('has the whole runtime beside the archive, and the command runs from there', async () => {
      expect(readdirSync(resources).sort()).toEqual(['app.asar', 'icons', 'runtime'])
      const made = join(app, 'dist/package/runtime')
      const sizes = (folder: string) =>
        allFiles(folder)
          .map((file) => `${file} ${statSync(join(folder, file)).size}`)
          .sort()
      expect(sizes(join(resources, 'runtime'))).toEqual(sizes(made))
      const { status, out } = await edgewright(join(resources, 'runtime/bin/edgewright'), '--version')
      expect([status, out.trim()]).toEqual([
        0,
        JSON.parse(readFileSync(join(app, 'package.json'), 'utf8')).version,
      ])
      expect(allFiles(join(resources, 'icons'))).toContain('linux/256x256.png')
    })

    it('has its fuses set', async () => {
      const wire = await getCurrentFuseWire(join(unpacked, 'edgewright-desktop'))
      const state = (fuse: string) => String.fromCharCode(Number(wire[FuseV1Options[fuse]!]))
      expect(
        Object.fromEntries(
          Object.keys(FuseV1Options)
            .filter((name) => Number.isNaN(Number(name)))
            .map((name) => [name, state(name)]),
        ),
      ).toEqual({
        RunAsNode: '0',
        EnableCookieEncryption: '1',
        EnableNodeOptionsEnvironmentVariable: '0',
        EnableNodeCliInspectArguments: '0',
        EnableEmbeddedAsarIntegrityValidation: '1',
        OnlyLoadAppFromAsar: '1',
        LoadBrowserProcessSpecificV8Snapshot: '0',
        GrantFileProtocolExtraPrivileges: '0',
      })
    })
  },
)

const bundle = join(checkout, 'dist/electron')

describe.skipIf(!existsSync(bundle))("the desktop's bundle", () => {
  it('imports nothing but Electron and Node: no package goes into the archive', () => {
    const files = allFiles(bundle).filter((file) => /\.[cm]?js$/.test(file))
    const named = files.flatMap((file) => importsOf(readFileSync(join(bundle, file), 'utf8')).map(packageOf))
    expect([...new Set(named)].filter((name) => name !== undefined && name !== 'electron')).toEqual([])
  })
})
