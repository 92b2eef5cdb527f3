import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Outbox } from '#central/notify/outbox.ts'
import { escalateOverdue } from '#central/ownership/escalate.ts'
import type { FleetAlert } from '#core/contracts/fleet-alerts.ts'
import type { Ownership } from '#core/contracts/ownership.ts'
import { fakeSmtp } from '#support/central/fake-smtp.ts'
import {
  type FeedbackSite,
  feedbackSite,
  movedEvent,
  onLoopback,
  raisedEvent,
} from '#support/central/feedback-site.ts'
import { alert, startMs } from '../integration/journal/records.ts'

let site: FeedbackSite
let smtp: Awaited<ReturnType<typeof fakeSmtp>>
const minuteMs = 60_000
const iso = (ms: number) => new Date(ms).toISOString()
/** Raised by a machine's clock at startMs, to be answered within ten minutes. */
const raised = (id: string, change: Parameters<typeof alert>[1] = {}) =>
  alert(id, { model: { id: 'pump', version: '1.0.0', title: 'Pump' }, ...change })

beforeAll(async () => {
  smtp = await fakeSmtp()
  site = await feedbackSite({ ...onLoopback, smtpUrl: smtp.url })
  site.clock.ms = startMs
})
afterAll(async () => {
  smtp.close()
  await site.remove()
})

/** What happens when central looks, at that many minutes after startMs. */
async function look(minutes: number, admins: string[] = []): Promise<void> {
  const base = { ...site.base, now: () => startMs + minutes * minuteMs }
  const outbox = new Outbox(base, { ...onLoopback, smtpUrl: smtp.url, admins })
  await escalateOverdue(base, outbox)
  await outbox.tick()
}
const alertOf = async (device: string, id: string) => {
  const { body } = await site.ask<{ items: FleetAlert[] }>('GET', `/api/alerts?device=${device}`)
  return body.items.find((one) => one.id === id)!
}
const mailsTo = (to: string) => smtp.mails.filter((mail) => mail.to === to)

describe('an alert that nobody acknowledges', () => {
  it('is told once to whom its rule names, when its time is over', async () => {
    const press = await site.machine('told')
    const escalateTo = { name: 'Shift lead', contact: 'lead@plant.example' }
    const [a, b, c] = [raised('a', { escalateTo }), raised('b', { escalateTo }), raised('c', { escalateTo })]
    await site.arrive(press, [raisedEvent(a), raisedEvent(b), raisedEvent(c)])
    await site.arrive(press, [movedEvent(c, 'acknowledged', startMs + minuteMs, { to: 'acknowledged' })])
    await look(9.9)
    expect(smtp.mails).toEqual([])
    await look(10)
    await look(11)
    expect(mailsTo('lead@plant.example')).toHaveLength(1)
    expect(smtp.mails[0]!.text).toContain('Nobody acknowledged 2 alerts in time')
    expect(await alertOf(press.device, 'a')).toMatchObject({
      ...{
        escalation: {
          outcome: 'sent',
          to: ['Shift lead <lead@plant.example>'],
          at: iso(startMs + 10 * minuteMs),
        },
      },
      owner: { name: 'maintenance', from: 'alert' },
    })
    expect((await alertOf(press.device, 'c')).escalation).toBeNull()
    // It came back: somebody is told again.
    await site.arrive(press, [
      raisedEvent(raised('a', { escalateTo, respondBy: iso(startMs + 30 * minuteMs) })),
    ])
    await look(29)
    expect(mailsTo('lead@plant.example')).toHaveLength(1)
    await look(30)
    expect(mailsTo('lead@plant.example')).toHaveLength(2)
  })

  it("is looked at by the machine's clock, corrected", async () => {
    const behind = await site.machine('an hour behind', { offsetMs: -60 * minuteMs })
    const escalateTo = { name: 'Lead', contact: 'clock@plant.example' }
    const time = { raisedAt: iso(startMs - 60 * minuteMs), respondBy: iso(startMs - 50 * minuteMs) }
    await site.arrive(behind, [raisedEvent(raised('clock', { ...time, escalateTo }))])
    await look(9)
    expect(mailsTo('clock@plant.example')).toEqual([])
    await look(10)
    expect(mailsTo('clock@plant.example')).toHaveLength(1)
  })

  it('is not told as new where it arrives long after its time', async () => {
    const press = await site.machine('was offline')
    const escalateTo = { name: 'Lead', contact: 'late@plant.example' }
    const ago = (minutes: number) => ({ respondBy: iso(startMs - minutes * minuteMs), escalateTo })
    await site.arrive(press, [raisedEvent(raised('old', ago(61))), raisedEvent(raised('just', ago(5)))])
    await look(1) // its acknowledgement may be still on the way
    expect(mailsTo('late@plant.example')).toEqual([])
    await look(2)
    expect(mailsTo('late@plant.example')).toHaveLength(1)
    expect((await alertOf(press.device, 'old')).escalation).toMatchObject({ outcome: 'late', to: [] })
    expect((await alertOf(press.device, 'just')).escalation).toMatchObject({ outcome: 'sent' })
  })

  it('goes to the owner, then to the admins; and where nobody can be reached, that is said', async () => {
    const press = await site.machine('chain')
    const byPhone = { name: 'Lead', contact: '+49 30 1234' }
    const other = { id: 'chain', version: '1.0.0', title: 'Chain' }
    await site.arrive(press, [raisedEvent(raised('x', { escalateTo: byPhone, model: other }))])
    await look(10)
    expect((await alertOf(press.device, 'x')).escalation).toMatchObject({ outcome: 'nobody-to-tell', to: [] })
    await site.arrive(press, [raisedEvent(raised('y', { escalateTo: byPhone, model: other }))])
    await look(10, ['admin@plant.example'])
    expect((await alertOf(press.device, 'y')).escalation?.to).toEqual(['Admin <admin@plant.example>'])
    const raci = {
      ...{ responsible: [], consulted: [], informed: [], escalation: [] },
      accountable: { name: 'Owner', contact: 'owner@plant.example' },
    }
    const edit = { raci, reason: 'moved to plant 2' }
    const edited = await site.ask<Ownership>('PUT', '/api/ownership/chain', edit)
    expect(edited.body).toMatchObject({ from: 'central', raci, manifest: null, history: [{ by: 'admin' }] })
    await site.arrive(press, [raisedEvent(raised('z', { escalateTo: byPhone, model: other }))])
    await look(10, ['admin@plant.example'])
    expect(await alertOf(press.device, 'z')).toMatchObject({
      ...{ escalation: { to: ['Owner <owner@plant.example>'] }, owner: { name: 'Owner', from: 'central' } },
    })
  })
})

describe('ownership', () => {
  it('is of the newest published manifest until it is edited, and again when that is taken back', async () => {
    const people = { owner: { name: 'Signed owner' }, onCall: { name: 'On call' } }
    for (const [release, state] of [
      [1, 'published'],
      [2, 'published'],
      [3, 'proposed'],
    ] as const)
      await site.base.db
        .insertInto('registry_versions')
        .values({
          ...{
            model: 'signed',
            version: `${release}.0.0`,
            release,
            digest: String(release),
            bytes: 1,
            family: 'f',
          },
          ...{ path: `models/f/signed-${release}`, state, signed_by: [], threshold: 2, keys: 3 },
          manifest: JSON.stringify({ people: { ...people, owner: { name: `Owner ${release}` } } }),
        })
        .execute()
    const of = async () => (await site.ask<Ownership>('GET', '/api/ownership/signed')).body
    expect(await of()).toMatchObject({
      from: 'manifest',
      version: '2.0.0',
      raci: { accountable: { name: 'Owner 2' } },
    })
    const raci = {
      responsible: [],
      accountable: null,
      consulted: [],
      informed: [],
      escalation: [{ name: 'Desk' }],
    }
    await site.ask('PUT', '/api/ownership/signed', { raci, reason: 'on leave' })
    expect(await of()).toMatchObject({
      from: 'central',
      raci,
      manifest: { accountable: { name: 'Owner 2' } },
    })
    await site.ask('PUT', '/api/ownership/signed', { raci: null, reason: 'back' })
    expect(await of()).toMatchObject({
      from: 'manifest',
      history: [{ raci: null, reason: 'back' }, { raci }],
    })
    expect((await site.ask('PUT', '/api/ownership/signed', { raci })).status).toBe(400)
    const { body } = await site.ask<{ items: Ownership[] }>('GET', '/api/ownership')
    expect(body.items.map(({ model }) => model)).toEqual(['chain', 'signed'])
  })
})
