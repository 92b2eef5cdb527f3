import type { RolloutDetail, RolloutGroup, RolloutMachine, RolloutSummary } from '#core/contracts/rollout.ts'
import { fleetStartMs, machinesOf } from './fake-fleet.ts'

const iso = (beforeH: number) => new Date(fleetStartMs - beforeH * 3_600_000).toISOString()
const gate = {
  soakMin: 1440,
  minimumN: 4,
  maxFailures: 2,
  alertsAgainst: { percent: 20, minimumReadings: 1000 },
  approvals: 1,
}

const group = (name: string, fields: Partial<RolloutGroup>): RolloutGroup => ({
  ...{ name, choose: { percent: 5 }, gate, state: 'wait', chosenAt: null, endedAt: null, skipped: null },
  ...{ machines: 0, counts: {}, figures: [], waitsFor: [], approvals: [] },
  ...fields,
})

/** The mock's: 18 of 24 of the second group have it, one refused. */
export function earlyRollout(): RolloutDetail {
  return {
    ...{
      id: 7,
      model: 'milling',
      version: '1.1.0',
      digest: 'b'.repeat(64),
      proposedBy: 'M. Sato',
      createdAt: iso(32),
    },
    ...{ reason: 'Fewer false overstrain alerts', text: 'Early: 18 of 24, 1 refused', activate: 'at-once' },
    state: { state: 'running', since: iso(11), group: 1, step: 'soaking' },
    approvals: { needed: 1, given: [{ by: 'A. Berg', at: iso(31) }] },
    groups: [
      group('Canary', {
        state: 'passed',
        chosenAt: iso(31),
        endedAt: iso(11),
        machines: 4,
        counts: { succeeded: 4 },
      }),
      group('Early', {
        ...{
          state: 'active',
          chosenAt: iso(11),
          machines: 24,
          counts: { succeeded: 18, downloading: 3, 'on-trial': 2, refused: 1 },
        },
        figures: [
          { kind: 'failures', effect: 'stop', value: 1, limit: 2, met: false, text: '1 failed' },
          {
            ...{
              kind: 'alerts',
              effect: 'stop',
              value: 7,
              limit: 20,
              met: false,
              text: '7 % more alerts than 1.0.4',
            },
            against: { versions: ['1.0.4'], readings: 41_000, readingsBefore: 88_000, minimum: 1000 },
          },
          { kind: 'soak', effect: 'go', value: 660, limit: 1440, met: false, text: 'held for 11 h' },
        ],
        waitsFor: ['5 machines that are being updated', '13 h more without a fault'],
      }),
      group('Broad', { machines: 96, choose: { percent: 50 } }),
      group('Rest', { machines: 120, choose: {} }),
    ],
    failures: [{ state: 'refused', reason: 'golden vectors differ', machines: 1 }],
    signing: [],
    history: [
      { at: iso(11), by: 'central', kind: 'rollout.group-passed', body: { group: 0 } },
      { at: iso(31), by: 'A. Berg', kind: 'rollout.approved', body: { reason: 'As agreed' } },
      {
        at: iso(32),
        by: 'M. Sato',
        kind: 'rollout.proposed',
        body: { reason: 'Fewer false overstrain alerts' },
      },
    ],
  }
}

export const waitingRollout = (): RolloutDetail => ({
  ...earlyRollout(),
  ...{ id: 8, version: '1.2.0', text: 'waits for approvals', failures: [], history: [] },
  state: { state: 'waiting-for-approvals', since: iso(1), approvals: [], needed: 1 },
  approvals: { needed: 1, given: [] },
  groups: [group('Canary', { machines: 12 }), group('Rest', { machines: 232, choose: {} })],
})

export const summaryOf = ({
  activate,
  approvals,
  failures,
  signing,
  history,
  groups,
  ...rest
}: RolloutDetail): RolloutSummary => ({
  ...rest,
  groups: groups.map(({ name, state, machines, counts }) => ({
    ...{ name, state, machines, succeeded: counts.succeeded ?? 0, failed: counts.refused ?? 0 },
    open: (counts.downloading ?? 0) + (counts['on-trial'] ?? 0),
  })),
})

export const machinesOfRollout = (): RolloutMachine[] =>
  machinesOf()
    .slice(0, 28)
    .map(({ device, name, site, presence }, i) => ({
      ...{
        device,
        machine: name,
        site,
        group: i < 4 ? 0 : 1,
        presence,
        by: null,
        since: iso(3),
        assignedAt: iso(11),
      },
      ...{ accepted: false, before: '1.0.4', running: i < 22 ? '1.1.0' : '1.0.4' },
      ...(i === 27
        ? { state: 'refused', reason: 'golden vectors differ' }
        : { state: i < 22 ? 'succeeded' : 'downloading', reason: null }),
    }))
