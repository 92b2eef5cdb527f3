import { execFile, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ErrorCode } from '#core/contracts/errors.ts'
import type { Imported, ImportState, ImportSummary, Updates } from '#core/contracts/update.ts'
import { startTestEdge, type TestEdge } from '#support/edge.ts'
import { type SignedSite, signedSite } from '#support/signed-site.ts'
import { Machine } from '#support/update-faults/machine.ts'
import { Packages } from '#support/update-faults/packages.ts'
import { Reader } from '#support/update-faults/reader.ts'
import { machineFailure, versionOf } from '#support/versions.ts'

/**
 * Rows 29 to 33 of UPDATES.md on one whole runtime that has no network: it got its root from an admin and 1.0.0 from a stick.
 * Readings are sent all the while.
 */
let site: SignedSite
let edge: TestEdge
let machine: Machine
let reader: Reader
const work = mkdtempSync(join(tmpdir(), 'edgewright-sticks-'))
const drive = join(work, 'drive')
const repository = join(drive, 'edgewright-repository')
const older = join(work, 'older')
const versions = new Packages()

const at = (...path: string[]) => join(repository, ...path)
const read = (path = drive) => edge.client.json<ImportSummary>('POST', '/api/updates/import', { path })
const confirm = ({ id }: ImportSummary, writeBack = false) =>
  edge.client.json<Imported>('POST', `/api/updates/import/${id}/confirm`, { writeBack })
const cancel = ({ id }: ImportSummary) => edge.client.send('DELETE', `/api/updates/import/${id}`)
const state = () => edge.client.json<ImportState>('GET', '/api/updates/import')

/** The stick as the desk exports it. */
function plugIn(from = site.dir): void {
  rmSync(drive, { recursive: true, force: true })
  for (const folder of ['metadata', 'targets']) cpSync(join(from, folder), at(folder), { recursive: true })
}

beforeAll(async () => {
  site = await signedSite({ packages: [await versions.file('1.0.0')] })
  cpSync(site.dir, older, { recursive: true })
  edge = await startTestEdge({ allowUnsigned: false })
  machine = new Machine(() => edge)
  await edge.client.json<Updates>('POST', '/api/trust', { root: site.root(), site: site.site })
  plugIn()
  const first = await read()
  expect(first).toMatchObject({ packages: [{ version: '1.0.0', replaces: null }] })
  expect(await confirm(first)).toMatchObject({ packages: [{ ok: true, what: '1.0.0 runs' }] })
  await site.assign(await site.publish({ file: await versions.file('1.1.0') }))
  reader = new Reader(machine.client)
})
afterAll(async () => {
  await reader?.end()
  await edge?.remove()
  site?.remove()
  versions.remove()
  rmSync(work, { recursive: true, force: true })
})

/** Refused for that reason, once in the record; what is believed and what runs is as it was, and answers. */
async function expectRefused(code: ErrorCode, why: RegExp): Promise<void> {
  const [slots, packages, before] = [await machine.slots(), machine.packages(), await machine.updates()]
  const refusals = await machine.refusals()
  const answered = reader.watch()
  await expect(read()).rejects.toMatchObject({ code, message: expect.stringMatching(why) })
  expect(await refusals()).toEqual([{ kind: 'import.refused', reason: expect.stringMatching(why) }])
  expect(await machine.slots()).toEqual(slots)
  expect(machine.packages()).toBe(packages)
  expect((await machine.updates()).view).toEqual(before.view)
  expect(machine.leftovers()).toEqual([])
  expect(await state()).toEqual({ state: 'none' })
  await answered(slots[0]!.split(' ')[0]!)
}

const newest = (folder: string, ending: string) =>
  readdirSync(at(folder))
    .filter((name) => name.endsWith(ending))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .at(-1)!

describe('row 29: what is no regular file of a repository', () => {
  const inPlaceOf = (file: string, put: (path: string) => unknown) => () => {
    rmSync(file, { recursive: true, force: true })
    put(file)
  }
  const nested = (depth: number) => Array.from({ length: depth }, (_, k) => `d${k}`)
  const timestamp = at('metadata', 'timestamp.json')
  const deviceAt = (file: string) => spawnSync('mknod', [file, 'c', '1', '5']).status === 0

  it.for<[string, () => unknown, RegExp, boolean?]>([
    [
      'a link',
      inPlaceOf(timestamp, (file) => symlinkSync('/etc/passwd', file)),
      /"metadata\/timestamp\.json" is refused: it is a link/,
    ],
    [
      'a link in place of a folder',
      inPlaceOf(at('targets'), (file) => symlinkSync('/', file)),
      /"targets" is refused: it is a link/,
    ],
    [
      'a name that leads elsewhere',
      () => writeFileSync(at('..\\..\\evil'), ''),
      /characters that cannot be seen/,
    ],
    ['a pipe', inPlaceOf(timestamp, (file) => spawnSync('mkfifo', [file])), /it is a pipe/],
    ['a device', inPlaceOf(timestamp, deviceAt), /it is a device/, true],
    [
      'a bomb: a file of a terabyte',
      () => truncateSync(timestamp, 2 ** 40),
      /is larger than the \d+ bytes allowed/,
    ],
    [
      'a bomb: folders in folders',
      () => mkdirSync(at('targets', ...nested(200)), { recursive: true }),
      /folders lie 5 deep/,
    ],
    [
      'a bomb: more files than any repository has',
      () => {
        mkdirSync(at('many'))
        for (let k = 0; k < 20_000; k++) writeFileSync(at('many', `${k}`), '')
      },
      /more than 20000 files and folders/,
    ],
    [
      'a bomb: a package of a terabyte',
      () => {
        const dir = join('targets', 'models', 'demo')
        truncateSync(at(dir, newest(dir, '1.1.0.ewp')), 2 ** 40)
      },
      /has 1099511627776 bytes, and \d+ were signed/,
    ],
  ])('%s', async ([title, fault, why, isDevice], { skip }) => {
    plugIn()
    skip(isDevice === true && process.getuid?.() !== 0, `${title} can be made by root only`)
    fault()
    const isRefusedAsTarget = /terabyte/.test(title) && /package/.test(title)
    const isTooLarge = /terabyte/.test(title) && !isRefusedAsTarget
    await expectRefused(
      isRefusedAsTarget ? 'download-refused' : isTooLarge ? 'update-refused' : 'import-refused',
      why,
    )
  })
})

describe('one flipped byte', () => {
  it('in any file that is read: nothing is taken; in any other: it is not looked at', async () => {
    plugIn()
    const clean = await read()
    const staged = join(edge.dataDir, 'updates', `stick-${clean.id}`)
    const names = (dir: string) => readdirSync(dir).filter((name) => !name.startsWith('.'))
    const needed = new Set([...names(join(staged, 'metadata')), ...names(join(staged, 'targets'))])
    await cancel(clean)
    const { id: _, expiresAt: __, ...told } = clean
    const files = readdirSync(repository, { recursive: true, withFileTypes: true }).filter((each) =>
      each.isFile(),
    )
    let refused = 0
    for (const { parentPath, name } of files) {
      const path = join(parentPath, name)
      const bytes = readFileSync(path)
      const flipped = Buffer.from(bytes)
      flipped[bytes.length >> 1]! ^= 0x01
      writeFileSync(path, flipped)
      if (needed.has(name) || needed.has(name.split('.')[0]!)) {
        await expect(read(), name).rejects.toMatchObject({
          code: expect.stringMatching(/refused|unreachable/),
        })
        refused += 1
      } else {
        const again = await read()
        expect(again, name).toMatchObject(told)
        await cancel(again)
      }
      writeFileSync(path, bytes)
    }
    expect(refused).toBe(needed.size)
    expect(await machine.slots()).toEqual(['1.0.0 running', null, null])
    expect(machine.leftovers()).toEqual([])
  })
})

it('row 31: pulled while it is copied: said so, and it can be tried again', async () => {
  const bytes = Buffer.alloc(48 * 2 ** 20, 7)
  const { digest, ...ballast } = await site.publish({ model: 'ballast', version: '1.0.0', bytes })
  await site.assign(ballast)
  plugIn()
  const pull = async () => {
    for (;;) {
      const now = await state()
      if (now.state === 'reading' && now.bytes > 2 ** 20) break
      await setImmediate()
    }
    // A file that is open could still be read to its end; of a stick that is gone, nothing can.
    const file = at('targets', 'models', 'demo', `${digest}.ballast-1.0.0.ewp`)
    truncateSync(file, 0)
    renameSync(drive, `${drive}-pulled`)
  }
  const pulled = pull()
  await expectRefused('update-unreachable', /cannot be read any more/)
  await pulled
  expect(existsSync(drive)).toBe(false)
  plugIn()
  rmSync(`${drive}-pulled`, { recursive: true })
  const again = await read()
  expect(again.packages.map(({ model }) => model).sort()).toEqual(['ballast', 'machine-failure'])
  await cancel(again)
  await site.unassign({ model: 'ballast' })
})

describe('the command line', () => {
  const command = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url))
  const edgewright = (...args: string[]) => {
    const env = { ...process.env, EDGEWRIGHT_TOKEN: edge.token }
    const ended = promisify(execFile)(process.execPath, [command, ...args, '--edge', edge.url], { env })
    return ended.catch((error: { code: number; stdout: string; stderr: string }) => error)
  }

  it('tells what a stick would change, and changes nothing where nobody says yes', async () => {
    plugIn()
    const told = await edgewright('usb', 'import', drive)
    expect(told).toMatchObject({
      code: 1,
      stdout: expect.stringContaining(
        'machine-failure 1.1.0, signed by 2 of 3 (models-demo-1, models-demo-2; 2 needed), replaces 1.0.0',
      ),
      stderr: expect.stringContaining('add --yes'),
    })
    expect([await state(), await machine.slots()]).toEqual([{ state: 'none' }, ['1.0.0 running', null, null]])
  })

  it('refuses in one line what is no stick', async () => {
    const told = await edgewright('usb', 'import', work)
    expect(told).toMatchObject({ code: 1, stdout: '' })
    expect(told.stderr.trim().split('\n')).toEqual([
      expect.stringContaining(`there is no "edgewright-repository" in ${work}. Nothing was taken from it.`),
    ])
  })
})

it('row 30: swapped after it was verified: what was copied and verified is what is taken', async () => {
  plugIn()
  const summary = await read()
  expect(summary).toMatchObject({
    packages: [
      { version: '1.1.0', replaces: '1.0.0', signedBy: ['models-demo-1', 'models-demo-2'], threshold: 2 },
    ],
  })
  for (const { parentPath, name } of readdirSync(repository, { recursive: true, withFileTypes: true }).filter(
    (each) => each.isFile(),
  ))
    writeFileSync(join(parentPath, name), 'something else entirely')
  const answered = reader.watch()
  expect(await machine.slots()).toEqual(['1.0.0 running', null, null])
  const done = await confirm(summary, true)
  expect(done).toMatchObject({ packages: [{ version: '1.1.0', ok: true, what: '1.1.0 runs' }] })
  expect(await machine.slots()).toEqual(['1.1.0 running', '1.0.0 previous', null])
  expect(machine.leftovers()).toEqual([])
  await answered('1.0.0', '1.1.0')
  const record = readFileSync(join(done.wroteBack!, 'audit.ndjson'), 'utf8').trimEnd().split('\n')
  expect(JSON.parse(record[0]!)).toMatchObject({ kind: 'edgewright-record' })
  expect(record.join()).toContain('import.refused')
  expect(readdirSync(done.wroteBack!).sort()).toEqual(['audit.ndjson', 'runtime.log'])
})

it('row 32: an older stick, authentic as it is: refused, and it says which of the two is newer', async () => {
  plugIn(older)
  await expectRefused(
    'import-refused',
    /the stick is older than what this machine believes: its timestamp is version \d+, issued .*, and this machine has version \d+/,
  )
  expect(await machine.slots()).toEqual(['1.1.0 running', '1.0.0 previous', null])
})

it('row 33: three changes of the root missed: imported, every hop verified', async () => {
  for (const role of ['root', 'targets', 'timestamp']) await site.rotate(role)
  const { bytes } = await versionOf(await machineFailure(), { version: '1.1.1', release: 12 })
  const file = join(work, 'next.ewp')
  writeFileSync(file, bytes)
  await site.assign(await site.publish({ file }))
  plugIn()
  const hop = readFileSync(at('metadata', '3.root.json'))
  rmSync(at('metadata', '3.root.json'))
  await expectRefused('update-refused', /^timestamp version \d+ is signed by 0 of the 1 different keys/)
  writeFileSync(at('metadata', '3.root.json'), hop)
  const answered = reader.watch()
  const summary = await read()
  expect(summary).toMatchObject({ rootRotations: 3, packages: [{ version: '1.1.1', replaces: '1.1.0' }] })
  expect(await confirm(summary)).toMatchObject({ packages: [{ ok: true }] })
  expect((await machine.updates()).root?.version).toBe(4)
  expect((await machine.slots())[0]).toBe('1.1.1 running')
  await answered('1.1.0', '1.1.1')
})

it('a stick that brings a revocation: told beforehand, and carried out', async () => {
  const { view } = await machine.updates()
  const digest = view!.assigned.find(({ model }) => model === 'machine-failure')!.digest
  await site.revoke({ digest, action: 'stop', reason: 'it misses worn tools' })
  plugIn()
  const summary = await read()
  expect(summary.revokes).toEqual([
    { model: 'machine-failure', version: '1.1.1', action: 'stop', reason: 'it misses worn tools' },
  ])
  expect((await machine.slots())[0]).toBe('1.1.1 running')
  const answered = reader.watch()
  await confirm(summary)
  expect((await machine.slots())[0]).toBe('1.1.0 running')
  await answered('1.1.1', '1.1.0')
})
