import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { addPackage, assign, revoke, setPolicy } from '#central/registry/changes.ts'
import { initRepository, type Plan } from '#central/registry/init.ts'
import { createKey, type SigningKey } from '#central/registry/key.ts'
import { openRepository } from '#central/registry/repository.ts'
import { addRole, renewRoot, rotate } from '#central/registry/rotate.ts'
import { settle } from '#central/registry/settle.ts'
import {
  exportForSigning,
  importSigned,
  parseSigningFile,
  signFile,
  toSign,
} from '#central/registry/signing-file.ts'
import { verifyRepository } from '#central/registry/verify.ts'

const ewp = 'models/machine-failure/machine-failure-1.0.0.ewp'
const [nowMs, day] = [Date.parse('2026-11-21T12:00:00Z'), 86_400_000]
const folders: string[] = []
const folder = () => {
  const dir = mkdtempSync(join(tmpdir(), 'edgewright-desk-'))
  folders.push(dir)
  return dir
}
afterEach(() => {
  for (const dir of folders.splice(0)) rmSync(dir, { recursive: true })
})

const [weber, keller, ito, diaz] = [
  createKey('Weber'),
  createKey('Keller'),
  createKey('Ito'),
  createKey('Diaz'),
]
const people: SigningKey[] = [weber, keller, ito, diaz, createKey('Roy')]
const [snap, stamp] = [createKey('snapshot'), createKey('timestamp')]
const online = [snap, stamp]
const keysOf = (...keys: SigningKey[]) => ({ keys: keys.map((key) => key.public) })
const plan: Plan = {
  root: keysOf(...people),
  targets: keysOf(weber, keller, ito),
  snapshot: keysOf(snap),
  timestamp: keysOf(stamp),
  families: { machines: keysOf(weber, keller, ito) },
  sites: { 'plant-1': keysOf(weber, diaz) },
}
const made = async () => {
  const dir = folder()
  const repository = await initRepository(dir, plan, nowMs)
  const settled = await settle(repository, { keys: [...people, ...online], nowMs })
  expect(settled.waiting).toEqual([])
  return dir
}
const pack = { file: ewp, family: 'machines', model: 'machine-failure', version: '1.0.0', release: 1 }
const sound = async (dir: string, at = nowMs) => {
  const report = await verifyRepository(dir, { nowMs: at })
  expect(report.problems).toEqual([])
  return report
}

describe('a new repository', () => {
  it('has the usual thresholds, and expires when it should', async () => {
    const { roles, rootVersions } = await sound(await made())
    expect(rootVersions).toBe(1)
    expect(Object.fromEntries(roles.map(({ role, threshold }) => [role, threshold]))).toEqual({
      root: 3,
      targets: 2,
      'models-machines': 2,
      'site-plant-1': 1,
      snapshot: 1,
      timestamp: 1,
    })
    const expires = Object.fromEntries(
      roles.map(({ role, expires: at }) => [role, (Date.parse(at) - nowMs) / day]),
    )
    expect(expires).toMatchObject({ root: 365, targets: 365, snapshot: 45, timestamp: 45 })
  })
  it.each<[string, Plan, RegExp]>([
    ['a low threshold without a note', { ...plan, root: { ...plan.root, threshold: 2 } }, /3 is usual/],
    ['a threshold that its keys cannot meet', { ...plan, root: keysOf(weber, keller) }, /only 2 keys/],
    [
      'one key for snapshot and timestamp',
      { ...plan, timestamp: keysOf(snap) },
      /online keys sign one thing only/,
    ],
    ['an online key among those of people', { ...plan, targets: keysOf(weber, stamp) }, /one thing only/],
  ])('refuses %s', async (_, wrong, refusal) => {
    await expect(initRepository(folder(), wrong, nowMs)).rejects.toMatchObject({
      code: 'repository-refused',
      message: expect.stringMatching(refusal),
    })
  })
  it('keeps why its thresholds are low, in the signed root', async () => {
    const note = 'two of us'
    const low = { ...plan, root: { ...keysOf(weber, keller), threshold: 2 }, note }
    expect((await initRepository(folder(), low, nowMs)).pending.get('root')!.signed).toMatchObject({
      'x-edgewright-note': note,
    })
  })
})

describe('a change', () => {
  it('waits for its signatures, survives the process, and then goes live', async () => {
    const dir = await made()
    let repository = await openRepository(dir)
    await addPackage(repository, pack, nowMs)
    const first = await settle(repository, { keys: [weber, ...online], nowMs })
    expect(first.live).toEqual([])
    expect(first.waiting).toEqual([
      { role: 'models-machines', version: 2, why: '1 of 2 signatures (Weber); Keller, Ito may sign' },
    ])
    repository = await openRepository(dir)
    const second = await settle(repository, { keys: [keller, ...online], nowMs })
    expect(second.live).toContainEqual({ role: 'models-machines', version: 2 })
    expect((await sound(dir)).packages).toHaveLength(1)
    expect(existsSync(join(dir, 'pending/models-machines.json'))).toBe(false)
  })
  it('that is signed waits for the online keys, and the daily timestamp brings it live', async () => {
    const dir = await made()
    const repository = await openRepository(dir)
    await addPackage(repository, pack, nowMs)
    const { waiting } = await settle(repository, { keys: [weber, keller], nowMs })
    expect(waiting[0]!.why).toMatch(/key of snapshot is not at hand/)
    const settled = await settle(await openRepository(dir), { keys: online, nowMs, roles: [] })
    expect(settled.live.map(({ role }) => role)).toEqual(['models-machines', 'snapshot', 'timestamp'])
  })
  it('of what is pending voids the signatures that it had', async () => {
    const dir = await made()
    const repository = await openRepository(dir)
    await addPackage(repository, pack, nowMs)
    await settle(repository, { keys: [weber], nowMs })
    await addPackage(repository, { ...pack, version: '1.0.1' }, nowMs)
    expect(repository.pending.get('models-machines')!.signatures).toEqual([])
    expect(repository.pending.get('models-machines')!.signed.version).toBe(2)
  })
  it('signs nothing but the roles that it is told to', async () => {
    const dir = await made()
    const repository = await openRepository(dir)
    await addPackage(repository, pack, nowMs)
    assign(
      repository,
      { site: 'plant-1', group: null, model: 'machine-failure', version: '1.0.0', activate: 'at-once' },
      nowMs,
    )
    await settle(repository, { keys: [weber], nowMs, roles: ['site-plant-1'] })
    expect(repository.pending.get('models-machines')!.signatures).toEqual([])
    expect(repository.pending.get('site-plant-1')!.signatures).toHaveLength(1)
  })
  it('never takes other bytes for a version, nor assigns what is not published', async () => {
    const dir = await made()
    const repository = await openRepository(dir)
    await addPackage(repository, pack, nowMs)
    await expect(addPackage(repository, { ...pack, file: 'package.json' }, nowMs)).rejects.toThrow(
      /other bytes/,
    )
    const to = { site: 'plant-1', group: null, activate: 'at-once' as const, model: 'machine-failure' }
    expect(() => assign(repository, { ...to, version: '9.0.0' }, nowMs)).toThrow(
      /9.0.0 is not published here/,
    )
    expect(() => assign(repository, { ...to, site: 'plant-2', version: '1.0.0' }, nowMs)).toThrow(
      /no role site-plant-2/,
    )
  })
  it('is refused where the clock of the desk has gone back', async () => {
    const dir = await made()
    const refresh = { snapshot: false, timestamp: true }
    await expect(
      settle(await openRepository(dir), { keys: online, nowMs: nowMs - day, refresh }),
    ).rejects.toThrow(/clock of this machine says 2026-11-20/)
  })
  it('of the daily timestamp leaves the snapshot as it is', async () => {
    const dir = await made()
    const settled = await settle(await openRepository(dir), {
      keys: online,
      nowMs: nowMs + day,
      refresh: { snapshot: false, timestamp: true },
    })
    expect(settled.live).toEqual([{ role: 'timestamp', version: 2 }])
    const { roles } = await sound(dir, nowMs + day)
    expect(roles.find(({ role }) => role === 'timestamp')!.expires).toBe('2027-01-06T12:00:00Z')
  })
})

describe('keys that change', () => {
  const all = [...people, ...online]
  it('of root need the old and the new threshold', async () => {
    const dir = await made()
    const [mayr, novak, lee] = [createKey('Mayr'), createKey('Novak'), createKey('Lee')]
    const repository = await openRepository(dir)
    for (const [out, coming] of [
      [weber, mayr],
      [keller, novak],
      [ito, lee],
    ] as const)
      rotate(repository, 'root', { out: out.id, in: coming.public }, nowMs)
    const half = await settle(repository, { keys: [mayr, novak, lee, ...online], nowMs })
    expect(half.waiting[0]!.why).toMatch(/^0 of 3 signatures; Weber, Keller, Ito, Diaz, Roy may sign$/)
    const done = await settle(repository, { keys: [weber, keller, ito], nowMs })
    expect(done.waiting[0]!.why).toMatch(/not at hand/)
    expect((await settle(repository, { keys: online, nowMs })).waiting).toEqual([])
    expect((await sound(dir)).rootVersions).toBe(2)
    expect(readFileSync(join(dir, 'metadata/1.root.json'), 'utf8')).toContain('Weber')
  })
  it('of targets hold the root back until the new ones have signed', async () => {
    const dir = await made()
    const [mayr, novak] = [createKey('Mayr'), createKey('Novak')]
    const repository = await openRepository(dir)
    rotate(repository, 'targets', { out: weber.id, in: mayr.public }, nowMs)
    rotate(repository, 'targets', { out: keller.id, in: novak.public }, nowMs)
    const held = await settle(repository, { keys: all, nowMs })
    expect(held.live).toEqual([])
    expect(held.waiting.map(({ role }) => role).sort()).toEqual(['root', 'targets'])
    await sound(dir)
    const done = await settle(await openRepository(dir), { keys: [novak, ...online], nowMs })
    expect(done.live.map(({ role }) => role)).toEqual(['root', 'targets', 'snapshot', 'timestamp'])
    await sound(dir)
  })
  it('of a family leave its metadata as they are, where enough of its signers stay', async () => {
    const dir = await made()
    const repository = await openRepository(dir)
    // All three have signed it: two stay.
    rotate(repository, 'models-machines', { out: ito.id, in: diaz.public }, nowMs)
    expect([...repository.pending.keys()]).toEqual(['targets'])
    rotate(repository, 'models-machines', { out: keller.id, in: createKey('Mayr').public }, nowMs)
    expect([...repository.pending.keys()]).toEqual(['targets', 'models-machines'])
  })
  it.each(['snapshot', 'timestamp'] as const)('of %s', async (role) => {
    const dir = await made()
    const coming = createKey(`new ${role}`)
    const repository = await openRepository(dir)
    rotate(repository, role, { out: (role === 'snapshot' ? snap : stamp).id, in: coming.public }, nowMs)
    await settle(repository, { keys: [...all, coming], nowMs })
    const { roles } = await sound(dir)
    expect(roles.find((one) => one.role === role)!.signedBy).toEqual([`new ${role}`])
  })
  it('are refused where too few would stay, or one is no key of the role', async () => {
    const repository = await openRepository(await made())
    expect(() => rotate(repository, 'site-plant-1', { out: ito.id }, nowMs)).toThrow(
      /no key .* signs site-plant-1/,
    )
    rotate(repository, 'models-machines', { out: ito.id }, nowMs)
    expect(() => rotate(repository, 'models-machines', { out: keller.id }, nowMs)).toThrow(
      /only 1 keys may sign/,
    )
    expect(() => rotate(repository, 'root', { threshold: 2 }, nowMs)).toThrow(/3 is usual/)
    expect(() => rotate(repository, 'timestamp', { in: snap.public }, nowMs)).toThrow(/one thing only/)
  })
  it('come with a new family, a new site, and a root for another year', async () => {
    const dir = await made()
    const repository = await openRepository(dir)
    addRole(repository, { family: 'triage' }, { keys: [weber, keller].map((key) => key.public) }, nowMs)
    addRole(repository, { site: 'ward-3' }, { keys: [diaz.public] }, nowMs)
    expect(() => addRole(repository, { site: 'ward-3' }, { keys: [diaz.public] }, nowMs)).toThrow(/already/)
    renewRoot(repository, nowMs + day)
    const { waiting } = await settle(repository, { keys: all, nowMs })
    expect(waiting).toEqual([])
    expect((await sound(dir)).roles.map(({ role }) => role)).toEqual(
      expect.arrayContaining(['models-triage', 'site-ward-3']),
    )
  })
})

describe('several people on several machines', () => {
  const pending = async () => {
    const dir = await made()
    const repository = await openRepository(dir)
    const { target } = await addPackage(repository, pack, nowMs)
    await revoke(repository, { digest: target.hashes.sha256, action: 'stop', reason: 'it burns' }, nowMs)
    await settle(repository, { keys: [], nowMs })
    const text = JSON.stringify(await exportForSigning(await openRepository(dir)))
    return { dir, text, file: parseSigningFile(text, 'file'), digest: target.hashes.sha256 }
  }
  it('see what they sign, sign it, and bring it back', async () => {
    const { dir, file, digest } = await pending()
    const asked = toSign(file)
    expect(asked.map(({ role }) => role)).toEqual(['models-machines', 'targets'])
    expect(asked[0]!.changes[0]).toBe(
      `adds machine-failure 1.0.0 (models/machines/machine-failure-1.0.0.ewp), ${readFileSync(ewp).length} bytes, sha256 ${digest}`,
    )
    expect(asked[1]!.changes[0]).toBe(`revokes ${digest}: it must not run any more ("it burns")`)
    const one = signFile(file, weber)
    const two = signFile(one.file, keller)
    expect([one.signed, two.signed]).toEqual([
      ['models-machines', 'targets'],
      ['models-machines', 'targets'],
    ])
    expect(signFile(file, diaz).signed).toEqual([])
    const repository = await openRepository(dir)
    expect(importSigned(repository, two.file)[0]).toEqual({
      role: 'models-machines',
      added: ['Weber', 'Keller'],
    })
    expect((await settle(repository, { keys: online, nowMs })).waiting).toEqual([])
    await sound(dir)
  })
  it('bring a file back twice, where a part of it is live by then', async () => {
    const { dir, file } = await pending()
    const one = signFile(file, weber).file
    const half = { ...file, roles: [signFile(one, keller).file.roles[0]!, one.roles[1]!] }
    const repository = await openRepository(dir)
    importSigned(repository, half)
    const { live, waiting } = await settle(repository, { keys: online, nowMs })
    expect([live[0]?.role, waiting[0]?.role]).toEqual(['models-machines', 'targets'])
    const again = await openRepository(dir)
    expect(importSigned(again, signFile(one, keller).file)).toEqual([
      { role: 'models-machines', added: [] },
      { role: 'targets', added: ['Keller'] },
    ])
    expect((await settle(again, { keys: online, nowMs })).waiting).toEqual([])
    await sound(dir)
  })
  it('cannot bring back what was changed, what is not theirs to sign, or what does not hold', async () => {
    const { dir, text, file } = await pending()
    const repository = await openRepository(dir)
    const changed = parseSigningFile(text.replaceAll('it burns', 'it is fine'), 'file')
    expect(toSign(changed)[1]!.changes[0]).toMatch(/what it says is not known here/)
    const forged = structuredClone(signFile(file, weber).file)
    ;(forged.roles[0]!.metadata as { signatures: { sig: string }[] }).signatures[0]!.sig = '00'.repeat(64)
    expect(() => importSigned(repository, forged)).toThrow(
      /signature of Weber on models-machines does not hold/,
    )
    const stranger = structuredClone(file)
    stranger.roles[0]!.keys.push(diaz.public)
    expect(() => importSigned(repository, signFile(stranger, diaz).file)).toThrow(/which may not sign it/)
    await setPolicy(repository, nowMs, (policy) => {
      policy.minimumRelease['machine-failure'] = 2
    })
    expect(() => importSigned(repository, signFile(file, weber).file)).toThrow(
      /changed after it was exported/,
    )
  })
  it('see no control characters', async () => {
    const { text } = await pending()
    const file = parseSigningFile(text.replaceAll('"machine-failure"', '"machine\\u001b[2J"'), 'file')
    expect(toSign(file)[0]!.changes[0]).toMatch(/^adds machine\ufffd\[2J 1.0.0/)
    expect(JSON.stringify(toSign(file).map(({ changes }) => changes))).not.toContain('\\u001b')
  })
})
