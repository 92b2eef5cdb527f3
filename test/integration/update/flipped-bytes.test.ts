import { readFileSync, writeFileSync } from 'node:fs'
import { basename, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FlipScene, flipScene, isNewPackage, next, roles } from '#support/update-faults/flip-scene.ts'
import { ends, flipsOf, idleFlip, whileFlipped } from '#support/update-faults/flips.ts'

/**
 * One byte is flipped in each file of a published repository in turn, and the machine looks at it over HTTP.
 *
 * What holds: every file that it believes afterwards is, byte for byte, one that the signers made: the one that it believed
 * before, or the new one, and never the new one where that is the file with the flipped byte, or one that is only reached over
 * it. The one exception there can be: of timestamp and root no digest stands elsewhere, so their signatures may be written in
 * other letters (hex in upper case); what was signed is the same.
 */
let scene: FlipScene
beforeAll(async () => {
  scene = await flipScene('by-technician')
})
afterAll(() => scene?.remove())

describe('a flipped byte in a repository, over HTTP', () => {
  /** Metadata is looked at alone here: no package can be had. */
  const start = async () => {
    await scene.start()
    scene.server.instead = (path, _, response) => {
      if (isNewPackage(path)) response.writeHead(404).end()
      return isNewPackage(path)
    }
  }

  it.each(roles)('in the metadata of %s', async (role) => {
    await start()
    await scene.undisturbed(async () => {
      const flips = flipsOf(scene.textOf(role))
      expect(flips.length).toBeGreaterThan(3)
      for (const flip of flips) {
        const before = scene.believed()
        const checked = await whileFlipped(scene.site.path(role), flip, () => scene.machine.check())
        expect(checked, flip.where).toMatchObject({ code: 'update-refused', status: 422 })
        expect(checked.message, flip.where).toMatch(new RegExp(`^${role}\\b`))
        scene.expectAuthentic(before, scene.believed(), role)
      }
      // Without the app's metadata the rest goes on; without any other there is nothing to be fetched.
      if (role !== 'app') expect(scene.server.asked.filter(isNewPackage)).toEqual([])
      expect(await scene.machine.check()).toMatchObject({ code: 'done' })
      scene.expectRenewed(scene.believed())
      expect(scene.server.asked.filter(isNewPackage)).not.toEqual([])
    })
  })

  it.each(roles)('in the letters of a signature on %s: what was signed is the same', async (role) => {
    await start()
    const before = scene.believed()
    const checked = await whileFlipped(scene.site.path(role), idleFlip(scene.textOf(role)), () =>
      scene.machine.check(),
    )
    if (role !== 'root' && role !== 'timestamp') {
      // A digest of the whole file stands above it.
      expect(checked.message).toMatch(new RegExp(`^${role} version \\d+ is not the file that`))
      return scene.expectAuthentic(before, scene.believed(), role)
    }
    expect(checked.code).toBe('done')
    const [after, signed] = [scene.believed(), (text = '') => JSON.parse(text).signed as unknown]
    expect(after.trusted.files[role]).not.toBe(scene.textOf(role))
    expect(signed(after.trusted.files[role])).toEqual(signed(scene.textOf(role)))
    scene.expectRenewed({
      ...after,
      trusted: { ...after.trusted, files: { ...after.trusted.files, [role]: scene.textOf(role) } },
    })
  })

  it('in metadata that is older, or that nobody needs: it is not even asked for', async () => {
    const paths = scene.others()
    expect(paths.length).toBeGreaterThan(5)
    for (const path of paths) {
      await start()
      const [flip] = ends(readFileSync(path).length)
      expect(await whileFlipped(path, flip!, () => scene.machine.check())).toMatchObject({ code: 'done' })
      expect(scene.server.asked).not.toContain(`/${relative(scene.site.dir, path)}`)
      scene.expectRenewed(scene.believed())
    }
  })

  it('in each target in turn; once the byte is put back, the update comes', async () => {
    await scene.start()
    const targets = scene.targets()
    const [policy, fresh, rest] = [
      targets.filter((path) => path.endsWith('policy.json')),
      targets.filter(isNewPackage),
      targets.filter((path) => !path.endsWith('policy.json') && !isNewPackage(path)),
    ]
    expect([policy.length, fresh.length]).toEqual([1, 1])
    expect(rest.map((path) => basename(path).slice(65)).sort()).toEqual([
      'a.deb',
      'machine-failure-1.0.0.ewp',
    ])
    await scene.undisturbed(async () => {
      const before = scene.believed()
      for (const flip of ends(readFileSync(policy[0]!).length)) {
        const checked = await whileFlipped(policy[0]!, flip, () => scene.machine.check())
        expect(checked).toMatchObject({
          code: 'update-refused',
          message: 'policy.json is not what was signed: its sha256 is another',
        })
        expect(scene.believed().view).toEqual(before.view)
      }
      for (const flip of ends(readFileSync(fresh[0]!).length)) {
        const { updates } = await whileFlipped(fresh[0]!, flip, () => scene.machine.check())
        expect(updates.progress).toMatchObject([
          { state: 'failed', reason: expect.stringMatching(/not those that were signed .* twice$/) },
        ])
        expect(scene.machine.leftovers()).toEqual([])
      }
    })
    // Nobody needs these here: the one runs already, the other is the desktop app's.
    for (const path of rest) {
      const bytes = readFileSync(path)
      bytes[0]! ^= 1
      writeFileSync(path, bytes)
    }
    const answered = scene.reader.watch()
    const { updates } = await scene.machine.check()
    expect(updates.progress).toMatchObject([{ version: next, state: 'waiting' }])
    expect(await scene.machine.slots()).toEqual(['1.0.0 running', null, `${next} staged`])
    scene.expectRenewed(scene.believed())
    await answered('1.0.0')
  })
})
