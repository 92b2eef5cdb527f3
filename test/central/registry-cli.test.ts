import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adoptRepository } from '#central/catalogue/adopt.ts'
import { type SigningFile, signFile as signWithKey } from '#central/registry/signing-file.ts'
import type { Io } from '#cli/io.ts'
import { alias, deprecate, list, show, signatures, signFile } from '#cli/registry.ts'
import { publishAtCentral } from '#cli/registry-publish.ts'
import { type RegistrySite, registrySite } from '#support/central/registry-site.ts'
import { type SignedSite, signedSite } from '#support/signed-site.ts'

const packaged = 'models/machine-failure/machine-failure-1.1.0.ewp'

describe('at central', () => {
  let site: RegistrySite
  let where: { central: string }
  const said: string[] = []
  const io: Io = { env: {}, print: (text) => said.push(text), note: (text) => said.push(text), json: false }
  beforeAll(async () => {
    site = await registrySite()
    where = { central: site.url }
    io.env['EDGEWRIGHT_TOKEN'] = site.token
    io.env['INIT_CWD'] = process.cwd()
  })
  afterAll(() => site.remove())

  it('a package goes from its file to what runs, through those who sign', async () => {
    const uploaded = await publishAtCentral(io, packaged, where)
    expect(uploaded).toMatchObject({ model: 'machine-failure', version: '1.1.0', known: false })
    const file = join(site.dataDir, 'to-sign.json')
    await signFile(io, file, where)
    expect(said.join('\n')).toContain('models-demo 2 (2 must sign; nobody did yet)')
    for (const key of site.signers) {
      const asked = JSON.parse(readFileSync(file, 'utf8')) as SigningFile
      writeFileSync(file, JSON.stringify(signWithKey(asked, key).file))
    }
    const taken = await signatures(io, file, where)
    expect(taken.live.map(({ role }) => role)).toContain('models-demo')
    await alias(io, 'machine-failure', 'production', '1.1.0', { reason: 'first', ...where })
    said.length = 0
    await list(io, where)
    expect(said).toEqual(['machine-failure: 1.1.0, 1 published · production 1.1.0 · runs on 0 machines'])
    said.length = 0
    await show(io, 'machine-failure', '1.1.0', where)
    expect(said.join('\n')).toMatch(/state: published[\s\S]*approved by: models-demo-1 \([\s\S]*owner: /)
    await deprecate(io, 'machine-failure', '1.1.0', { reason: 'old', until: '2999-01-01', ...where })
    expect(said.at(-1)).toBe(
      'machine-failure 1.1.0 is deprecated, and must not start after 2999-01-01T00:00:00.000Z.',
    )
    await show(io, 'machine-failure', undefined, where)
    expect(said.join('\n')).toContain('1.1.0: deprecated, on 0 machines')
  })

  it('what is no package is not even sent', async () => {
    const file = join(site.dataDir, 'no.ewp')
    writeFileSync(file, 'no package')
    await expect(publishAtCentral(io, file, where)).rejects.toMatchObject({ code: 'package-refused' })
  })
})

describe('a repository that was made elsewhere', () => {
  let made: SignedSite
  let dataDir: string
  const broken = (spoil: (dir: string) => unknown) => {
    const dir = join(dataDir, 'broken')
    rmSync(dir, { recursive: true, force: true })
    cpSync(made.dir, dir, { recursive: true })
    spoil(dir)
    return dir
  }
  beforeAll(async () => {
    made = await signedSite({ packages: [packaged] })
    dataDir = mkdtempSync(join(tmpdir(), 'edgewright-adopt-'))
  })
  afterAll(() => {
    made.remove()
    rmSync(dataDir, { recursive: true })
  })
  const target = (dir: string) => {
    const folder = join(dir, 'targets/models/demo')
    return join(folder, readdirSync(folder)[0]!)
  }

  const change = (file: string) =>
    writeFileSync(file, readFileSync(file, 'utf8').replace('"terminating": true', '"terminating": false'))
  const toLink = (file: string) => {
    rmSync(file)
    symlinkSync('/etc/hostname', file)
  }

  it.each([
    ['with a byte too many in a package', (dir: string) => appendFileSync(target(dir), 'x')],
    ['without a package', (dir: string) => rmSync(target(dir))],
    ['with a link in the place of a file', (dir: string) => toLink(target(dir))],
    ['with metadata that were changed', (dir: string) => change(join(dir, 'metadata/1.targets.json'))],
    ['without its timestamp', (dir: string) => rmSync(join(dir, 'metadata/timestamp.json'))],
    ['of nothing', (dir: string) => rmSync(dir, { recursive: true })],
  ])('%s is refused, and leaves nothing', async (_what, spoil) => {
    const adopting = adoptRepository(broken(spoil), join(dataDir, 'data'), made.nowMs)
    await expect(adopting).rejects.toMatchObject({ code: 'repository-refused' })
    expect(readdirSync(join(dataDir, 'data'))).toEqual([])
  })

  it('is refused once it has expired', async () => {
    const later = made.nowMs + 3 * 365 * 86_400_000
    await expect(adoptRepository(made.dir, join(dataDir, 'data'), later)).rejects.toThrow('expired')
  })

  it('is taken whole, and never put in the place of another', async () => {
    writeFileSync(join(made.dir, 'notes.txt'), 'not of the repository')
    const { dir, report } = await adoptRepository(made.dir, join(dataDir, 'data'), made.nowMs)
    expect([report.ok, report.packages.length]).toEqual([true, 1])
    expect(readFileSync(target(dir)).equals(readFileSync(target(made.dir)))).toBe(true)
    expect(existsSync(join(dir, 'notes.txt'))).toBe(false)
    await expect(adoptRepository(made.dir, join(dataDir, 'data'), made.nowMs)).rejects.toThrow(
      'is there already',
    )
  })
})
