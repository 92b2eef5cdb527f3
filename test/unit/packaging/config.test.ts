import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = new URL('../../../', import.meta.url)
const text = readFileSync(new URL('electron-builder.yml', root), 'utf8')

// What electron-builder itself reads and checks its configuration with.
const require = createRequire(createRequire(import.meta.url).resolve('electron-builder'))
const builder = createRequire(require.resolve('app-builder-lib'))
const { load } = builder('js-yaml') as { load: (text: string) => Record<string, unknown> }
const { validateSchema } = builder('./util/config/schemaValidator') as {
  validateSchema: (schema: object, data: unknown) => void
}
const schema = builder('../scheme.json') as object
const validate = (change: object = {}) => validateSchema(schema, { ...load(text), ...change })

/** Every file of this repository that the configuration names. */
const named = [...text.matchAll(/\bbuild\/[\w./-]+/g)]
  .map(([path]) => path)
  .filter((path) => !/\.mjs$/.test(path))

describe('electron-builder.yml', () => {
  it("is what electron-builder's own schema allows", () => {
    expect(() => validate()).not.toThrow()
  })

  it.each([
    ['a field that there is not', { asarr: true }],
    ['a fuse that there is not', { electronFuses: { runAsNodes: false } }],
    ['a value of another type', { nsis: { perMachine: 'perhaps' } }],
  ])('would be refused with %s', (_what, change) => {
    expect(() => validate(change)).toThrow(/Invalid configuration/)
  })

  it('names files that are here', () => {
    expect(named.length).toBeGreaterThanOrEqual(9)
    expect(named.filter((path) => !existsSync(fileURLToPath(new URL(path, root))))).toEqual([])
  })

  it('sets every fuse that there is, and lets nothing in but the archive', () => {
    const { FuseOptionsV1 } = (schema as { definitions: Record<string, { properties: object }> }).definitions
    const { resetAdHocDarwinSignature: _signing, ...fuses } = FuseOptionsV1!.properties as Record<
      string,
      unknown
    >
    expect(load(text)['electronFuses']).toEqual({
      ...Object.fromEntries(Object.keys(fuses).map((fuse) => [fuse, false])),
      enableCookieEncryption: true,
      enableEmbeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
    })
  })

  it('calls the app otherwise than the command, and starts what package.json names', () => {
    const { name, main } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as Record<
      string,
      string
    >
    const { linux, files } = load(text) as { linux: { executableName: string }; files: string[] }
    expect(linux.executableName).not.toBe(name)
    expect(main).toBe('dist/electron/main.js')
    expect(files[0]).toBe('dist/electron/**/*')
  })

  it('adds to the scripts of the package for Debian and takes nothing away from them', () => {
    for (const script of ['after-install.tpl', 'after-remove.tpl']) {
      const theirs = readFileSync(builder.resolve(`../templates/linux/${script}`), 'utf8')
      const ours = readFileSync(new URL(`build/linux/${script}`, root), 'utf8')
      const body = theirs.slice(theirs.indexOf('\n') + 1).trimEnd()
      expect(ours).toContain(body)
      expect(ours).toContain("/resources/runtime/bin/edgewright'")
    }
  })
})
