import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRecord } from '#central/record/record.ts'
import { FakeMachine } from '#support/central/fake-machine.ts'
import { type SyncSite, syncSite } from '#support/central/sync-site.ts'

let here: SyncSite
beforeAll(async () => {
  here = await syncSite((base) => [createRecord(base)])
})
afterAll(() => here.remove())

async function newMachine() {
  const machine = new FakeMachine()
  const ref = await here.enrol(machine)
  await here.tell(machine)
  return { machine, ref }
}
const all = (machine: FakeMachine) => machine.blocks.get('events')!
const findingsOf = (id: number) =>
  here.base.db.selectFrom('findings').select('kind').where('device_id', '=', id).orderBy('id').execute()

describe('a machine whose whole data folder an admin put back to a copy', () => {
  it('goes on: its checkpoints count from where the copy stood, and nobody sets it apart', async () => {
    const { machine, ref } = await newMachine()
    machine.events('events', 2)
    await here.send(machine, all(machine))
    expect(await here.sync.countersign(ref, machine.checkpoint())).not.toBeNull()
    const copy = machine.clone()
    for (let k = 0; k < 3; k++) {
      machine.events('events', 1)
      await here.send(machine, all(machine))
      expect(await here.sync.countersign(ref, machine.checkpoint())).not.toBeNull()
    }
    copy.beginEpoch()
    // The heartbeat may come before it has told of its new life.
    expect(await here.sync.countersign(ref, copy.checkpoint())).toBeNull()
    expect((await here.tell(copy)).status).toBe(200)
    expect(await findingsOf(ref.id)).toEqual([{ kind: 'restored' }])
    for (let k = 0; k < 4; k++) {
      copy.events('events', 1)
      await here.send(copy, all(copy))
      const kept = copy.checkpoint()
      const signed = await here.sync.countersign(ref, kept)
      expect(signed).not.toBeNull()
      expect(await here.sync.countersign(ref, kept)).toEqual(signed)
    }
    expect(here.apart.has(machine.device)).toBe(false)
    // Told once, not with every contact.
    await here.tell(copy)
    expect(await findingsOf(ref.id)).toHaveLength(1)
  })

  it('is set apart where the life that it left speaks again', async () => {
    const { machine, ref } = await newMachine()
    machine.events('events', 1)
    await here.send(machine, all(machine))
    const copy = machine.clone()
    copy.beginEpoch()
    await here.tell(copy)
    copy.events('events', 1)
    await here.send(copy, all(copy))
    copy.counter = 7
    expect(await here.sync.countersign(ref, copy.checkpoint())).not.toBeNull()
    // What it said before, and was held up on the line, is no contradiction; what it goes on saying beyond that is.
    expect(await here.sync.countersign(ref, machine.checkpoint())).toBeNull()
    machine.events('events', 1)
    machine.counter = 20
    expect(await here.sync.countersign(ref, machine.checkpoint())).toBeNull()
    await expect(here.sync.countersign(ref, machine.checkpoint())).rejects.toThrow(/set apart/)
  })
})

describe('a machine that was set back without knowing it (a snapshot of a virtual machine)', () => {
  it('is found out where its blocks end elsewhere than those that were stored: nothing is lost silently', async () => {
    const { machine } = await newMachine()
    machine.events('events', 2)
    const copy = machine.clone()
    machine.events('events', 6)
    await here.send(machine, all(machine))
    copy.events('events', 3, 'test.other') // rows 3 to 5, where 3 to 8 are stored as one
    const answer = await here.send(copy, all(copy).slice(-1))
    expect([answer.status, answer.body.error?.code]).toEqual([403, 'device-quarantined'])
  })

  it('is found out where a block of its reaches over the end of what is stored', async () => {
    const { machine } = await newMachine()
    machine.events('events', 2)
    const copy = machine.clone()
    machine.events('events', 1)
    await here.send(machine, all(machine))
    copy.events('events', 4, 'test.other')
    expect((await here.send(copy, all(copy).slice(-1))).status).toBe(403)
  })

  it('but windows that were merged may come again in other pieces', async () => {
    const { machine } = await newMachine()
    const parts = [1, 2, 3, 4].map(() => machine.events('metrics', 1, 'metrics.window'))
    const merged = (from: number, to: number) => ({
      ...parts[to]!,
      ...{
        first: parts[from]!.first,
        prev: parts[from]!.prev,
        thinned: to - from + 1,
        projected: true as const,
      },
      text: JSON.stringify([{ kind: 'metrics.window', timeMs: 1, by: 'runtime', body: {} }]),
    })
    expect((await here.send(machine, [merged(0, 3)])).body.ack).toBe(4)
    expect((await here.send(machine, [merged(0, 1), merged(2, 3)])).body).toMatchObject({ ack: 4, dup: 4 })
    expect((await here.send(machine, parts)).body).toMatchObject({ ack: 4, dup: 4 })
    const more = machine.events('metrics', 1, 'metrics.window')
    const over = {
      ...more,
      first: 4,
      prev: parts[3]!.prev,
      thinned: 2,
      projected: true as const,
      text: merged(3, 3).text,
    }
    expect((await here.send(machine, [over])).body.expected).toBe(5)
    expect(here.apart.has(machine.device)).toBe(false)
  })
})

describe('a request that a dead process left on the line', () => {
  it.each(['left', 'gone'])(
    'comes after a copy was put back, of a life that is %s: sent back, and nobody is set apart',
    async (how) => {
      const { machine, ref } = await newMachine()
      const copy = machine.clone()
      if (how === 'gone') {
        machine.beginEpoch()
        await here.tell(machine)
      }
      machine.events('events', 2)
      await here.send(machine, all(machine))
      copy.beginEpoch()
      expect((await here.tell(copy)).status).toBe(200)
      machine.events('events', 1)
      machine.append('inference', { rows: 9, columns: Buffer.from('x') })
      for (const stream of ['events', 'inference'] as const)
        expect(await here.send(machine, machine.blocks.get(stream)!)).toMatchObject({
          status: 409,
          body: { expected: null, error: { code: 'sync-gap' } },
        })
      copy.events('events', 1)
      expect((await here.send(copy, all(copy))).body.ack).toBe(1)
      expect(here.apart.has(machine.device)).toBe(false)
      expect(await findingsOf(ref.id)).toEqual([{ kind: 'restored' }])
    },
  )

  it('is a contradiction where it says other rows than before', async () => {
    const { machine } = await newMachine()
    const copy = machine.clone()
    machine.events('events', 2)
    await here.send(machine, all(machine))
    const next = machine.clone()
    next.beginEpoch()
    await here.tell(next)
    copy.events('events', 2, 'test.other')
    copy.events('events', 1)
    expect((await here.send(copy, all(copy))).status).toBe(403)
  })

  it('comes late, and does not make of the newest life one that is gone', async () => {
    const { machine, ref } = await newMachine()
    const late = machine.clone()
    machine.beginEpoch()
    expect((await here.tell(machine)).status).toBe(200)
    expect((await here.tell(late)).status).toBe(200) // what it said before it was killed
    expect((await here.tell(machine)).status).toBe(200)
    machine.events('events', 1)
    expect((await here.send(machine, all(machine))).body.ack).toBe(1)
    expect(await findingsOf(ref.id)).toEqual([])
    expect(here.apart.has(machine.device)).toBe(false)
  })
})

describe('a heartbeat with a checkpoint that was held up on the line', () => {
  it('comes after a newer one, contradicts nothing, and sets nobody apart', async () => {
    const { machine, ref } = await newMachine()
    machine.events('events', 2)
    const late = machine.checkpoint()
    machine.events('events', 3)
    machine.append('inference', { rows: 9, columns: Buffer.from('x') })
    await here.send(machine, all(machine))
    const now = machine.checkpoint() // of the new connection
    const signed = await here.sync.countersign(ref, now)
    expect(signed).not.toBeNull()
    expect(await here.sync.countersign(ref, late)).toBeNull()
    machine.events('events', 1)
    await here.send(machine, all(machine))
    expect(await here.sync.countersign(ref, machine.checkpoint())).not.toBeNull()
    // The one that was countersigned before comes once more.
    expect(await here.sync.countersign(ref, now)).toEqual(signed)
    expect(here.apart.has(machine.device)).toBe(false)
  })

  it.each([
    ['says that other rows were there', (m: FakeMachine) => m.events('events', 2, 'test.other')],
    ['says that rows ended where none did', (m: FakeMachine) => m.events('events', 1, 'test.other')],
    [
      'knows of rows that the newer one did not',
      (m: FakeMachine) => m.append('inference', { rows: 9, columns: Buffer.from('y') }),
    ],
  ])('is a contradiction where it %s', async (_what, other) => {
    const { machine, ref } = await newMachine()
    const copy = machine.clone()
    machine.events('events', 2)
    machine.events('events', 2)
    await here.send(machine, all(machine))
    machine.counter = 5
    expect(await here.sync.countersign(ref, machine.checkpoint())).not.toBeNull()
    other(copy)
    await expect(here.sync.countersign(ref, copy.checkpoint())).rejects.toThrow(/set apart/)
  })
})

describe('copies of one disk under two keys', () => {
  it('that tell of their record at the same moment: one of the two is set apart, whichever', async () => {
    const pairs = Array.from({ length: 8 }, () => {
      const one = new FakeMachine()
      const other = new FakeMachine()
      other.epochs = structuredClone(one.epochs)
      return [one, other]
    })
    for (const machine of pairs.flat()) await here.enrol(machine)
    const answers = await Promise.all(
      pairs.map(async (pair) =>
        (await Promise.all(pair.map((machine) => here.tell(machine)))).map(({ status }) => status).sort(),
      ),
    )
    expect(answers).toEqual(pairs.map(() => [200, 403]))
  })
})

describe('rows that the disk of a machine lost', () => {
  it('are a finding where they were never here, told once', async () => {
    const { machine, ref } = await newMachine()
    const { epoch } = machine
    machine.events('events', 4)
    await here.send(machine, all(machine))
    machine.events('events', 6)
    machine.beginEpoch()
    await here.tell(machine)
    const lost = { epoch, first: 3, last: 10, rows: 8, why: 'lost' }
    const bodies = [
      { stream: 'events', ...lost },
      { stream: 'events', ...lost, last: 4 },
      { stream: 'inference', epoch, model: 'm', first: 1, last: 9, rows: 9, why: 'retention' },
    ]
    machine.events('events', bodies.length, 'gap', (k) => bodies[k - 1])
    for (let k = 0; k < 2; k++) expect((await here.send(machine, all(machine))).body.ack).toBe(3)
    const findings = await here.base.db
      .selectFrom('findings')
      .select(['kind', 'detail'])
      .where('device_id', '=', ref.id)
      .execute()
    expect(findings).toEqual([{ kind: 'lost', detail: { stream: 'events', epoch, first: 5, last: 10 } }])
  })
})

describe('the list of countersigned checkpoints', () => {
  it('gives each once, also where two lives of a machine count the same at the edge of a page', async () => {
    const { machine, ref } = await newMachine()
    const copy = machine.clone()
    for (let k = 0; k < 3; k++) await here.sync.countersign(ref, machine.checkpoint())
    copy.beginEpoch()
    await here.tell(copy)
    for (let k = 0; k < 3; k++) await here.sync.countersign(ref, copy.checkpoint())
    const seen: string[] = []
    let cursor = ''
    do {
      const url = `/api/devices/${machine.device}/checkpoints?limit=2${cursor}`
      const page = (
        await here.app.inject({ url, headers: { authorization: `Bearer ${here.site.token}` } })
      ).json()
      seen.push(
        ...page.items.map(({ epoch, counter }: { epoch: string; counter: number }) => `${epoch} ${counter}`),
      )
      cursor = page.next === null ? '' : `&cursor=${page.next}`
    } while (cursor !== '' && seen.length < 20)
    expect(seen).toEqual(
      [copy, machine].flatMap(({ epoch }) => [3, 2, 1].map((counter) => `${epoch} ${counter}`)),
    )
  })
})
