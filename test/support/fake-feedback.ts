import type { FeedbackAnswer } from '#core/contracts/alert.ts'
import type { Retraining, Schedule } from '#core/contracts/retraining.ts'
import {
  newRetrainingSchema,
  retrainingChangeSchema,
  retrainingPageSchema,
  retrainingQuerySchema,
  retrainingSchema,
  scheduleChangeSchema,
  schedulesSchema,
} from '#core/contracts/retraining.ts'
import {
  feedbackFiguresSchema,
  type ReviewItem,
  reviewItemSchema,
  reviewPageSchema,
  reviewQuerySchema,
  reviewRequestSchema,
} from '#core/contracts/review.ts'
import { type Answer, type Asked, pageFrom, Refused } from './fake-answer.ts'
import type { FakeCentral } from './fake-central.ts'

const answers: FeedbackAnswer[] = ['real-acted', 'false', 'real-known', 'bad-data', 'unsure']
const words = ['Tool was worn, changed it', null, null, 'The torque sensor hung', null]
const owner = { name: 'A. Berg', contact: 'berg@example.com', from: 'manifest' as const }
const noReview = { state: 'open' as const, label: null, reviewer: null, comment: null, at: null }

const item = (fake: FakeCentral, i: number): ReviewItem => {
  const { device, name, site } = fake.machines[(i * 7) % fake.machines.length]!
  const answer = answers[i % answers.length]!
  return {
    ...{ id: i + 1, device, machine: name, site, model: 'milling', version: '1.1.0', digest: '4'.repeat(64) },
    ...{ readingId: `r-${i + 1}`, answer, note: words[i % words.length]!, by: 'J. Novak' },
    alert: {
      ...{ id: `a-${i + 1}`, title: { en: 'Failure ahead', de: 'Ausfall droht' }, rule: 'failure' },
      ...{ priority: i % 3 === 0 ? 'high' : 'medium', asset: i % 4 === 3 ? null : 'Spindle 1' },
      raisedAt: '2026-11-24T13:58:00Z',
    },
    features:
      i % 5 === 4
        ? null
        : {
            values: {
              air_temperature: 303.15000000000003,
              torque: 61.8,
              rotational_speed: null,
              operator: 'p:3f9c',
            },
            withheld: ['tool_wear'],
            pseudonymised: ['operator'],
            window: i === 5 ? { steps: 12, held: 9, missing: 'retention' } : null,
          },
    why:
      i % 5 === 4 ? 'The machine keeps readings for a while; this one was gone when it was answered.' : null,
    decision: i % 5 === 4 ? null : { verdict: 'alert', by: 'model', probability: 0.82, marks: ['filled'] },
    ...{ at: '2026-11-24T14:02:00Z', arrivedAt: '2026-11-24T14:03:00Z', review: noReview },
    ...{ disagreement: answer === 'false', owner },
  }
}

const request = (id: number, more: Partial<Retraining>): Retraining => ({
  ...{ id, model: 'milling', version: '1.0.4', state: 'open', owner, link: null, due: null },
  ...{ requestedAt: '2026-11-22T08:00:00Z', requestedBy: 'guardrail', changedAt: '2026-11-22T08:00:00Z' },
  ...{ result: null, history: [{ at: '2026-11-22T08:00:00Z', by: 'guardrail', text: 'asked for' }] },
  cause: { kind: 'schedule', everyDays: 90, since: '2026-08-24T00:00:00Z' },
  ...more,
})

function requests({ machines }: FakeCentral): Retraining[] {
  const { device, name, site } = machines[130 % machines.length]!
  return [
    request(2, {
      due: '2026-11-20T12:00:00Z',
      cause: {
        ...{ kind: 'guardrail', guardrail: 'null-torque', times: 4, decidedBy: { name: 'A. Berg' } },
        firings: [
          {
            ...{
              at: '2026-11-22T08:00:00Z',
              device,
              machine: name,
              site,
              metric: 'null-rate',
              feature: 'torque',
            },
            ...{ value: 0.11, limit: 0.05, n: 3_600 },
            window: { from: '2026-11-22T07:00:00Z', to: '2026-11-22T08:00:00Z' },
          },
        ],
      },
    }),
    request(1, { state: 'in-progress', owner: { ...owner, name: 'T. Okafor' }, version: null }),
  ]
}

/** Answers that wait for somebody to look at them, and requests for training. */
export function feedbackAnswers(fake: FakeCentral): [string, Answer][] {
  let items = Array.from({ length: 12 }, (_, i) => item(fake, i))
  let asked = requests(fake)
  let schedules: Schedule[] = [
    {
      ...{ model: 'milling', everyDays: 90, by: 'T. Okafor' },
      ...{ since: '2026-08-24T08:00:00Z', nextAt: '2027-02-20T08:00:00Z' },
    },
  ]
  const one = ({ params }: Asked) => {
    const found = items.find(({ id }) => String(id) === params['id'])
    if (!found) throw new Refused('review-unknown', `there is no answer ${params['id']}`)
    return found
  }
  const now = () => new Date(fake.nowMs()).toISOString()
  return [
    [
      'GET /api/feedback/figures',
      () => {
        const reviews = { open: 0, accepted: 0, corrected: 0, excluded: 0 }
        for (const { review } of items) reviews[review.state]++
        const counted = { 'real-acted': 20, 'real-known': 6, false: 9, 'bad-data': 2, unsure: 1 }
        return feedbackFiguresSchema.parse({
          ...{ all: { n: 38, answers: counted, shareReal: null }, reviews, groups: [] },
        })
      },
    ],
    [
      'GET /api/feedback',
      ({ query }) => {
        const { state, answer, site, disagreement, ...page } = reviewQuerySchema.parse(query)
        const fits = items.filter(
          (each) =>
            (state === undefined || each.review.state === state) &&
            (answer === undefined || each.answer === answer) &&
            (site === undefined || each.site === site) &&
            (disagreement === undefined || each.disagreement === disagreement),
        )
        return reviewPageSchema.parse({ ...pageFrom(fits, page), total: undefined })
      },
    ],
    ['GET /api/feedback/export', () => ({ made: 'up' })],
    ['GET /api/feedback/:id', (it) => reviewItemSchema.parse(one(it))],
    [
      'POST /api/feedback/:id/review',
      (it) => {
        fake.needs('publisher')
        const { state, label = null, comment = null } = reviewRequestSchema.parse(it.body)
        const before = one(it)
        const after = { ...before, review: { state, label, comment, reviewer: 'M. Sato', at: now() } }
        items = items.map((each) => (each === before ? after : each))
        return reviewItemSchema.parse(after)
      },
    ],
    [
      'GET /api/retraining',
      ({ query }) => {
        const { state, ...page } = retrainingQuerySchema.parse(query)
        const open = ['open', 'in-progress']
        const fits = asked.filter(
          (each) =>
            state === undefined ||
            (state === 'unfinished' ? open.includes(each.state) : each.state === state),
        )
        return retrainingPageSchema.parse({ ...pageFrom(fits, page), total: undefined })
      },
    ],
    [
      'POST /api/retraining',
      ({ body }) => {
        fake.needs('publisher')
        const { model, reason, due = null } = newRetrainingSchema.parse(body)
        const made = request(3, {
          ...{ model, version: null, due, requestedBy: 'M. Sato', cause: { kind: 'person', reason } },
        })
        asked = [made, ...asked]
        return retrainingSchema.parse(made)
      },
    ],
    ['GET /api/retraining/schedules', () => schedulesSchema.parse({ schedules })],
    [
      'PUT /api/retraining/schedules/:model',
      ({ params, body }) => {
        fake.needs('publisher')
        const { everyDays } = scheduleChangeSchema.parse(body)
        const model = params['model']!
        const others = schedules.filter((each) => each.model !== model)
        const dates = { since: now(), nextAt: '2027-02-20T08:00:00Z' }
        schedules = everyDays === null ? others : [...others, { model, everyDays, ...dates, by: 'M. Sato' }]
        return undefined
      },
    ],
    [
      'GET /api/retraining/:id',
      ({ params }) => retrainingSchema.parse(asked.find(({ id }) => String(id) === params['id'])),
    ],
    [
      'POST /api/retraining/:id',
      ({ params, body }) => {
        fake.needs('publisher')
        const change = retrainingChangeSchema.parse(body)
        const before = asked.find(({ id }) => String(id) === params['id'])!
        const after = retrainingSchema.parse({
          ...before,
          ...{
            state: change.state ?? before.state,
            link: change.link ?? before.link,
            due: change.due ?? before.due,
          },
          owner: change.owner === undefined ? before.owner : { ...owner, name: change.owner },
          result: change.result ?? before.result,
        })
        asked = asked.map((each) => (each === before ? after : each))
        return after
      },
    ],
  ]
}
