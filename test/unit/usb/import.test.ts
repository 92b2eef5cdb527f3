import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { targetFile } from '#core/update/names.ts'
import { assigned, brought, FakeStick, modelWith, viewWith } from '#support/fake-stick.ts'

const wear = brought('wear', '1.0.2')
const view = viewWith({ assigned: [assigned(wear)] })
const file = `targets/${targetFile(wear.package.path, wear.package.digest)}`

let stick: FakeStick
beforeEach(() => {
  stick = new FakeStick(view, [wear])
})
afterEach(() => stick.remove())

/** What is staged of sticks in the data folder. */
const staged = () => {
  const dir = join(stick.dataDir, 'updates')
  try {
    return readdirSync(dir).filter((name) => name.startsWith('stick-'))
  } catch {
    return []
  }
}

describe('an import', () => {
  it('tells what would change, and changes nothing before it is confirmed', async () => {
    const imports = stick.imports()
    const summary = await imports.read(stick.drive, 'K (technician)')
    expect(summary).toMatchObject({
      id: 'id-1',
      path: stick.drive,
      packages: [{ model: 'wear', version: '1.0.2', signedBy: ['A. Weber', 'M. Keller'], replaces: null }],
      stagedBytes: wear.bytes.length,
      expiresAt: '2026-11-21T10:15:00.000Z',
    })
    expect(stick.applied).toEqual([])
    expect(imports.state()).toEqual({ state: 'waiting', summary })
    const done = await imports.confirm(summary.id, {}, 'K (technician)')
    expect(done).toEqual({
      packages: [{ model: 'wear', version: '1.0.2', ok: true, what: '1.0.2 runs' }],
      wroteBack: null,
    })
    expect(stick.applied).toMatchObject([{ by: 'K (technician)', view }])
    expect(imports.state()).toEqual({ state: 'none' })
    expect(staged()).toEqual([])
    expect(stick.audited.map(({ kind }) => kind)).toEqual(['import.done'])
  })

  it('takes the repository itself for a path as well', async () => {
    expect(await stick.imports().read(stick.repository, 'k')).toMatchObject({ id: 'id-1' })
  })

  it('gives the verified copy to whoever installs', async () => {
    const imports = stick.imports()
    let read = ''
    const target = stick.target()
    target.commitAndApply = async (_checked, files) => {
      read = readFileSync(files.get(wear.package.digest)!, 'utf8')
      return []
    }
    stick.target = () => target
    const again = stick.imports()
    const { id } = await again.read(stick.drive, 'k')
    rmSync(stick.drive, { recursive: true })
    await again.confirm(id, {}, 'k')
    expect(read).toBe('wear 1.0.2')
    await imports.close()
  })

  it('is done from the copy, whatever the stick holds after it was read', async () => {
    const imports = stick.imports()
    const { id } = await imports.read(stick.drive, 'k')
    stick.put(file, 'other bytes of ')
    stick.put('metadata/timestamp.json', JSON.stringify({ view: viewWith({ versions: { timestamp: 99 } }) }))
    await imports.confirm(id, {}, 'k')
    expect(stick.applied[0]?.view).toEqual(view)
    expect(Object.keys(stick.applied[0]?.files ?? {})).toEqual([wear.package.digest])
  })

  it('is refused where what is believed has changed since it was read', async () => {
    const imports = stick.imports()
    const { id } = await imports.read(stick.drive, 'k')
    stick.standing = { ...stick.standing, versions: { ...view.versions, 'site-north': 3 } }
    await expect(imports.confirm(id, {}, 'k')).rejects.toMatchObject({
      code: 'import-refused',
      message: expect.stringContaining('has changed since the stick was read'),
    })
    expect([stick.applied, staged()]).toEqual([[], []])
  })

  it('waits for a quarter of an hour, and no longer', async () => {
    const imports = stick.imports()
    const { id } = await imports.read(stick.drive, 'k')
    stick.nowMs += 15 * 60_000
    await expect(imports.confirm(id, {}, 'k')).rejects.toMatchObject({ code: 'import-unknown' })
    await imports.close()
  })

  it('gives way to a second one', async () => {
    const imports = stick.imports()
    const first = await imports.read(stick.drive, 'k')
    const second = await imports.read(stick.drive, 'k')
    expect(staged()).toEqual([`stick-${second.id}`])
    await expect(imports.confirm(first.id, {}, 'k')).rejects.toMatchObject({ code: 'import-unknown' })
    await imports.cancel(second.id)
    expect(staged()).toEqual([])
    await expect(imports.cancel(second.id)).rejects.toMatchObject({ code: 'import-unknown' })
  })

  it('can be given up while it is read', async () => {
    const imports = stick.imports()
    stick.onCheck = () => imports.cancel('id-1')
    await expect(imports.read(stick.drive, 'k')).rejects.toMatchObject({ code: 'cancelled' })
    expect([imports.state(), staged()]).toEqual([{ state: 'none' }, []])
  })

  it('is done once, though two people confirm it', async () => {
    const imports = stick.imports()
    const { id } = await imports.read(stick.drive, 'k')
    const both = await Promise.allSettled([imports.confirm(id, {}, 'a'), imports.confirm(id, {}, 'b')])
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    expect(both[1]).toMatchObject({ reason: { code: 'model-busy' } })
    expect(stick.applied).toHaveLength(1)
  })

  it('finds nothing left of one that was killed', async () => {
    mkdirSync(join(stick.dataDir, 'updates', 'stick-old'), { recursive: true })
    writeFileSync(join(stick.dataDir, 'updates', 'stick-old', 'x'), 'x')
    writeFileSync(join(stick.dataDir, 'updates', 'kept'), 'of somebody else')
    await stick.imports().start()
    expect(readdirSync(join(stick.dataDir, 'updates'))).toEqual(['kept'])
  })
})

describe('an import copies', () => {
  it('no package that is here already', async () => {
    stick.standing.models = [
      modelWith('wear', { running: { package: wear.package, state: { state: 'running' } } }),
    ]
    const { stagedBytes, packages } = await stick.imports().read(stick.drive, 'k')
    expect([stagedBytes, packages[0]?.skipped]).toEqual([0, 'it runs here already'])
  })

  it('no package that lies not on the stick, and takes the rest', async () => {
    rmSync(join(stick.repository, file))
    const { packages, roles } = await stick.imports().read(stick.drive, 'k')
    expect(packages[0]?.skipped).toMatch(/not on the stick/)
    expect(roles.length).toBeGreaterThan(0)
  })

  it('no byte before the disk was found large enough', async () => {
    const imports = stick.imports({ reserveBytes: 2 ** 60 })
    await expect(imports.read(stick.drive, 'k')).rejects.toMatchObject({ code: 'disk-too-small' })
    expect(staged()).toEqual([])
  })

  it('no more than is allowed in all', async () => {
    await expect(stick.imports({ packageBytes: 5 }).read(stick.drive, 'k')).rejects.toThrow(
      'more than the 5 allowed',
    )
    await expect(stick.imports({ metadataBytes: 5 }).read(stick.drive, 'k')).rejects.toThrow(
      'its metadata is more than',
    )
  })

  it('no package whose bytes are other than those that were signed', async () => {
    stick.put(file, 'wear 1.0.3')
    await expect(stick.imports().read(stick.drive, 'k')).rejects.toMatchObject({
      code: 'download-refused',
      message: expect.stringContaining('not those that were signed'),
    })
    expect(stick.audited).toMatchObject([{ kind: 'import.refused', body: { path: stick.drive } }])
  })

  it('no package that is longer than what was signed', async () => {
    appendFileSync(join(stick.repository, file), 'and more')
    await expect(stick.imports().read(stick.drive, 'k')).rejects.toThrow('were signed')
  })
})

describe('a stick that is pulled', () => {
  it('can be tried again, and nothing of it is left', async () => {
    const imports = stick.imports()
    const away = `${stick.drive}-away`
    stick.onCheck = () => renameSync(stick.drive, away)
    const gone = imports.read(stick.drive, 'k')
    await expect(gone).rejects.toMatchObject({
      code: 'update-unreachable',
      hint: expect.stringContaining('Put the stick back in'),
    })
    expect([imports.state(), staged()]).toEqual([{ state: 'none' }, []])
    renameSync(away, stick.drive)
    stick.onCheck = () => undefined
    expect(await imports.read(stick.drive, 'k')).toMatchObject({ stagedBytes: wear.bytes.length })
  })

  it('after it was read is not missed', async () => {
    const imports = stick.imports()
    const { id } = await imports.read(stick.drive, 'k')
    rmSync(stick.drive, { recursive: true })
    const { packages, wroteBack, writeBackProblem } = await imports.confirm(id, { writeBack: true }, 'k')
    expect([packages[0]?.ok, wroteBack]).toEqual([true, null])
    expect(writeBackProblem).toMatch(/not there any more/)
  })
})

it('says of an older stick which of the two is newer', async () => {
  stick.standing.versions = { root: 1, timestamp: 7 }
  const signed = { version: 5, 'x-edgewright-issued': '2026-11-01T08:00:00Z' }
  stick.put('metadata/timestamp.json', JSON.stringify({ signed, view }))
  await expect(stick.imports().read(stick.drive, 'k')).rejects.toMatchObject({
    code: 'import-refused',
    message: expect.stringMatching(/version 5, issued 2026-11-01T08:00:00Z, and this machine has version 7/),
  })
})
