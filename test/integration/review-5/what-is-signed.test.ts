import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { initRepository } from '#central/registry/init.ts'
import { createKey } from '#central/registry/key.ts'
import type { Envelope, Root, Targets } from '#central/registry/metadata.ts'
import { openRepository } from '#central/registry/repository.ts'
import { addRole, renewRoot, rotate } from '#central/registry/rotate.ts'
import { settle } from '#central/registry/settle.ts'
import { exportForSigning, parseSigningFile, toSign } from '#central/registry/signing-file.ts'

/** Whoever carries the file to the signers may have made it themselves. */
const nowMs = Date.parse('2026-12-01T00:00:00Z')
const [weber, keller, okafor, snapshot, timestamp, mallory] = [
  'Weber',
  'Keller',
  'Okafor',
  'snapshot',
  'timestamp',
  'Mallory',
].map(createKey)
const people = [weber!, keller!, okafor!]
let dir: string

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'edgewright-signed-'))
  const role = { keys: people.map((key) => key.public), threshold: 2 }
  const plan = {
    root: role,
    targets: role,
    snapshot: { keys: [snapshot!.public], threshold: 1 },
    timestamp: { keys: [timestamp!.public], threshold: 1 },
    families: { demo: role },
    sites: {},
    note: 'of tests',
  }
  const repository = await initRepository(dir, plan, nowMs)
  await settle(repository, { keys: [weber!, keller!, snapshot!, timestamp!], nowMs })
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

/** Root with one more key in the place of Okafor's. */
async function exported() {
  const repository = await openRepository(dir)
  rotate(repository, 'root', { out: okafor!.id, in: mallory!.public }, nowMs)
  await settle(repository, { keys: [], nowMs })
  return parseSigningFile(JSON.stringify(await exportForSigning(await openRepository(dir))), 'file')
}
const taken = /Mallory .* signs from now on/

it('tells a change against what the signer has signed before', async () => {
  const file = await exported()
  const { changes } = toSign(file, weber!.public)[0]!
  expect(changes.join('\n')).toMatch(taken)
  expect(changes.join('\n')).not.toMatch(/all that it says/)
})

it('tells all of it where the file names something else as what was there before', async () => {
  const file = await exported()
  const before = structuredClone(file.roles[0]!.metadata) as Envelope<Root>
  before.signed.version -= 1
  file.roles[0]!.before = before
  const { changes } = toSign(file, weber!.public)[0]!
  expect(changes[0]).toBe('all that it says, for Weber did not sign what was there before:')
  expect(changes.join('\n')).toMatch(/root: 2 of 3 of Weber .*Mallory/)
})

it('tells all of it to a key that did not sign the version before', async () => {
  const file = await exported()
  expect(toSign(file, okafor!.public)[0]!.changes.join('\n')).toMatch(/all that it says.*\n.*root: 2 of 3 of/)
})

it('tells of a field that has no words of its own', async () => {
  const repository = await openRepository(dir)
  renewRoot(repository, nowMs)
  Object.assign(repository.pending.get('root')!.signed, { consistent_snapshot: false })
  await settle(repository, { keys: [], nowMs })
  const file = await exportForSigning(await openRepository(dir))
  expect(toSign(file, weber!.public)[0]!.changes).toContain('consistent_snapshot: false, was true')
})

it('tells of a role that others may sign for as well', async () => {
  const repository = await openRepository(dir)
  addRole(repository, { family: 'other' }, { keys: people.map((key) => key.public), threshold: 2 }, nowMs)
  const { signed } = repository.pending.get('targets') as Envelope<Targets>
  for (const role of signed.delegations!.roles) role.terminating = false
  await settle(repository, { keys: [], nowMs })
  const [asked] = toSign(await exportForSigning(await openRepository(dir), ['targets']), weber!.public)
  expect(asked!.changes.filter((line) => line.endsWith('(and others may, after it)'))).toHaveLength(2)
})
