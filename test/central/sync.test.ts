import { createPublicKey, verify } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ArrivedEvent } from '#central/sync/projector.ts'
import { canonicalJson } from '#core/update/canonical-json.ts'
import { FakeMachine } from '#support/central/fake-machine.ts'
import { type SyncSite, syncSite } from '#support/central/sync-site.ts'
import { draws } from '#support/draws.ts'

const seen: ArrivedEvent[] = []
let here: SyncSite
beforeAll(async () => {
  here = await syncSite(() => [
    {
      projectors: [
        {
          kinds: ['test.'],
          apply: async (_tx, _device, events) => {
            if (events.some(({ body }) => (body as { poison?: boolean } | null)?.poison))
              throw new Error('the projector fails')
            seen.push(...events)
          },
        },
      ],
    },
  ])
})
afterAll(() => here.remove())

async function newMachine(): Promise<{ machine: FakeMachine; id: number }> {
  const machine = new FakeMachine()
  const { id } = await here.enrol(machine)
  await here.tell(machine)
  return { machine, id }
}

const stored = async (id: number) =>
  await here.base.db
    .selectFrom('events')
    .select(['seq', 'stream', 'kind', 'body'])
    .where('device_id', '=', id)
    .orderBy('stream')
    .orderBy('seq')
    .execute()

describe('what arrives', () => {
  it('is stored once, in order, with what the machine said', async () => {
    const { machine, id } = await newMachine()
    const [a, b] = [machine.events('events', 3), machine.events('events', 2)]
    expect((await here.send(machine, [a, b])).body).toMatchObject({ ack: 5, inserted: 5, dup: 0 })
    expect((await stored(id)).map(({ seq, body }) => [seq, body])).toEqual(
      [1, 2, 3, 4, 5].map((k) => [k, { k }]),
    )
    expect(seen.slice(-5).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5])
  })

  it('changes nothing when it comes again, whole or with more behind it', async () => {
    const { machine, id } = await newMachine()
    const [a, b] = [machine.events('events', 3), machine.events('events', 2)]
    await here.send(machine, [a])
    const before = seen.length
    expect((await here.send(machine, [a])).body).toMatchObject({ ack: 3, inserted: 0, dup: 3 })
    expect((await here.send(machine, [a, b])).body).toMatchObject({ ack: 5, inserted: 2, dup: 3 })
    expect((await stored(id)).length).toBe(5)
    expect(seen.length - before).toBe(2)
  })

  it('is sent back where rows are missing before it', async () => {
    const { machine, id } = await newMachine()
    const [, b] = [machine.events('events', 3), machine.events('events', 2)]
    const { status, body } = await here.send(machine, [b!])
    expect([status, body.error?.code, body.expected]).toEqual([409, 'sync-gap', 1])
    expect(await stored(id)).toEqual([])
  })

  it('asks for the epochs first, where it does not know this one', async () => {
    const machine = new FakeMachine()
    await here.enrol(machine)
    const { status, body } = await here.send(machine, [machine.events('events', 1)])
    expect([status, body.error?.code, body.expected]).toEqual([409, 'sync-gap', null])
    await here.tell(machine)
    expect((await here.send(machine, machine.blocks.get('events')!)).body.ack).toBe(1)
  })

  it('is kept whatever its text holds: NUL, lone surrogates, years beyond all calendars', async () => {
    const { machine, id } = await newMachine()
    const body = { note: 'a\u0000b\ud800c', '\u0000': 1 }
    machine.append('events', [{ kind: 'test.\u0000', timeMs: 9e15, by: 'x\u0000\udfff', body }])
    expect((await here.send(machine, machine.blocks.get('events')!)).status).toBe(200)
    expect((await stored(id))[0]!.body).toEqual(body)
  })

  it('is refused whole where an area cannot keep its part, and taken when it can', async () => {
    const { machine, id } = await newMachine()
    machine.append('events', [{ kind: 'test.bad', timeMs: 1, by: 'x', body: { poison: true } }])
    expect((await here.send(machine, machine.blocks.get('events')!)).status).toBe(500)
    expect(await stored(id)).toEqual([])
    expect(
      await here.base.db.selectFrom('watermarks').selectAll().where('device_id', '=', id).execute(),
    ).toEqual([])
  })

  it('counts rows whose content stayed there, and keeps columns of readings', async () => {
    const { machine, id } = await newMachine()
    machine.append('inference', { rows: 256, columns: Buffer.from('columns') })
    machine.append('inference', { rows: 100, columns: Buffer.from('secret') }, { withheld: true })
    machine.append('inference', { rows: 7, columns: Buffer.from('old') }, { dropped: true })
    expect((await here.send(machine, machine.blocks.get('inference')!)).body).toMatchObject({
      ack: 363,
      inserted: 363,
    })
    const blocks = await here.base.db
      .selectFrom('blocks')
      .select(['first', 'last', 'gone', 'content'])
      .where('device_id', '=', id)
      .orderBy('first')
      .execute()
    expect(
      blocks.map(({ first, last, gone, content }) => [first, last, gone, content?.toString() ?? null]),
    ).toEqual([
      [1, 256, null, 'columns'],
      [257, 356, 'withheld', null],
      [357, 363, 'dropped', null],
    ])
  })

  it('may be thinned: fewer events stand for more rows', async () => {
    const { machine, id } = await newMachine()
    const [a, , c] = [
      machine.events('metrics', 1),
      machine.events('metrics', 1),
      machine.events('metrics', 1),
    ]
    const merged = {
      ...a!,
      last: c!.last,
      digest: c!.digest,
      thinned: 3,
      text: JSON.stringify([{ kind: 'test.sum', timeMs: 1, by: 'runtime', body: 3 }]),
    }
    expect((await here.send(machine, [merged])).body).toMatchObject({ ack: 3, inserted: 3 })
    expect((await stored(id)).map(({ seq, body }) => [seq, body])).toEqual([[3, 3]])
    expect((await here.send(machine, [machine.events('metrics', 1)])).body.ack).toBe(4)
    // The answer was lost, and in between it is thinned otherwise: the end decides.
    expect((await here.send(machine, machine.blocks.get('metrics')!)).body).toMatchObject({
      ack: 4,
      inserted: 0,
    })
  })

  it('in any order, with repetitions, torn into any batches: each row once and in order', async () => {
    const { machine, id } = await newMachine()
    const draw = draws(6, 4000).values()
    const next = () => draw.next().value ?? 0.5
    for (let k = 0; k < 40; k++) machine.events('events', 1 + Math.floor(3 * next()))
    const blocks = machine.blocks.get('events')!
    let ack = 0
    for (let round = 0; round < 200 && ack < blocks.at(-1)!.last; round++) {
      const from = Math.floor(blocks.length * next())
      const some = blocks.slice(from, from + 1 + Math.floor(8 * next()))
      const { status, body } = await here.send(machine, some)
      expect([200, 409]).toContain(status)
      if (status === 409) {
        expect(body.expected).toBe(ack + 1)
        // A machine does as it is told; mostly.
        if (next() < 0.7) {
          const at = blocks.findIndex(({ first }) => first === body.expected)
          ack = (await here.send(machine, blocks.slice(at, at + 3))).body.ack
        }
      } else ack = body.ack
    }
    const rows = await stored(id)
    expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: blocks.at(-1)!.last }, (_, k) => k + 1))
  })

  it('two batches at the same moment are taken one after the other', async () => {
    const { machine, id } = await newMachine()
    const blocks = [machine.events('events', 5), machine.events('events', 5)]
    const answers = await Promise.all(Array.from({ length: 8 }, () => here.send(machine, blocks)))
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200))
    expect(answers.reduce((sum, { body }) => sum + body.inserted, 0)).toBe(10)
    expect((await stored(id)).length).toBe(10)
  })
})

describe('a machine that contradicts itself is set apart', () => {
  it('two disks with one key and one epoch, grown apart', async () => {
    const { machine } = await newMachine()
    machine.events('events', 3)
    const copy = machine.clone()
    await here.send(machine, machine.blocks.get('events')!)
    machine.events('events', 1)
    await here.send(machine, machine.blocks.get('events')!)
    copy.events('events', 1, 'test.other')
    copy.events('events', 1, 'test.other')
    const { status, body } = await here.send(copy, copy.blocks.get('events')!)
    expect([status, body.error?.code]).toEqual([403, 'device-quarantined'])
    expect(here.apart.get(machine.device)).toMatch(/row/)
  })

  it('says what went on, where the fork lies behind what is here', async () => {
    const { machine, id } = await newMachine()
    machine.events('events', 3)
    const copy = machine.clone()
    machine.events('events', 1)
    copy.events('events', 1, 'test.other')
    copy.events('events', 1, 'test.more')
    await here.send(machine, machine.blocks.get('events')!)
    expect((await here.send(copy, copy.blocks.get('events')!.slice(1))).status).toBe(403)
    const [finding] = await here.base.db
      .selectFrom('findings')
      .selectAll()
      .where('device_id', '=', id)
      .execute()
    expect(finding).toMatchObject({ kind: 'fork', detail: { stream: 'events' } })
  })

  it('another machine with the same record', async () => {
    const { machine } = await newMachine()
    const other = new FakeMachine()
    other.epochs = structuredClone(machine.epochs)
    await here.enrol(other)
    expect((await here.tell(other)).status).toBe(403)
    expect(here.apart.has(machine.device)).toBe(false)
    expect(here.apart.get(other.device)).toMatch(/copy/)
  })

  it('a record that was put back goes on in a new epoch, and is told; the old one may not go on', async () => {
    const { machine, id } = await newMachine()
    machine.events('events', 3)
    const copy = machine.clone()
    await here.send(machine, machine.blocks.get('events')!)
    copy.beginEpoch()
    copy.events('events', 2)
    expect((await here.tell(copy)).status).toBe(200)
    expect((await here.send(copy, copy.blocks.get('events')!)).body.ack).toBe(2)
    machine.events('events', 1)
    const late = machine.blocks.get('events')!.slice(-1)
    expect(await here.send(machine, late)).toMatchObject({ status: 409, body: { expected: null } })
    expect((await here.send(machine, late)).status).toBe(403)
    expect((await stored(id)).length).toBe(5)
  })

  it('a journal that is put back to before an epoch that is known here is a finding, and no fork', async () => {
    const { machine, id } = await newMachine()
    const copy = machine.clone()
    machine.beginEpoch()
    await here.tell(machine)
    copy.beginEpoch()
    expect((await here.tell(copy)).status).toBe(200)
    const findings = await here.base.db
      .selectFrom('findings')
      .select('kind')
      .where('device_id', '=', id)
      .execute()
    expect(findings).toEqual([{ kind: 'restored' }])
    // What it left on the line when it was put back; and now the one that was left behind goes on: two machines.
    expect((await here.tell(machine)).status).toBe(200)
    expect((await here.tell(machine)).status).toBe(403)
  })
})

describe('checkpoints', () => {
  it('are countersigned once everything that matters is here', async () => {
    const { machine, id } = await newMachine()
    const ref = { id, device: machine.device, name: '', site: '' }
    machine.events('events', 3)
    machine.append('inference', { rows: 9, columns: Buffer.from('x') })
    const kept = machine.checkpoint()
    expect(await here.sync.countersign(ref, kept)).toBeNull()
    await here.send(machine, machine.blocks.get('events')!)
    const signed = await here.sync.countersign(ref, kept)
    const { signature, ...words } = signed!
    const x = Buffer.from(here.key.publicKey, 'hex').toString('base64url')
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
    const bytes = Buffer.from(canonicalJson({ checkpoint: kept.checkpoint, ...words }))
    expect(verify(null, bytes, key, Buffer.from(signature, 'base64'))).toBe(true)
    expect(await here.sync.countersign(ref, kept)).toEqual(signed)
  })

  it.each([
    [
      'another head at a row that is here',
      (m: FakeMachine) =>
        m.checkpoint((s) => {
          s.streams['events']!.head = '00'.repeat(32)
        }),
    ],
    [
      'fewer rows than before',
      (m: FakeMachine) =>
        m.checkpoint((s) => {
          s.streams['metrics']!.seq = 0
        }),
    ],
    [
      'a smaller number, and more rows',
      (m: FakeMachine) => {
        m.events('events', 1)
        return m.checkpoint((s) => {
          s.counter = 1
        })
      },
    ],
    ['another key', (m: FakeMachine) => ({ ...m.checkpoint(), publicKey: new FakeMachine().publicKey })],
  ])('with %s are refused, and set the machine apart', async (_what, bad) => {
    const { machine, id } = await newMachine()
    const ref = { id, device: machine.device, name: '', site: '' }
    machine.events('events', 3)
    machine.events('metrics', 2)
    for (const stream of ['events', 'metrics'] as const) await here.send(machine, machine.blocks.get(stream)!)
    machine.checkpoint()
    expect(await here.sync.countersign(ref, machine.checkpoint())).not.toBeNull()
    await expect(here.sync.countersign(ref, bad(machine))).rejects.toThrow(/set apart/)
    expect(here.apart.has(machine.device)).toBe(true)
  })
})
