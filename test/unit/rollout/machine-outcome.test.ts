import { expect, it } from 'vitest'
import { outcomeOf, type SeenMachine } from '#central/rollout/machine-outcome.ts'

const [target, other] = ['a'.repeat(64), 'b'.repeat(64)]
const slot = (
  digest: string,
  deployment: object = { state: 'running', by: 'sync', reason: 'x' },
  more: object = {},
) => ({
  ...{ digest, deployment, selfTest: { passed: 20, of: 20 } },
  ...more,
})
const reported = (slots: object, more: object = {}, progress: object[] = []) =>
  ({
    models: [{ id: 'm', answeredBy: 'model', slots, ...more }],
    progress: progress.map((one) => ({ model: 'm', digest: target, ...one })),
  }) as unknown as SeenMachine['report']
const seen = (report: SeenMachine['report'], more: Partial<SeenMachine> = {}): SeenMachine => ({
  ...{ assignedAtMs: 1000, lastSeenMs: 5000, reportAtMs: 5000, report, barred: null, gone: null },
  ...more,
})
const stateOf = (machine: SeenMachine) =>
  outcomeOf(machine, { model: 'm', digest: target }, { silentSinceMs: 2000 })
const back = { state: 'rolled-back', by: 'K. Novak', reason: 'scrap' }

it.each<[string, SeenMachine, object]>([
  ['runs it', seen(reported({ running: slot(target) })), { state: 'succeeded' }],
  [
    'runs it, as reported before it was assigned',
    seen(reported({ running: slot(target) }), { reportAtMs: 1000 }),
    { state: 'assigned' },
  ],
  [
    'moved before anything was signed for it',
    seen(null, { assignedAtMs: null, gone: 'it was moved' }),
    { state: 'taken-back', reason: 'it was moved' },
  ],
  ['not signed yet', seen(reported({ running: slot(target) }), { assignedAtMs: null }), { state: 'chosen' }],
  [
    'in its health window',
    seen(reported({ running: slot(target, { state: 'running', trialUntil: 'x' }) })),
    { state: 'on-trial' },
  ],
  [
    'self-test failed',
    seen(reported({ running: slot(target, undefined, { selfTest: { passed: 19, of: 20 } }) })),
    { state: 'failed', reason: expect.stringContaining('19 of 20') },
  ],
  [
    'never put to a self-test',
    seen(reported({ running: slot(target, undefined, { selfTest: null }) })),
    { state: 'failed' },
  ],
  [
    'rules answer in its place',
    seen(reported({ running: slot(target) }, { answeredBy: 'rules', why: 'its lane failed' })),
    { state: 'failed', reason: expect.stringContaining('its lane failed') },
  ],
  [
    'taken out by a person',
    seen(reported({ running: slot(target, { ...back, state: 'withdrawn' }) })),
    { state: 'held', by: 'K. Novak', reason: 'scrap' },
  ],
  [
    'taken out by itself',
    seen(
      reported({
        running: slot(target, { ...back, state: 'withdrawn', by: 'guardrail rejects (decided by R. Vogel)' }),
      }),
    ),
    { state: 'rolled-back' },
  ],
  [
    'rolled back',
    seen(reported({ running: slot(other), staged: slot(target, back) })),
    { state: 'rolled-back', by: 'K. Novak', reason: 'scrap' },
  ],
  [
    'refused',
    seen(
      reported({
        running: slot(other),
        staged: slot(target, { state: 'refused', reason: 'golden vectors differ' }),
      }),
    ),
    { state: 'refused', reason: 'golden vectors differ' },
  ],
  ['staged, at once', seen(reported({ staged: slot(target, { state: 'staged' }) })), { state: 'qualifying' }],
  [
    'staged, by technician',
    seen(reported({ staged: slot(target, { state: 'staged' }) }, {}, [{ state: 'waiting' }])),
    { state: 'waiting-for-technician' },
  ],
  [
    'in shadow there',
    seen(reported({ staged: slot(target, { state: 'shadow', by: 'x' }) })),
    { state: 'on-trial' },
  ],
  [
    'downloaded, and no more',
    seen(reported({ running: slot(other) }, {}, [{ state: 'downloading', bytes: 5, ofBytes: 5 }])),
    { state: 'downloading' },
  ],
  [
    'could not be brought in',
    seen(reported({ running: slot(other) }, {}, [{ state: 'failed', reason: 'disk too small' }])),
    { state: 'failed', reason: 'disk too small' },
  ],
  [
    'held',
    seen(reported({ running: slot(other) }, {}, [{ state: 'held', reason: 'taken back here' }])),
    { state: 'held' },
  ],
  [
    'progress says done, and another version runs',
    seen(reported({ running: slot(other) }, {}, [{ state: 'done' }])),
    { state: 'assigned' },
  ],
  ['never heard of', seen(null, { lastSeenMs: null, reportAtMs: null }), { state: 'offline' }],
  [
    'silent on the way',
    seen(reported({ running: slot(other) }, {}, [{ state: 'downloading' }]), {
      lastSeenMs: 1500,
      reportAtMs: 1500,
    }),
    { state: 'offline', reason: 'last heard: downloading' },
  ],
  [
    'silent after it failed',
    seen(reported({ staged: slot(target, back) }), { lastSeenMs: 1500, reportAtMs: 1500 }),
    { state: 'rolled-back' },
  ],
  [
    'revoked',
    seen(reported({ running: slot(other) }), { barred: 'it is revoked: stolen' }),
    { state: 'offline', reason: 'it is revoked: stolen' },
  ],
])('%s', (_name, machine, expected) => {
  expect(stateOf(machine)).toMatchObject(expected)
})
