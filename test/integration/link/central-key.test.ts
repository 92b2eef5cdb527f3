import { generateKeyPairSync } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { countersignedBytes } from '#core/audit/checkpoint.ts'
import type { KeptCheckpoint } from '#core/audit/format.ts'
import { verifyExport } from '#core/audit/verify-export.ts'
import { publicKeyOf, recordTools, signWith } from '#edge/audit/tools.ts'
import { codeFor, FakeCentral } from '../../unit/link/fake-central.ts'
import { type LinkedMachine, linkedMachine } from './machine.ts'

let central: FakeCentral
let machine: LinkedMachine
beforeEach(async () => {
  central = new FakeCentral()
  machine = await linkedMachine(central)
})
afterEach(() => machine.close())

const admin = 'A. Meyer (admin)'

/** Joined, confirmed, and heard of once. */
async function enrolled(): Promise<void> {
  await machine.link.enrol(codeFor(central), admin)
  central.state = 'enrolled'
  await machine.beat()
}

describe('the key of central', () => {
  it('is kept with the membership; another one is told once and not believed, until an admin enrols again', async () => {
    await enrolled()
    central.signs = true
    await machine.beat()
    const first = publicKeyOf(central.key)
    expect(machine.trail.key.countersigned).toMatchObject({ counter: 1, by: first })
    expect(machine.events('enrolment.made')).toMatchObject([{ centralKey: first }])

    // Put back from a copy without central.key.
    central.key = generateKeyPairSync('ed25519').privateKey
    await machine.trail.checkpoint('hourly')
    await machine.beat()
    await machine.beat()
    expect(machine.trail.key.countersigned).toMatchObject({ counter: 1, by: first })
    expect(machine.link.standing()).toMatchObject({
      state: 'enrolled',
      problem: expect.stringContaining('another key'),
    })
    expect(machine.events('countersignature.refused')).toMatchObject([
      { counter: 2, by: publicKeyOf(central.key) },
    ])
    expect(machine.failures).toMatchObject([{ code: 'central-key-unknown' }])
    expect((await machine.trail.verify()).checkpoints.countersigned).toMatchObject({ counter: 1 })

    // What was countersigned before stays so; settings and journal both know.
    await machine.link.enrol(codeFor(central), admin)
    await machine.beat()
    machine = await machine.restart()
    expect(machine.link.standing().problem).toBeNull()
    const report = await machine.trail.verify()
    expect(report).toMatchObject({
      ok: true,
      checkpoints: { countersigned: { by: publicKeyOf(central.key) }, strangers: 0 },
    })
    expect(report.checkpoints.countersigned!.counter).toBeGreaterThan(1)
    const lines = readFileSync(join(machine.dir, 'checkpoints.ndjson'), 'utf8').trim().split('\n')
    const signed = lines.map((line) => JSON.parse(line) as KeptCheckpoint).filter((k) => k.countersignature)
    expect(signed.map(({ countersignature }) => countersignature!.by)).toEqual([
      first,
      publicKeyOf(central.key),
    ])
  })

  it('is what a record is verified by: what somebody else wrote beside a checkpoint proves nothing', async () => {
    await enrolled()
    central.signs = true
    await machine.beat()
    const path = join(machine.dir, 'checkpoints.ndjson')
    const [plain, kept] = readFileSync(path, 'utf8').trim().split('\n') as [string, string]
    const line = JSON.parse(kept) as KeptCheckpoint
    const exported = async () => {
      let text = ''
      for await (const chunk of await machine.trail.export()) text += chunk
      const parsed = text
        .trim()
        .split('\n')
        .map((one): unknown => JSON.parse(one))
      async function* lines() {
        yield* parsed
      }
      return (await verifyExport(lines(), recordTools)).report
    }
    expect(await exported()).toMatchObject({ ok: true, checkpoints: { countersigned: { counter: 1 } } })
    const forge = async (by: string, signature: string) => {
      const countersignature = { ...line.countersignature!, by, signature }
      writeFileSync(path, `${plain}\n${JSON.stringify({ ...line, countersignature })}\n`)
      machine = await machine.restart()
      return machine.trail.verify()
    }
    const stranger = generateKeyPairSync('ed25519').privateKey
    const by = publicKeyOf(stranger)
    const words = { by, at: line.countersignature!.at }
    expect(
      (await forge(by, signWith(stranger, countersignedBytes(line.checkpoint, words)))).checkpoints,
    ).toMatchObject({ countersigned: null, strangers: 1 })
    expect(machine.trail.key.countersigned).toBeNull()
    expect(machine.trail.unwitnessed).not.toHaveProperty('countersignature')
    const broken = await forge(line.countersignature!.by, signWith(stranger, Buffer.from('x')))
    expect(broken.ok).toBe(false)
    expect(broken.findings).toContainEqual(
      expect.objectContaining({ kind: 'unsigned', text: expect.stringContaining('countersignature') }),
    )
    expect(broken.checkpoints.countersigned).toBeNull()
  })
})
