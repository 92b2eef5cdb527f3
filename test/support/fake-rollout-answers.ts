import {
  type RolloutDetail,
  rolloutAbortSchema,
  rolloutApproveSchema,
  rolloutDetailSchema,
  rolloutMachinesPageSchema,
  rolloutMachinesQuerySchema,
  rolloutPageSchema,
  rolloutPlanSchema,
  rolloutQuerySchema,
  rolloutReasonSchema,
} from '#core/contracts/rollout.ts'
import { type Answer, pageFrom, Refused } from './fake-answer.ts'
import type { FakeCentral } from './fake-central.ts'
import { fleetStartMs } from './fake-fleet.ts'
import { machinesOfRollout, summaryOf, waitingRollout } from './fake-rollout.ts'

const since = new Date(fleetStartMs).toISOString()
const isOpen = ({ state: { state } }: RolloutDetail) => state !== 'aborted' && state !== 'done'

export function rolloutAnswers(fake: FakeCentral): [string, Answer][] {
  const rollout = (id: string | undefined): RolloutDetail => {
    const found = fake.rollouts.find((each) => String(each.id) === id)
    if (!found) throw new Refused('not-found', 'there is no such rollout')
    return found
  }
  const turn = (id: string | undefined, fields: Partial<RolloutDetail>) => {
    const next = rolloutDetailSchema.parse({ ...rollout(id), ...fields })
    fake.rollouts = fake.rollouts.map((each) => (each.id === next.id ? next : each))
    return next
  }
  return [
    [
      'GET /api/rollouts',
      ({ query }) => {
        const asked = rolloutQuerySchema.parse(query)
        const of = fake.rollouts.filter(
          (each) =>
            (asked.open !== true || isOpen(each)) &&
            (asked.state === undefined || each.state.state === asked.state),
        )
        return rolloutPageSchema.parse(pageFrom(of.map(summaryOf), asked))
      },
    ],
    [
      'POST /api/rollouts',
      ({ body }) => {
        fake.needs('publisher')
        const { version: of, groups } = rolloutPlanSchema.parse(body)
        const made = { ...waitingRollout(), id: 9, version: of, proposedBy: 'M. Sato' }
        fake.rollouts = [
          { ...made, groups: groups.map((each, i) => ({ ...made.groups[Math.min(i, 1)]!, ...each })) },
          ...fake.rollouts,
        ]
        return rolloutDetailSchema.parse(fake.rollouts[0])
      },
    ],
    ['GET /api/rollouts/:id', ({ params }) => rolloutDetailSchema.parse(rollout(params['id']))],
    [
      'GET /api/rollouts/:id/machines',
      ({ query }) => {
        const asked = rolloutMachinesQuerySchema.parse(query)
        const of = machinesOfRollout().filter(
          ({ group, state }) =>
            (asked.group === undefined || group === asked.group) &&
            (asked.state === undefined ||
              state === asked.state ||
              (asked.state === 'any-failed' && state === 'refused')),
        )
        return rolloutMachinesPageSchema.parse(pageFrom(of, asked))
      },
    ],
    [
      'POST /api/rollouts/:id/pause',
      ({ params, body }) => {
        const { reason } = rolloutReasonSchema.parse(body)
        return turn(params['id'], { state: { state: 'paused', since, group: 1, reason, by: 'M. Sato' } })
      },
    ],
    [
      'POST /api/rollouts/:id/resume',
      ({ params, body }) => {
        rolloutReasonSchema.parse(body)
        return turn(params['id'], { state: { state: 'running', since, group: 1, step: 'soaking' } })
      },
    ],
    [
      'POST /api/rollouts/:id/abort',
      ({ params, body }) => {
        const { reason, takeBack } = rolloutAbortSchema.parse(body)
        const by = 'M. Sato'
        return turn(params['id'], {
          state: { state: 'aborted', since, group: 1, reason, by, takeBack, settled: true },
        })
      },
    ],
    [
      'POST /api/rollouts/:id/approve',
      ({ params, body }) => {
        fake.needs('approver')
        rolloutApproveSchema.parse(body)
        return turn(params['id'], { state: { state: 'running', since, group: 0, step: 'assigning' } })
      },
    ],
  ]
}
