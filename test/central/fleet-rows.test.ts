import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openRepository } from '#central/registry/repository.ts'
import { ownGroup } from '#core/contracts/fleet.ts'
import type { FindingsPage } from '#core/contracts/fleet-record.ts'
import type { RolloutDetail } from '#core/contracts/rollout.ts'
import { type CentralSite, centralSite } from '#support/central/central-site.ts'
import { FakeMachine } from '#support/central/fake-machine.ts'
import { type Joiner, joined, reportOf } from '#support/central/joining.ts'
import { Recorded } from '#support/fleet/recorded.ts'
import { signedSite } from '#support/signed-site.ts'
import { smallBase, versionOf } from '#support/versions.ts'

/** Rows of the fault table (docs/sync.md) at a whole central, over HTTP. Rows 47 and 48: identity.test.ts. */
let central: CentralSite
let aheadMs = 0
const now = () => Date.now() + aheadMs
const model = 'small'
const digests = new Map<string, string>()
const soon = { timeout: 120_000, interval: 50 }

beforeAll(async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'edgewright-central-'))
  const dir = join(dataDir, 'repository')
  mkdirSync(dir)
  const repository = await signedSite({ dir, site: 'plant-a', nowMs: now() })
  const base = await smallBase(model)
  for (const [k, version] of ['1.0.0', '1.1.0'].entries()) {
    const file = join(dataDir, `${version}.ewp`)
    writeFileSync(file, (await versionOf(base, { version, release: k + 1 })).bytes)
    digests.set(version, (await repository.publish({ file })).digest)
  }
  const keys = ['timestamp', 'snapshot', 'site-plant-a'].map((role) => repository.keys[role]![0]!)
  central = await centralSite({ dataDir, keys, now })
})
afterAll(() => central.remove())

const gate = { soakMin: 0, minimumN: 1, maxFailures: 1 }
const plan = (groups: object[]) => ({ model, version: '1.1.0', reason: 'fewer false alarms', groups })
const detail = async (id: number) => (await central.ask<RolloutDetail>('GET', `/api/rollouts/${id}`)).body
const abort = (id: number) => central.ask('POST', `/api/rollouts/${id}/abort`, { reason: 'the test is over' })
/** 1.0.0 runs; what became of 1.1.0 there. */
const report = (machine: Joiner, staged: object | null) => {
  const said = reportOf('1.0.0', { model })
  const [one] = said.models as unknown as { slots: Record<string, object | null> }[]
  one!.slots['running'] = { ...one!.slots['running'], digest: digests.get('1.0.0') }
  one!.slots['staged'] = staged && {
    ...one!.slots['running'],
    version: '1.1.0',
    digest: digests.get('1.1.0'),
    ...staged,
  }
  return machine.beat({ report: said })
}
const assigned = async (machine: Joiner) => {
  const { live } = await openRepository(join(central.dataDir, 'repository'), { finish: false })
  const targets = live.delegated.get('site-plant-a')!.signed.targets
  return `sites/plant-a/${ownGroup(machine.device)}/${model}` in targets
}

describe('rollouts', () => {
  it('row 44: failures at a group’s threshold, equality too, stop the rollout; the next group is untouched', async () => {
    const [canary, second, other] = [await joined(central), await joined(central), await joined(central)]
    for (const one of [canary, second, other]) await report(one, null)
    const groups = [
      { name: 'Canary', choose: { devices: [canary.device, second.device] }, gate },
      { name: 'Rest', choose: {}, gate },
    ]
    const { status, body } = await central.ask<RolloutDetail>('POST', '/api/rollouts', plan(groups))
    expect(status).toBe(201)
    await vi.waitFor(async () => expect(await assigned(canary)).toBe(true), soon)
    aheadMs += 2_000
    const who = {
      state: 'refused',
      since: new Date(now()).toISOString(),
      by: 'runtime',
      reason: 'golden vectors differ',
    }
    await report(canary, { deployment: who })
    await vi.waitFor(async () => expect((await detail(body.id)).state.state).toBe('halted'), soon)
    const halted = await detail(body.id)
    expect(halted.groups[1]).toMatchObject({ state: 'wait', chosenAt: null })
    expect(halted.failures).toEqual([{ state: 'refused', reason: 'golden vectors differ', machines: 1 }])
    expect(await assigned(other)).toBe(false)
    await abort(body.id)
  })

  it('row 45: a threshold that is no number is refused at the door', async () => {
    for (const wrong of [
      { maxFailures: '2' },
      { maxFailureShare: 'NaN' },
      { soakMin: null },
      { minimumN: '1' },
    ]) {
      const groups = [{ name: 'All', choose: {}, gate: { ...gate, ...wrong } }]
      const { status, body } = await central.ask<{ error: { code: string } }>(
        'POST',
        '/api/rollouts',
        plan(groups),
      )
      expect([wrong, status, body.error.code]).toEqual([wrong, 400, 'request-invalid'])
    }
  })

  it('row 46: an empty group, and one that is wholly offline, are no success', async () => {
    const machine = await joined(central)
    await report(machine, null)
    const groups = [
      { name: 'Nobody', choose: { labels: ['no-such'] }, gate },
      { name: 'Away', choose: { devices: [machine.device] }, gate },
      { name: 'Rest', choose: {}, gate },
    ]
    const { id } = (await central.ask<RolloutDetail>('POST', '/api/rollouts', plan(groups))).body
    aheadMs += 3_600_000
    await vi.waitFor(
      async () =>
        expect((await detail(id)).groups[0]!.waitsFor.join()).toContain('no machine fits this group'),
      soon,
    )
    expect((await detail(id)).state).toMatchObject({ state: 'running', group: 0 })
    await central.ask('POST', `/api/rollouts/${id}/skip`, { reason: 'that line is closed' })
    // It was assigned now, and is not heard of for an hour.
    await vi.waitFor(async () => expect(await assigned(machine)).toBe(true), soon)
    aheadMs += 3_600_000
    await vi.waitFor(
      async () =>
        expect((await detail(id)).groups[1]!.waitsFor.join()).toContain(
          'every machine of this group is offline',
        ),
      soon,
    )
    expect((await detail(id)).state).toMatchObject({ state: 'running', group: 1 })
    expect((await detail(id)).groups[2]!.state).toBe('wait')
    await abort(id)
  })
})

const events = (one: Recorded) => one.machine.blocks.get('events')!
const stored = async (one: Recorded) => {
  const { db } = central.base
  const rows = db.selectFrom('events').innerJoin('devices', 'devices.id', 'events.device_id')
  const found = await rows
    .select('seq')
    .where('device', '=', one.machine.device)
    .orderBy('received')
    .orderBy('seq')
    .execute()
  return found.map(({ seq }) => Number(seq))
}

describe('row 49: duplicate or out-of-order batch: stored once', () => {
  it('in order, whatever comes first, twice, or both at the same moment', async () => {
    const one = await Recorded.join(central)
    await one.tell()
    const [a, b, c] = [1, 2, 3].map(() => one.machine.events('events', 2))
    const early = await one.send([b!])
    expect([early.status, early.body.error?.code, early.body.expected]).toEqual([409, 'sync-gap', 1])
    expect((await one.send([a!])).body).toMatchObject({ ack: 2, inserted: 2, dup: 0 })
    expect((await one.send([c!])).body.expected).toBe(3)
    const both = await Promise.all([one.send([a!, b!]), one.send([a!, b!]), one.send([b!, c!])])
    expect(
      both.filter(({ status }) => status === 200).reduce((sum, { body }) => sum + body.inserted, 0),
    ).toBeLessThanOrEqual(4)
    expect((await one.send([a!, b!, c!])).body.ack).toBe(6)
    expect((await one.send([a!])).body).toMatchObject({ ack: 6, inserted: 0, dup: 2 })
    expect(await stored(one)).toEqual([1, 2, 3, 4, 5, 6])
  })
})

describe('row 50: what was done to a machine’s record is located by central', () => {
  const started = async () => {
    const one = await Recorded.join(central)
    await one.tell()
    for (let k = 0; k < 4; k++) one.machine.events('events', 2)
    await one.send(events(one))
    expect((await one.checkpoint()).body.countersignature).not.toBeNull()
    return one
  }
  /** Set apart, and told of where people look. */
  const located = async (one: Recorded, words: RegExp) => {
    const { items } = (await central.ask<FindingsPage>('GET', `/api/findings?device=${one.machine.device}`))
      .body
    expect(items[0]).toMatchObject({
      kind: 'fork',
      device: one.machine.device,
      words: expect.stringMatching(words),
    })
    const { body } = await central.ask<{ state: string }>('GET', `/api/devices/${one.machine.device}`)
    expect(body.state).toBe('quarantined')
    expect(await stored(one)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  }
  /** Blocks from the k-th on are taken away, and others follow. */
  const rewritten = (one: Recorded, k: number, kinds: string[]) => {
    const liar = one.copy()
    liar.machine.blocks.set('events', events(liar).slice(0, k))
    for (const kind of kinds) liar.machine.events('events', 2, kind)
    return liar
  }

  it('edit: rows that were sent are others now', async () => {
    const one = await started()
    const liar = rewritten(one, 1, ['test.edited', 'test.happened', 'test.happened'])
    expect((await liar.send(events(liar))).body.error?.code).toBe('device-quarantined')
    await located(one, /rows 3 to 4 came again, and are others/)
  })

  it('delete: rows are missing, and what followed them moved up', async () => {
    const one = await started()
    const liar = rewritten(one, 2, ['test.later'])
    expect((await liar.send(events(liar).slice(2))).body.error?.code).toBe('device-quarantined')
    await located(one, /rows 5 to 6 came again, and are others/)
  })

  it('truncate: the end was cut off', async () => {
    const one = await started()
    const liar = rewritten(one, 2, [])
    expect((await liar.checkpoint()).status).toBe(403)
    await located(one, /events had 8 rows, and now has 4: its end was cut off/)
  })

  it('fork: another past goes on from a row that is here', async () => {
    const one = await started()
    const liar = rewritten(one, 3, ['test.other', 'test.other'])
    expect((await liar.send(events(liar).slice(4))).status).toBe(403)
    await located(one, /rows 9 to 10 do not follow the rows that came before them/)
  })

  it('clone: another machine brings the same record', async () => {
    const one = await started()
    const machine = new FakeMachine()
    machine.epochs = structuredClone(one.machine.epochs)
    const clone = await Recorded.join(central, machine)
    expect((await clone.tell()).status).toBe(403)
    const { items } = (await central.ask<FindingsPage>('GET', `/api/findings?device=${machine.device}`)).body
    expect(items[0]?.words).toContain(
      `its record is also that of press 4 (${one.machine.device.slice(0, 16)})`,
    )
    // The first one is no suspect.
    expect((await one.checkpoint()).status).toBe(200)
  })
})
