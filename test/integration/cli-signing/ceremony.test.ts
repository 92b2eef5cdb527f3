import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createKey } from '#central/registry/key.ts'
import { sealKey, writeSecret } from '#central/registry/key-file.ts'
import { assignModel } from '#cli/assign.ts'
import type { Io } from '#cli/io.ts'
import { createKeyFile, showKey } from '#cli/keys.ts'
import { addTo, discard, status, timestamp, verify } from '#cli/repo.ts'
import { signExported } from '#cli/repo-sign.ts'
import { revokeDigest } from '#cli/revoke.ts'
import { entry } from '#support/command.ts'

/** As `edgewright` is typed at a desk, with passphrases through file descriptor 3. */
function typed(folder: string, args: string[], passphrases: string[] = []) {
  const given = passphrases.length > 0 ? ['--passphrase-fd', '3'] : []
  const child = spawn(process.execPath, [entry, ...args, ...given], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, INIT_CWD: folder },
  })
  const texts = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name]!.setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text
    })
  const third = child.stdio[3] as NodeJS.WritableStream
  third.on('error', () => undefined).end(passphrases.map((line) => `${line}\n`).join(''))
  return new Promise<{ status: number | null; stdout: string; stderr: string }>((done) =>
    child.once('close', (status) => done({ status, ...texts })),
  )
}

const ewp = resolve('models/machine-failure/machine-failure-1.1.0.ewp')

/** Three people, two of whom must sign; each with a machine of their own, between which only one file travels. */
describe('a ceremony on the command line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'edgewright-ceremony-'))
  const secret = (name: string) => `the passphrase of ${name}`
  const run = async (args: string[], ...who: string[]) => {
    const ended = await typed(folder, args, who.map(secret))
    expect(ended.status, ended.stderr).toBe(0)
    return ended.stdout
  }
  const json = async (args: string[], ...who: string[]) => JSON.parse(await run([...args, '--json'], ...who))
  const refused = async (args: string[], ...who: string[]) => {
    const ended = await typed(folder, args, who.map(secret))
    expect(ended.status).toBe(1)
    return ended.stderr
  }
  /** The same commands in this process, where only the answer counts: a process each takes its time. */
  const io: Io = { env: { INIT_CWD: folder }, print: () => undefined, note: () => undefined, json: true }
  const descriptor = (...lines: string[]) => {
    const file = join(folder, 'passphrases')
    writeFileSync(file, lines.join('\n'))
    return openSync(file, 'r')
  }
  const atDesk = ['--repo', 'repo']
  const online = ['--key', 'snapshot.key', 'timestamp.key']

  beforeAll(async () => {
    for (const name of ['weber', 'keller', 'ito', 'mayr', 'snapshot', 'timestamp']) {
      const key = createKey(name)
      // A cheap derivation: one key of the ceremony is made by the command itself.
      await writeSecret(join(folder, `${name}.key`), await sealKey(key, secret(name), 2 ** 10))
      writeFileSync(join(folder, `${name}.pub`), JSON.stringify(key.public))
    }
    const three = { keys: ['weber.pub', 'keller.pub', 'ito.pub'], threshold: 2 }
    const plan = {
      root: three,
      targets: three,
      snapshot: { keys: ['snapshot.pub'] },
      timestamp: { keys: ['timestamp.pub'] },
      families: { machines: three },
      sites: { 'plant-1': { keys: ['weber.pub', 'ito.pub'] } },
      note: 'there are three of us',
    }
    writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan))
    mkdirSync(join(folder, 'stick'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it('makes a key that opens with its passphrase only, and takes none as an argument', async () => {
    const made = await json(['keys', 'create', 'roy.key', '--owner', 'L. Roy'], 'roy')
    expect(await showKey(io, 'roy.pub')).toMatchObject({ id: made.id, owner: 'L. Roy' })
    const open = ['keys', 'create', 'x.key', '--owner', 'x', '--passphrase', 'y']
    expect((await typed(folder, open)).status).toBe(2)
    const make = (name: string, passphrase: string) =>
      createKeyFile(io, `${name}.key`, { owner: 'x', passphraseFd: descriptor(passphrase) })
    await expect(make('roy', secret('roy'))).rejects.toThrow(/there is a file/)
    await expect(make('y', 'short')).rejects.toThrow(/at least 12/)
  })

  it('begins a repository: init, export, sign twice, import', async () => {
    expect(await run(['repo', 'init', 'repo', '--plan', 'plan.json'])).toMatch(
      /Waiting: root 1: 0 of 2 signatures; weber, keller, ito may sign\./,
    )
    await expect(verify(io, 'repo')).rejects.toThrow(/There is no root/)
    await run(['repo', 'export', 'first.json', ...atDesk])
    const shown = await run(['repo', 'sign', 'first.json', '--key', 'weber.key', '--yes'], 'weber')
    expect(shown).toMatch(/root: 2 of 3 of weber .*\n[\s\S]*note: "there are three of us"/)
    const sign = (name: string, passphrase: string) =>
      signExported(io, 'first.json', {
        key: `${name}.key`,
        yes: true,
        passphraseFd: descriptor(secret(passphrase)),
      })
    await expect(sign('weber', 'weber')).rejects.toMatchObject({
      hint: expect.stringMatching(/has signed already/),
    })
    await expect(sign('mayr', 'mayr')).rejects.toThrow(/signs nothing of/)
    await expect(sign('ito', 'keller')).rejects.toThrow(/does not open/)
    expect(await refused(['repo', 'sign', 'first.json', '--key', 'ito.key'], 'ito')).toMatch(
      /nobody can be asked/,
    )
    await run(['repo', 'sign', 'first.json', '--key', 'ito.key', '--yes'], 'ito')
    const done = await json(['repo', 'import', 'first.json', ...atDesk, ...online], 'snapshot', 'timestamp')
    expect(done.waiting).toEqual([])
    expect(await run(['repo', 'verify', 'repo'])).toMatch(/Everything verifies\.\n$/)
  })

  it('publishes a package for which two sign, assigns it, and takes it onto a stick', async () => {
    const published = await json(['publish', ewp, ...atDesk, '--key', 'weber.key'], 'weber')
    expect(published.waiting).toMatchObject([{ role: 'models-machines', version: 2 }])
    await expect(assignModel(io, 'plant-2', 'machine-failure', '1.1.0', { repo: 'repo' })).rejects.toThrow(
      /no role site-plant-2/,
    )
    const assign = ['assign', 'plant-1', 'machine-failure', '1.1.0', '--by-technician', ...atDesk]
    await run([...assign, '--key', 'ito.key'], 'ito')
    // Ito may sign for the family too, but was shown the assignment only.
    const { waiting } = await status(io, { repo: 'repo' })
    expect(waiting[0]!.why).toMatch(/^1 of 2 signatures \(weber\)/)
    await run(['repo', 'export', 'second.json', 'models-machines', ...atDesk])
    const asked = await run(['repo', 'sign', 'second.json', '--key', 'keller.key', '--yes'], 'keller')
    expect(asked).toContain(
      `adds machine-failure 1.1.0 (models/machines/machine-failure-1.1.0.ewp), ${readFileSync(ewp).length} bytes, sha256 ${published.digest}`,
    )
    const live = await run(['repo', 'import', 'second.json', ...atDesk, ...online], 'snapshot', 'timestamp')
    expect(live).toMatch(/Live: models-machines 2, site-plant-1 2, snapshot 2, timestamp 2\./)
    const stick = await json(['usb', 'export', 'stick', '--site', 'plant-1', ...atDesk])
    expect(stick.packages).toEqual(['models/machines/machine-failure-1.1.0.ewp'])
    expect(await verify(io, 'stick/edgewright-repository')).toMatchObject({ ok: true })
  })

  it('changes a key of root, revokes, and dates it all anew', async () => {
    const rotate = ['repo', 'rotate', 'root', '--out', 'keller', '--in', 'mayr.pub', ...atDesk]
    const signers = ['weber', 'ito', 'snapshot', 'timestamp']
    expect(await run([...rotate, '--key', ...signers.map((name) => `${name}.key`)], ...signers)).toMatch(
      /Live: root 2, /,
    )
    const revoke = ['revoke', ewp, '--stop', '--reason', 'it burns', ...atDesk]
    await run([...revoke, '--key', 'weber.key'], 'weber')
    const minimum = ['minimum-release', 'machine-failure', '2', ...atDesk, '--key', 'keller.key']
    expect(await refused(minimum, 'keller')).toMatch(
      /targets has changed again: weber signed what it was[\s\S]*it burns[\s\S]*nobody can be asked/,
    )
    const again = {
      repo: 'repo',
      stop: true,
      reason: 'it burns',
      yes: true,
      key: ['weber.key', 'keller.key'],
      passphraseFd: descriptor(secret('weber'), secret('keller')),
    }
    expect((await revokeDigest(io, ewp, again)).waiting[0]!.why).toMatch(/key of snapshot is not at hand/)
    await expect(timestamp(io, { repo: 'repo' })).rejects.toThrow(/timestamp was not signed/)
    const dated = await json(['repo', 'timestamp', ...atDesk, ...online], 'snapshot', 'timestamp')
    expect(dated.live.map(({ role }: { role: string }) => role)).toEqual(['targets', 'snapshot', 'timestamp'])
    const { warnings } = await verify(io, 'repo')
    expect(warnings).toEqual(['sites/plant-1/machine-failure assigns what is revoked (stop: it burns).'])
    const alone = { repo: 'repo', key: ['timestamp.key'], passphraseFd: descriptor(secret('timestamp')) }
    expect((await timestamp(io, alone)).live).toEqual([{ role: 'timestamp', version: 5 }])
  })

  it('discards what is pending, and the new site with the targets that name it', async () => {
    const added = await addTo(io, { site: 'ward-3' }, { repo: 'repo', signer: ['ito.pub'] })
    expect(added.waiting.map(({ role }) => role)).toEqual(['targets', 'site-ward-3'])
    await expect(discard(io, 'site-ward-3', { repo: 'repo' })).rejects.toThrow(/was never live/)
    expect(await discard(io, 'targets', { repo: 'repo' })).toEqual({ discarded: ['targets', 'site-ward-3'] })
    expect((await status(io, { repo: 'repo' })).waiting).toEqual([])
  })

  it('says what is wrong with a repository that somebody has touched', async () => {
    const { packages } = await verify(io, 'repo')
    const name = `repo/targets/models/machines/${packages[0]!.digest}.machine-failure-1.1.0.ewp`
    writeFileSync(join(folder, name), 'x')
    const ended = await typed(folder, ['repo', 'verify', 'repo', '--json'])
    expect(ended.status).toBe(1)
    expect(JSON.parse(ended.stdout).problems[0]).toMatch(/machine-failure-1.1.0.ewp is damaged/)
  })
})
