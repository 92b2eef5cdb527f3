import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { blockDigest } from '#core/chain/chain.ts'
import { metricsWindowKind } from '#core/contracts/metrics-window.ts'
import { decodeBatch } from '#core/sync/batch.ts'
import { AuditTrail } from '#edge/audit/audit-trail.ts'
import { checkpointFilePath } from '#edge/audit/checkpoint-file.ts'
import { deviceKeyPath } from '#edge/audit/device-key.ts'
import type { ChainBlock } from '#edge/journal/chain-reader.ts'
import { openJournal } from '#edge/journal/open.ts'
import { Builder } from '#edge/sync/builder.ts'
import { BlockReader } from '#edge/sync/outbox.ts'
import { limits, sender, sha256 } from '../unit/sync/blocks.ts'

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

const minuteMs = 60_000
const startMs = Date.parse('2026-11-02T00:00:00Z')

/** Minutes of one version, chained; `bytes`: what lies on the disk in place of what was written. */
function windows(count: number, bytes: (payload: Uint8Array, k: number) => Uint8Array): ChainBlock[] {
  let prev: Uint8Array = new Uint8Array(32)
  return Array.from({ length: count }, (_, k) => {
    const body = {
      ...{
        model: 'm',
        version: '1',
        digest: 'd',
        fromMs: startMs + k * minuteMs,
        toMs: startMs + (k + 1) * minuteMs,
      },
      ...{
        readings: 1,
        alert: 0,
        normal: 1,
        abstain: 0,
        rejected: 0,
        byRules: 0,
        marked: 0,
        alertsRaised: 0,
        latency: {},
      },
    }
    const row = { kind: metricsWindowKind, timeMs: body.toMs, by: 'runtime', body }
    const payload = new Uint8Array(Buffer.from(JSON.stringify([row])))
    const fields = {
      ...{
        stream: 2,
        epoch: 'e',
        first: k + 1,
        last: k + 1,
        atMs: body.toMs,
        kind: metricsWindowKind,
        shape: '',
      },
      ...{ payloadSha256: sha256(payload), prev },
    }
    const digest = blockDigest(fields, sha256)
    prev = digest
    return { ...fields, digest, payload: bytes(payload, k) }
  })
}
async function* each(blocks: readonly ChainBlock[]) {
  yield* blocks
}
const never = () => {
  throw new Error('it is not asked for')
}

describe('an old window whose bytes on the disk are not what was written', () => {
  const text = (payload: Uint8Array) => Buffer.from(payload).toString('utf8')
  it.each([
    ['are no JSON', () => new Uint8Array(Buffer.from('{'))],
    ['are no UTF-8', () => new Uint8Array([0xff, 0xfe])],
    [
      'count something else',
      (one: Uint8Array) => new Uint8Array(Buffer.from(text(one).replace('"readings":1', '"readings":9'))),
    ],
  ])('%s: it is told as gone, and what is behind it goes on', async (_what, edit) => {
    const damaged: number[] = []
    const builder = new Builder({
      projection: { privacyOf: never, versionOf: never, pseudonym: never, keptBack: never },
      ...{ shape: never, sender: () => sender, now: () => startMs + 2 * 24 * 60 * minuteMs },
      damaged: (_stream, { first }) => damaged.push(first),
    })
    const blocks = windows(5, (payload, k) => (k === 2 ? edit(payload) : payload))
    const built = await builder.build(new BlockReader(each(blocks), { epoch: 'e', seq: 5 }), 'metrics', {
      ...{ bytes: 1e6, rows: 1e6 },
    })
    const lines = decodeBatch(built!.bytes, limits, sha256).lines.filter((line) => line.kind === 'block')
    expect(lines.map(({ first, last, dropped, thinned }) => [first, last, dropped, thinned])).toEqual([
      [1, 2, undefined, 2],
      [3, 3, true, undefined],
      [4, 5, undefined, 2],
    ])
    expect(damaged).toEqual([3])
  })
})

describe('a machine whose key was renewed', () => {
  it('asks nobody to countersign what its former key has signed', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'edgewright-review-6-'))
    undo.push(() => rmSync(dir, { recursive: true, force: true }))
    const journal = openJournal(dir, { now: Date.now, randomUUID: () => crypto.randomUUID() })
    undo.push(() => journal.close())
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined }
    const trail = () =>
      new AuditTrail({ dataDir: dir, journal, now: Date.now, machine: () => 'press 4', log })
    const before = trail()
    await before.open()
    await before.checkpoint('hourly')
    expect(before.unwitnessed).toBeDefined()
    rmSync(deviceKeyPath(dir))
    const after = trail()
    await after.open()
    const { device } = before.key
    await after.renewKey('admin', 'lost')
    // A power cut: of its first checkpoint nothing is on the disk.
    const path = checkpointFilePath(dir)
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
    writeFileSync(path, `${lines.slice(0, -1).join('\n')}\n`)
    const again = trail()
    await again.open()
    const unwitnessed = again.unwitnessed?.checkpoint.signed.device
    expect(unwitnessed).not.toBe(device)
  })
})
