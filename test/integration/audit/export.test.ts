import { PassThrough, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import type { RecordReport } from '#core/audit/finding.ts'
import { verifyExport } from '#core/audit/verify-export.ts'
import { exportAudit } from '#edge/audit/audit-trail.ts'
import { recordTools } from '#edge/audit/tools.ts'
import { hourMs, linesOf, machineIn, temporaryFolder } from './fixture.ts'

const verified = async (exported: string, key?: string): Promise<RecordReport> =>
  (await verifyExport(linesOf(exported), recordTools, key === undefined ? {} : { key })).report

async function worked(hours: number) {
  const machine = await machineIn(temporaryFolder())
  for (let i = 0; i < hours; i++) await machine.hour(`hour-${i}`)
  return machine
}

describe('an export', () => {
  it('verifies by itself, by the public key and by its fingerprint', async () => {
    const machine = await worked(2)
    const exported = await machine.export()
    const { device, publicKey } = machine.trail.key
    for (const key of [undefined, device!, publicKey!])
      expect(await verified(exported, key)).toMatchObject({ ok: true, blocks: 9, rows: 11, device })
    expect(await verified(exported, '0'.repeat(64))).toMatchObject({
      ok: false,
      findings: [{ kind: 'unsigned' }],
    })
  })

  it('brings events as they are, and of readings only digests unless they are asked for', async () => {
    const machine = await worked(1)
    const [bare, full] = [await machine.export(), await machine.export({ readings: true })]
    expect(bare).toContain('hour-0')
    expect(bare).not.toMatch(/"columns":|"kind":"shape"/)
    expect(full).toMatch(/"columns":"/)
    expect(full).toContain('"kind":"shape"')
    expect(await verified(full)).toMatchObject({ ok: true })
    const edited = full.replace(
      /("columns":".{40})(.)/,
      (_, before, one) => before + (one === 'A' ? 'B' : 'A'),
    )
    expect(await verified(edited)).toMatchObject({
      ok: false,
      findings: [{ kind: 'edit', stream: 'inference', first: 1, last: 2 }],
    })
  })

  it('of a time reaches from the checkpoint before to the one after, and is proved at both ends', async () => {
    const machine = await worked(6)
    const from = machine.clock.ms - 3.5 * hourMs
    const part = await machine.export({ fromMs: from, toMs: from + hourMs })
    const report = await verified(part)
    expect(report).toMatchObject({ ok: true, checkpoints: { first: { counter: 2 }, last: { counter: 4 } } })
    expect([...part.matchAll(/"what":"(hour-\d)"|\\"what\\":\\"(hour-\d)\\"/g)].map((m) => m[2])).toEqual([
      'hour-2',
      'hour-3',
    ])
    // The first of its blocks does not follow what is attested before it.
    const lines = part.split('\n')
    const first = lines.findIndex((line) => line.includes('"kind":"block"'))
    expect((await verified(lines.toSpliced(first, 1).join('\n'))).findings.map(({ kind }) => kind)).toContain(
      'delete',
    )
  })

  it('of which any one character was changed does not verify', async () => {
    const machine = await worked(2)
    const lines = (await machine.export({ readings: true })).trimEnd().split('\n')
    const passed: string[] = []
    for (const [i, line] of lines.entries())
      for (let part = 1; part < 8; part++) {
        const at = Math.floor((line.length * part) / 8)
        const changed = line.slice(0, at) + (line[at] === '1' ? '2' : '1') + line.slice(at + 1)
        if ((await verified(lines.with(i, changed).join('\n'))).ok)
          passed.push(`${i}: ${changed.slice(at - 40, at + 9)}`)
      }
    expect(passed).toEqual([])
  })

  it.each([
    ['broken off', (lines: string[]) => lines.slice(0, -2), 'incomplete'],
    ['without its end', (lines: string[]) => lines.slice(0, -1), 'incomplete'],
    ['without a block', (lines: string[]) => lines.toSpliced(-3, 1), 'incomplete'],
    ['without a checkpoint', (lines: string[]) => lines.toSpliced(1, 1), 'delete'],
    ['with more behind its end', (lines: string[]) => [...lines, lines.at(-2)!], 'incomplete'],
    [
      'in another order',
      (lines: string[]) => [...lines.slice(0, -3), lines.at(-2)!, lines.at(-3)!, lines.at(-1)!],
      'delete',
    ],
    ['of nothing', () => [], 'incomplete'],
    ['of something else', () => ['{"a":1}', 'b'], 'incomplete'],
  ] as const)('%s is told so', async (_, change, kind) => {
    const machine = await worked(2)
    const lines = (await machine.export()).trimEnd().split('\n')
    const report = await verified(change(lines).join('\n'))
    expect(report.ok).toBe(false)
    expect(report.findings.map((found) => found.kind)).toContain(kind)
  })

  it('is written into any stream, and fails with it', async () => {
    const machine = await worked(1)
    const into = new PassThrough()
    const [written, exported] = await Promise.all([exportAudit(machine.trail, into), text(into)])
    expect(written).toMatchObject({ blocks: 5, rows: 6, bytes: Buffer.byteLength(exported) })
    const full = new Writable({ write: (_, __, done) => done(new Error('the stick is full')) })
    await expect(exportAudit(machine.trail, full)).rejects.toThrow('the stick is full')
    expect(await machine.trail.verify()).toMatchObject({ ok: true })
  })
})
