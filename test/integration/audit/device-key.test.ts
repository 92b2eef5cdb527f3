import { generateKeyPairSync } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { verifyExport } from '#core/audit/verify-export.ts'
import { recordTools } from '#edge/audit/tools.ts'
import { isDataFolderHeld, lockDataFolder } from '#edge/journal/lock.ts'
import { openJournalReadOnly } from '#edge/journal/read-only.ts'
import {
  afterHours,
  copyOf,
  hourMs,
  inShort,
  linesOf,
  machineIn,
  temporaryFolder,
  verify,
} from './fixture.ts'

const keyIn = (dir: string) => join(dir, 'device.key')
const otherKey = () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })

describe('the key of a machine', () => {
  it('is made once, for its owner only, and said in the record', async () => {
    const machine = await machineIn(temporaryFolder())
    expect(statSync(keyIn(machine.dir)).mode & 0o777).toBe(0o600)
    const { device, publicKey, problem } = machine.trail.key
    expect(problem).toBeNull()
    expect(machine.journal.eventRows({ stream: 'events', limit: 9 }).rows).toMatchObject([
      { kind: 'device-key.made', body: { device, publicKey } },
    ])
    await machine.stop()
    const pem = readFileSync(keyIn(machine.dir), 'utf8')
    expect((await machineIn(machine.dir)).trail.key).toMatchObject({ device, publicKey, problem: null })
    expect(readFileSync(keyIn(machine.dir), 'utf8')).toBe(pem)
  })

  it.each([
    [
      'is damaged',
      (path: string) => writeFileSync(path, 'rubbish'),
      /device.key is damaged: it cannot be read/,
    ],
    ['is empty', (path: string) => writeFileSync(path, ''), /device.key is damaged/],
    ['is gone', (path: string) => rmSync(path), /device.key is gone/],
    [
      "is another device's",
      (path: string) => writeFileSync(path, otherKey()),
      /is the key of another device/,
    ],
    [
      'is of another kind',
      (path: string) =>
        writeFileSync(
          path,
          generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
            type: 'pkcs8',
            format: 'pem',
          }),
        ),
      /of another kind \(ec\)/,
    ],
  ])('that %s is not replaced: nothing is signed, and everything else goes on', async (_, harm, problem) => {
    const dir = await afterHours(1)
    const before = readFileSync(keyIn(dir))
    harm(keyIn(dir))
    const left = existsSync(keyIn(dir)) ? readFileSync(keyIn(dir)) : undefined
    const machine = await machineIn(dir)
    expect(machine.trail.key.problem).toMatch(problem)
    expect(existsSync(keyIn(dir)) ? readFileSync(keyIn(dir)) : undefined).toEqual(left)
    const newest = machine.journal.eventRows({ stream: 'events', limit: 1 }).rows
    expect(newest).toMatchObject([{ kind: 'device-key.refused' }])
    await machine.hour()
    expect(machine.trail.key.checkpoint).toMatchObject({ counter: 2 })
    await expect(machine.export()).rejects.toMatchObject({ code: 'device-key-refused' })
    expect(await machine.trail.verify()).toMatchObject({ ok: true, checkpoints: { count: 2 } })
    // Put back from a copy, it is taken up without a new start.
    writeFileSync(keyIn(dir), before)
    machine.clock.ms += hourMs
    await machine.trail.tick()
    expect(machine.trail.key).toMatchObject({ problem: null, checkpoint: { counter: 3 } })
  })

  it('is renewed by an admin where it cannot be used, and only there; what the former signed still counts', async () => {
    const dir = await afterHours(2)
    writeFileSync(keyIn(dir), 'rubbish')
    const machine = await machineIn(dir)
    const former = machine.trail.key.device
    await machine.trail.renewKey('admin', 'the disk was damaged')
    expect(machine.trail.key.device).not.toBe(former)
    expect(readFileSync(`${keyIn(dir)}.former`, 'utf8')).toBe('rubbish')
    const [, replaced] = machine.journal.eventRows({ stream: 'events', limit: 2 }).rows
    expect(replaced).toMatchObject({
      kind: 'device-key.replaced',
      by: 'admin',
      body: { former, reason: 'the disk was damaged' },
    })
    await expect(machine.trail.renewKey('admin', 'again')).rejects.toMatchObject({
      code: 'device-key-refused',
    })
    await machine.hour()
    const report = await verifyExport(linesOf(await machine.export()), recordTools)
    expect(report.report).toMatchObject({
      ok: true,
      device: machine.trail.key.device,
      checkpoints: { count: 6 },
    })
    await machine.stop()
    expect(await verify(dir)).toMatchObject({ ok: true, checkpoints: { count: 7, last: { counter: 7 } } })
  })
})

describe('checkpoints', () => {
  it('are taken when an hour has passed, by whichever way the clock went', async () => {
    const machine = await machineIn(temporaryFolder())
    await machine.trail.tick()
    machine.clock.ms += 59 * 60_000
    await machine.trail.tick()
    expect(machine.trail.key.checkpoint?.counter).toBe(1)
    machine.clock.ms += 60_000
    await machine.trail.tick()
    expect(machine.trail.key.checkpoint?.counter).toBe(2)
    machine.clock.ms -= 24 * 3600_000
    await machine.trail.tick()
    expect(machine.trail.key.checkpoint?.counter).toBe(3)
    expect(await machine.trail.verify()).toMatchObject({ ok: true, checkpoints: { count: 3 } })
  })

  it('count on from the higher of file and journal, and go past a line that a power cut tore', async () => {
    const dir = await afterHours(2)
    const path = join(dir, 'checkpoints.ndjson')
    const whole = readFileSync(path, 'utf8')
    appendFileSync(path, whole.slice(0, 500))
    expect(await verify(dir)).toMatchObject({ ok: true, checkpoints: { count: 3 } })
    const machine = await machineIn(dir)
    await machine.trail.checkpoint('hourly')
    expect(readFileSync(path, 'utf8').slice(0, whole.length)).toBe(whole)
    expect(await machine.trail.verify()).toMatchObject({ ok: true, checkpoints: { last: { counter: 4 } } })
    rmSync(path)
    await machine.trail.checkpoint('hourly')
    expect(machine.trail.key.checkpoint?.counter).toBe(5)
    await machine.stop()
    expect((await verify(dir)).findings.map(inShort)).toContainEqual({
      kind: 'delete',
      stream: 'checkpoints',
      rows: [1, 4],
    })
  })

  it('come one after the other, each in both places', async () => {
    const machine = await machineIn(temporaryFolder())
    const taken = await Promise.all([1, 2, 3].map(() => machine.trail.checkpoint('hourly')))
    expect(taken.map(({ counter }) => counter)).toEqual([1, 2, 3])
    const { rows } = machine.journal.eventRows({ stream: 'events', kind: 'checkpoint', limit: 9 })
    const lines = readFileSync(join(machine.dir, 'checkpoints.ndjson'), 'utf8').trimEnd().split('\n')
    expect(rows.toReversed().map(({ body }) => (body as { kept: unknown }).kept)).toEqual(
      lines.map((line) => JSON.parse(line)),
    )
  })
})

describe('verification of a folder', () => {
  it('alters nothing, after an orderly stop and after a power cut', async () => {
    const stopped = await afterHours(2)
    const working = await machineIn(copyOf(stopped))
    await working.hour()
    const cut = copyOf(working.dir)
    for (const dir of [stopped, cut]) {
      const files = ['journal.db', 'journal.db-wal', 'journal.epoch', 'checkpoints.ndjson', 'device.key']
      const bytes = () => files.map((name) => existsSync(join(dir, name)) && readFileSync(join(dir, name)))
      const before = bytes()
      await verify(dir)
      expect(bytes()).toEqual(before)
    }
    expect(existsSync(join(cut, 'journal.db-wal'))).toBe(true)
    expect(await verify(cut)).toMatchObject({ ok: true, checkpoints: { count: 4 } })
  })

  it('refuses what is no journal', () => {
    const dir = temporaryFolder()
    expect(() => openJournalReadOnly(dir)).toThrow(/there is no journal/)
    writeFileSync(join(dir, 'journal.db'), 'something else')
    expect(() => openJournalReadOnly(dir)).toThrow(expect.objectContaining({ code: 'journal-damaged' }))
  })

  it('sees whether a runtime works there, without touching it', () => {
    const dir = temporaryFolder()
    expect(isDataFolderHeld(dir)).toBe(false)
    const lock = lockDataFolder(dir)
    expect(isDataFolderHeld(dir)).toBe(true)
    lock.release()
    expect(isDataFolderHeld(dir)).toBe(false)
  })
})
