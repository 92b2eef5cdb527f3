import type { z } from 'zod'
import {
  accountSchema,
  centralSessionSchema,
  codeAnswerSchema,
  newAccountSchema,
  serverInfoSchema,
} from '#core/contracts/accounts.ts'
import { pageOf } from '#core/contracts/central.ts'
import { deskStatusSchema, deviceEventsPageSchema } from '#core/contracts/deployments.ts'
import {
  chooseRequestSchema,
  chosenSchema,
  confirmDeviceSchema,
  type DeviceSummary,
  deviceDetailSchema,
  deviceLabelsSchema,
  deviceNameSchema,
  devicePlaceSchema,
  deviceReasonSchema,
  deviceSummarySchema,
  devicesPageSchema,
  devicesQuerySchema,
  fleetQuerySchema,
  fleetSummarySchema,
  joinCodesPageSchema,
  madeJoinCodeSchema,
  newJoinCodeSchema,
} from '#core/contracts/fleet.ts'
import { deliveryPageSchema, hooksSchema } from '#core/contracts/hooks.ts'
import { type Answer, pageFrom, Refused } from './fake-answer.ts'
import { codes, type FakeCentral, password } from './fake-central.ts'
import { feedbackAnswers } from './fake-feedback.ts'
import { detailOf, fleetOf, fleetStartMs } from './fake-fleet.ts'
import { performanceAnswers } from './fake-performance.ts'
import { recordAnswers } from './fake-record.ts'
import { registryAnswers } from './fake-registry-answers.ts'
import { rolloutAnswers } from './fake-rollout-answers.ts'

const fits = (q: z.output<typeof devicesQuerySchema>) => (each: DeviceSummary) =>
  (q.site === undefined || each.site === q.site) &&
  (q.presence === undefined || each.presence === q.presence) &&
  (q.state === undefined || each.state === q.state) &&
  (q.problem === undefined || String(each.problems.length > 0) === q.problem) &&
  (q.search === undefined || each.name.toLowerCase().includes(q.search.toLowerCase()))

export function answersOf(fake: FakeCentral): Map<string, Answer> {
  const enter = () => {
    fake.session = fake.newSession()
    return centralSessionSchema.parse(fake.session)
  }
  const machine = (device: string | undefined): DeviceSummary => {
    const found = fake.machines.find((each) => each.device === device)
    if (!found) throw new Refused('not-found', 'there is no such machine')
    return found
  }
  const change = (device: string | undefined, fields: Partial<DeviceSummary>) => {
    const next = deviceSummarySchema.parse({ ...machine(device), ...fields })
    fake.machines = fake.machines.map((each) => (each.device === device ? next : each))
    return next
  }
  const since = new Date(fleetStartMs).toISOString()
  let sent = false
  return new Map<string, Answer>([
    [
      'GET /api/server',
      () =>
        serverInfoSchema.parse({
          version: '0.1.0',
          instance: 'i1',
          serverMs: fake.nowMs(),
          people: fake.people,
        }),
    ],
    ['GET /api/session', () => centralSessionSchema.parse(fake.session)],
    [
      'POST /api/session',
      ({ body }) => {
        if ((body as { password: string }).password !== password)
          throw new Refused('password-wrong', 'this is not the password of that person')
        return enter()
      },
    ],
    [
      'POST /api/session/code',
      ({ body }) => {
        const { code } = body as { code: string }
        if (code === codes.first) return codeAnswerSchema.parse({ is: 'password-wanted', name: null })
        if (code !== codes.enters)
          throw new Refused('code-spent', 'this sign-in code is not valid, or was used before')
        return codeAnswerSchema.parse({ is: 'session', session: enter() })
      },
    ],
    ['POST /api/session/password', enter],
    [
      'DELETE /api/session',
      () => {
        fake.session = null
      },
    ],
    [
      'GET /api/fleet',
      ({ query }) =>
        fleetSummarySchema.parse(fleetOf(fake.machines, fake.nowMs(), fleetQuerySchema.parse(query).squares)),
    ],
    [
      'GET /api/devices',
      ({ query }) => {
        const asked = devicesQuerySchema.parse(query)
        return devicesPageSchema.parse(pageFrom(fake.machines.filter(fits(asked)), asked))
      },
    ],
    [
      'GET /api/devices/:device',
      ({ params }) => deviceDetailSchema.parse(detailOf(machine(params['device']))),
    ],
    [
      'POST /api/devices/choose',
      ({ body }) => {
        const { choose } = chooseRequestSchema.parse(body)
        const of = fake.machines.filter(
          ({ site }) => choose.sites === undefined || choose.sites.includes(site),
        )
        const chosen = of.slice(0, Math.round((of.length * (choose.percent ?? 100)) / 100))
        const { machines, presence, sites } = fleetOf(chosen, 0)
        return chosenSchema.parse({ machines, presence, sites })
      },
    ],
    [
      'POST /api/devices/:device/confirm',
      ({ params, body }) => {
        fake.needs('admin')
        const given = confirmDeviceSchema.parse(body).fingerprint.replaceAll(/[\s:]/g, '')
        if (!machine(params['device']).device.startsWith(given))
          throw new Refused('fingerprint-differs', 'this is not the fingerprint of that machine')
        return change(params['device'], { state: 'enrolled', problems: [] })
      },
    ],
    ...(['revoke', 'quarantine', 'lift'] as const).map((what): [string, Answer] => [
      `POST /api/devices/:device/${what}`,
      ({ params, body }) => {
        fake.needs('admin')
        const { reason } = deviceReasonSchema.parse(body)
        const state = { revoke: 'revoked', quarantine: 'quarantined', lift: 'enrolled' } as const
        return change(params['device'], { state: state[what], why: what === 'lift' ? null : reason })
      },
    ]),
    [
      'PUT /api/devices/:device/labels',
      ({ params, body }) => change(params['device'], deviceLabelsSchema.parse(body)),
    ],
    [
      'PUT /api/devices/:device/name',
      ({ params, body }) => change(params['device'], { name: deviceNameSchema.parse(body).name }),
    ],
    [
      'PUT /api/devices/:device/place',
      ({ params, body }) => {
        const { site, groups } = devicePlaceSchema.parse(body)
        return change(params['device'], { site, groups })
      },
    ],
    [
      'POST /api/join-codes',
      ({ body }) => {
        fake.needs('admin')
        const { ttlMs, ...asked } = newJoinCodeSchema.parse(body)
        const expiresAt = new Date(fake.nowMs() + ttlMs).toISOString()
        const rest = {
          id: 1,
          state: 'open',
          createdAt: since,
          createdBy: 'M. Sato',
          expiresAt,
          usedAt: null,
          device: null,
        }
        return madeJoinCodeSchema.parse({ ...asked, ...rest, code: `ewj1.${'x'.repeat(200)}`, root: null })
      },
    ],
    ['GET /api/join-codes', () => joinCodesPageSchema.parse(pageFrom([], { limit: 10 }))],
    ...rolloutAnswers(fake),
    ['GET /api/deployments/history', () => deviceEventsPageSchema.parse(pageFrom([], { limit: 10 }))],
    [
      'GET /api/signing',
      () =>
        deskStatusSchema.parse({
          ...{
            repository: { root: 2, timestampIssuedAt: since },
            online: ['timestamp'],
            waiting: [],
            problem: null,
          },
          expires: [{ role: 'root', at: since, inDays: 41.4, soon: false }],
        }),
    ],
    [
      'GET /api/accounts',
      () => {
        const rest = {
          ready: true,
          createdAt: since,
          createdBy: 'admin',
          lastSignInAt: since,
          lockedUntil: null,
        }
        const sato = { id: 1, name: 'M. Sato', roles: ['viewer', 'publisher', 'approver', 'admin'], ...rest }
        const berg = { id: 2, name: 'A. Berg', roles: ['viewer', 'approver'], ...rest }
        return pageOf(accountSchema).parse(pageFrom([sato, berg], { limit: 50 }))
      },
    ],
    [
      'POST /api/accounts',
      ({ body }) => {
        const { name, roles } = newAccountSchema.parse(body)
        const account = {
          id: 3,
          name,
          roles,
          ready: false,
          createdAt: since,
          createdBy: 'M. Sato',
          lastSignInAt: null,
          lockedUntil: null,
        }
        return { account: accountSchema.parse(account), invitation: { code: 'inv', until: since } }
      },
    ],
    ...registryAnswers(fake),
    ...performanceAnswers(fake),
    ...feedbackAnswers(fake),
    ...recordAnswers(fake),
    ['GET /api/hooks', () => hooksSchema.parse({ hooks: [], mail: mail() })],
    ['GET /api/deliveries', () => deliveryPageSchema.parse({ items: sent ? [] : [givenUp], next: null })],
    [
      'POST /api/deliveries/:id/redeliver',
      () => {
        sent = true
        return undefined
      },
    ],
  ])
}

const givenUp = {
  ...{ id: 'msg-1', hook: 1, to: 'https://tickets.example/in', kind: 'alert.raised', state: 'dead' },
  ...{ createdAt: new Date(fleetStartMs).toISOString(), attempts: 31, nextTryAt: null, deliveredAt: null },
  ...{ lastStatus: 500, lastProblem: 'it answered 500' },
}

const mail = () => ({
  configured: false,
  from: null,
  waiting: 0,
  dead: 0,
  lastDeliveredAt: null,
  lastProblem: null,
})
