import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ErrorBody } from '#core/contracts/errors.ts'
import type { Imported, ImportSummary } from '#core/contracts/update.ts'
import { type FlipScene, flipScene, isNewPackage, next, roles } from '#support/update-faults/flip-scene.ts'
import { ends, type Flip, flipsOf, idleFlip, whileFlipped } from '#support/update-faults/flips.ts'

/**
 * One byte is flipped in each file of a stick in turn, and the machine reads it. A stick is taken or refused whole: whatever was
 * read, what the machine believes is what it was, all of it, until somebody confirms.
 */
let scene: FlipScene
beforeAll(async () => {
  scene = await flipScene('at-once')
})
afterAll(() => scene?.remove())

describe('a flipped byte on a stick', () => {
  let drive: string
  const onStick = (path: string) => join(drive, 'edgewright-repository', relative(scene.site.dir, path))
  beforeAll(() => {
    drive = mkdtempSync(join(tmpdir(), 'edgewright-stick-'))
    cpSync(scene.site.dir, join(drive, 'edgewright-repository'), { recursive: true })
  })
  afterAll(() => rmSync(drive, { recursive: true, force: true }))

  async function read(): Promise<{ status: number; body: Partial<ErrorBody> & Partial<ImportSummary> }> {
    const response = await scene.edge.raw('POST', '/api/updates/import', {
      body: JSON.stringify({ path: drive }),
      headers: { 'content-type': 'application/json' },
    })
    return { status: response.status, body: (await response.json()) as ErrorBody }
  }
  const readFlipped = (path: string, flip: Flip) => whileFlipped(onStick(path), flip, read)
  /** Whatever was read, nothing is believed before it was confirmed. */
  async function unchanged(work: () => Promise<unknown>): Promise<void> {
    const before = scene.believed()
    await scene.undisturbed(work)
    expect(scene.believed()).toEqual(before)
    expect(scene.machine.leftovers()).toEqual([])
  }
  async function readable(path: string, flip: Flip): Promise<void> {
    const { status, body } = await readFlipped(path, flip)
    expect([status, body.packages?.map(({ version }) => version)]).toEqual([200, [next]])
    expect((await scene.edge.raw('DELETE', `/api/updates/import/${body.id}`)).status).toBe(204)
  }

  it.each(roles)('in the metadata of %s: the stick is refused', async (role) => {
    const path = scene.site.path(role)
    await unchanged(async () => {
      const idle = role === 'root' || role === 'timestamp' ? [] : [idleFlip(scene.textOf(role))]
      for (const flip of [...flipsOf(scene.textOf(role)), ...idle]) {
        const { status, body } = await readFlipped(path, flip)
        expect([status, body.error?.code], flip.where).toEqual([422, 'update-refused'])
        expect(body.error?.message, flip.where).toMatch(new RegExp(`^${role}\\b`))
      }
      if (idle.length === 0) await readable(path, idleFlip(scene.textOf(role)))
    })
  })

  it('in what nobody needs: it is not read', async () => {
    const targets = scene.targets().filter((path) => !isNewPackage(path) && !path.endsWith('policy.json'))
    await unchanged(async () => {
      for (const path of [...scene.others(), ...targets])
        await readable(path, { where: 'first', at: 0, mask: 1 })
    })
  })

  it('in a target: the stick is refused; once the byte is put back, the update comes', async () => {
    const needed = scene.targets().filter((path) => isNewPackage(path) || path.endsWith('policy.json'))
    expect(needed).toHaveLength(2)
    await unchanged(async () => {
      for (const path of needed)
        for (const flip of ends(readFileSync(path).length)) {
          const { status, body } = await readFlipped(path, flip)
          expect([status, body.error?.code]).toEqual([422, 'download-refused'])
          expect(body.error?.message).toMatch(/not those that were signed \(sha256 [0-9a-f]{64}\), twice$/)
        }
    })
    const { body } = await read()
    const path = `/api/updates/import/${body.id}/confirm`
    expect(await scene.edge.client.json<Imported>('POST', path, {})).toMatchObject({
      packages: [{ version: next, ok: true }],
    })
    expect((await scene.machine.slots())[0]).toBe(`${next} running`)
    scene.expectRenewed(scene.believed())
  })
})
