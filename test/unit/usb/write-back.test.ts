import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { folderName } from '#edge/update/usb/write-back.ts'
import { FakeStick } from '#support/fake-stick.ts'

let stick: FakeStick
beforeEach(() => {
  stick = new FakeStick()
})
afterEach(() => stick.remove())

async function importWithWriteBack() {
  const imports = stick.imports()
  const { id } = await imports.read(stick.drive, 'k')
  return imports.confirm(id, { writeBack: true }, 'k')
}
const name = 'edgewright-from-Line-3-Nord-2026-11-21'

describe('writing back', () => {
  it('puts the audit record and the log into a folder of their own', async () => {
    const { wroteBack } = await importWithWriteBack()
    expect(wroteBack).toBe(join(stick.drive, name))
    expect(readFileSync(join(wroteBack!, 'audit.ndjson'), 'utf8')).toBe('{"header":true}\n')
    expect(readFileSync(join(wroteBack!, 'runtime.log'), 'utf8')).toBe('a line\n')
  })

  it('overwrites nothing, and follows no link', async () => {
    mkdirSync(join(stick.drive, name))
    symlinkSync(stick.dataDir, join(stick.drive, `${name}-2`))
    const { wroteBack } = await importWithWriteBack()
    expect(wroteBack).toBe(join(stick.drive, `${name}-3`))
    expect(readdirSync(join(stick.drive, name))).toEqual([])
  })

  it('takes only the end of a long log', async () => {
    appendFileSync(join(stick.dataDir, 'logs', 'runtime.log'), `${'x'.repeat(17 * 2 ** 20)}the end`)
    const { wroteBack } = await importWithWriteBack()
    const log = readFileSync(join(wroteBack!, 'runtime.log'), 'utf8')
    expect([log.length, log.endsWith('the end')]).toEqual([16 * 2 ** 20, true])
  })

  it('that fails leaves nothing half-done, is said, and the import holds', async () => {
    stick.exportAudit = () => Promise.reject(new Error('the journal cannot be read'))
    const { packages, wroteBack, writeBackProblem } = await importWithWriteBack()
    expect([packages, wroteBack, writeBackProblem]).toEqual([[], null, 'the journal cannot be read'])
    expect(readdirSync(stick.drive)).toEqual(['edgewright-repository'])
    expect(stick.applied).toHaveLength(1)
  })

  it('to a stick that is full is said (a tmpfs of 5 MiB)', async ({ skip }) => {
    const drive = join(stick.work, 'small')
    mkdirSync(drive)
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=5m', 'tmpfs', drive]).status === 0
    skip(!mounted, 'no file system can be mounted here: it takes root')
    try {
      spawnSync('cp', ['-r', stick.repository, drive])
      appendFileSync(join(stick.dataDir, 'logs', 'runtime.log'), 'x'.repeat(6 * 2 ** 20))
      const imports = stick.imports()
      const { id } = await imports.read(drive, 'k')
      const { wroteBack, writeBackProblem } = await imports.confirm(id, { writeBack: true }, 'k')
      expect([wroteBack, writeBackProblem]).toEqual([null, expect.stringContaining('the disk is full')])
      expect(readdirSync(drive)).toEqual(['edgewright-repository'])
      spawnSync('mount', ['-o', 'remount,ro', drive])
      const again = await imports.read(drive, 'k')
      const second = await imports.confirm(again.id, { writeBack: true }, 'k')
      expect(second.writeBackProblem).toMatch(/read-only/)
    } finally {
      spawnSync('umount', [drive])
    }
  })

  it('names its folder so that every file system takes it', () => {
    expect(folderName('Prüfstand 4: "heiß" / Süd', Date.UTC(2026, 0, 2))).toBe(
      'edgewright-from-Pru-fstand-4-hei-Su-d-2026-01-02',
    )
    expect(folderName('../..', 0)).toBe('edgewright-from-machine-1970-01-01')
    writeFileSync(join(stick.work, folderName('x'.repeat(300), 0)), '')
  })
})
