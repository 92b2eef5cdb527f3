import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Outbox } from '#central/notify/outbox.ts'
import { signature } from '#central/notify/sign.ts'
import type { Delivery, Hook } from '#core/contracts/hooks.ts'
import { fakeReceiver } from '#support/central/fake-receiver.ts'
import { fakeSmtp } from '#support/central/fake-smtp.ts'
import { type FeedbackSite, feedbackSite, onLoopback } from '#support/central/feedback-site.ts'

let site: FeedbackSite
let smtp: Awaited<ReturnType<typeof fakeSmtp>>
let settings: typeof onLoopback
const closers: (() => void)[] = []
const dayMs = 24 * 60 * 60_000

beforeAll(async () => {
  smtp = await fakeSmtp({ refuse: 1 })
  settings = { ...onLoopback, smtpUrl: smtp.url }
  // The site's own outbox looks at a clock that never comes to what is queued here: this file sends by itself.
  site = await feedbackSite(onLoopback)
  site.clock.ms = 0
})
afterAll(async () => {
  for (const close of [...closers, smtp.close]) close()
  await site.remove()
})

/** An outbox of its own, on a clock of its own. */
function outboxAt(startMs: number) {
  const clock = { ms: startMs }
  const outbox = new Outbox({ ...site.base, now: () => clock.ms, random: () => 0.5 }, settings)
  return { clock, outbox }
}
async function hookTo(statuses: number[]) {
  const receiver = await fakeReceiver(statuses)
  closers.push(receiver.close)
  const body = { url: receiver.url, kinds: ['rollout.changed'], note: 'tickets' }
  const hook = (await site.ask<Hook & { secret: string }>('POST', '/api/hooks', body)).body
  return { receiver, hook }
}
const remove = (hook: Hook) => site.ask('DELETE', `/api/hooks/${hook.id}`)
const deliveries = async (hook: Hook) =>
  (await site.ask<{ items: Delivery[] }>('GET', `/api/deliveries?hook=${hook.id}`)).body.items
const publish = (outbox: Outbox, data: object) =>
  site.base.db.transaction().execute((tx) => outbox.publish(tx, 'rollout.changed', data))

describe('webhooks', () => {
  it('are signed as Standard Webhooks says, with a secret that is shown once', async () => {
    const { receiver, hook } = await hookTo([204])
    const { outbox } = outboxAt(1.8e12)
    await publish(outbox, { id: 7 })
    await outbox.tick()
    const [first] = receiver.taken
    const { 'webhook-id': id, 'webhook-timestamp': timestamp } = first!.headers as Record<string, string>
    expect(timestamp).toBe(String(1.8e12 / 1000))
    expect(first!.headers['webhook-signature']).toBe(
      signature({ id: id!, timestamp: timestamp!, body: first!.body }, hook.secret),
    )
    expect(JSON.parse(first!.body)).toEqual({
      ...{ type: 'rollout.changed', timestamp: new Date(1.8e12).toISOString(), data: { id: 7 } },
    })
    const { body } = await site.ask<{ hooks: Hook[] }>('GET', '/api/hooks')
    expect(JSON.stringify(body)).not.toContain(hook.secret)
    expect(body.hooks).toMatchObject([{ id: hook.id, waiting: 0, dead: 0, note: 'tickets' }])
    await remove(hook)
  })

  it('are queued if and only if their cause is kept', async () => {
    const { hook } = await hookTo([204])
    const { outbox } = outboxAt(1.8e12)
    const failing = site.base.db.transaction().execute(async (tx) => {
      await outbox.publish(tx, 'rollout.changed', {})
      throw new Error('the cause fails')
    })
    await expect(failing).rejects.toThrow('the cause fails')
    expect(await deliveries(hook)).toEqual([])
    await remove(hook)
  })

  it('come again with the same id, later each time, and are given up after days', async () => {
    const { receiver, hook } = await hookTo([503, 302, 200])
    const { clock, outbox } = outboxAt(1.8e12)
    await publish(outbox, {})
    await outbox.tick()
    expect(await deliveries(hook)).toMatchObject([
      { state: 'waiting', attempts: 1, lastStatus: 503, nextTryAt: new Date(1.8e12 + 2_500).toISOString() },
    ])
    await outbox.tick()
    expect(receiver.taken).toHaveLength(1)
    clock.ms += 2_500
    await outbox.tick()
    expect(await deliveries(hook)).toMatchObject([
      { attempts: 2, lastStatus: 302, lastProblem: 'answered 302: redirects are not followed' },
    ])
    clock.ms += 3 * dayMs
    await outbox.tick()
    expect(await deliveries(hook)).toMatchObject([{ state: 'delivered', attempts: 3 }])
    expect(new Set(receiver.taken.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    await remove(hook)
  })

  it('that were given up can be sent again', async () => {
    const { receiver, hook } = await hookTo([500, 500, 200])
    const { clock, outbox } = outboxAt(1.8e12)
    await publish(outbox, {})
    await outbox.tick()
    clock.ms += 4 * dayMs
    await outbox.tick()
    const [dead] = await deliveries(hook)
    expect(dead).toMatchObject({ state: 'dead', attempts: 2, nextTryAt: null })
    await outbox.tick()
    expect(receiver.taken).toHaveLength(2)
    site.clock.ms = clock.ms
    await site.ask('POST', `/api/deliveries/${dead!.id}/redeliver`)
    await outbox.tick()
    site.clock.ms = 0
    expect(await deliveries(hook)).toMatchObject([{ state: 'delivered' }])
    await remove(hook)
    expect((await site.ask('POST', `/api/deliveries/${dead!.id}/redeliver`)).status).toBe(404)
  })

  it('that were given up are kept for thirty days, then deleted and counted', async () => {
    const { hook } = await hookTo([410, 200])
    const { clock, outbox } = outboxAt(1.9e12)
    await publish(outbox, {})
    await outbox.tick()
    clock.ms += 33 * dayMs
    await outbox.tick()
    expect(await deliveries(hook)).toMatchObject([{ state: 'dead' }])
    clock.ms += 60 * 60_000
    await outbox.tick()
    expect(await deliveries(hook)).toEqual([])
    const { body } = await site.ask<{ items: object[] }>('GET', '/api/log?kind=deliveries.deleted')
    expect(body.items[0]).toMatchObject({ by: 'central', body: { count: expect.any(Number) } })
    await remove(hook)
  })

  it('that hang or are refused delay nobody else', async () => {
    const dead = await hookTo([410])
    const { receiver, hook } = await hookTo([200])
    const { outbox } = outboxAt(1.8e12)
    for (let i = 0; i < 6; i++) await publish(outbox, { i })
    await outbox.tick()
    expect(receiver.taken).toHaveLength(5)
    expect((await deliveries(dead.hook)).filter(({ state }) => state === 'dead')).toHaveLength(5)
    await outbox.tick()
    expect(receiver.taken).toHaveLength(6)
    await remove(dead.hook)
    await remove(hook)
  })

  it.each(['http://hooks.example/a', 'https://169.254.169.254/latest', 'ftp://x/y', 'http://10.0.0.1/'])(
    'to %s are not taken',
    async (url) => {
      expect((await site.ask('POST', '/api/hooks', { url, kinds: ['alert.raised'] })).status).toBe(400)
    },
  )
})

describe('e-mail', () => {
  it('is sent by SMTP, again where it was refused, with one Message-ID', async () => {
    const { clock, outbox } = outboxAt(1.8e12)
    const message = {
      kind: 'alert.overdue' as const,
      subject: 'Nobody\r\nBcc: x@y',
      text: 'Zeile ä\n.\nend',
      data: {},
    }
    const told = await site.base.db
      .transaction()
      .execute(async (tx) => [
        await outbox.tell(tx, 'lead@plant.example', message),
        await outbox.tell(tx, 'a@b.example, c@d.example', message),
        await outbox.tell(tx, '+49 30 1234', message),
        await outbox.tell(tx, 'https://nobody.registered/this', message),
      ])
    expect(told).toEqual([true, false, false, false])
    await outbox.tick()
    expect(smtp.mails).toEqual([])
    clock.ms += 60_000
    await outbox.tick()
    expect(smtp.mails).toMatchObject([{ from: 'edgewright@plant.example', to: 'lead@plant.example' }])
    expect(smtp.mails[0]!.text).toMatch(/Message-ID: <msg_[0-9a-f-]{36}@plant\.example>/i)
    expect(smtp.mails[0]!.text).not.toMatch(/^Bcc:/m)
  })
})
