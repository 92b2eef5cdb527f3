import { expect, it } from 'vitest'
import { deviceLine } from '#cli/fleet-words.ts'
import type { DeviceModel } from '#core/contracts/fleet.ts'

const held = { version: '1.1.0', digest: null, since: '2026-11-21T17:39:40Z', by: 'M. Keller', reason: 'x' }
const line = (model: Partial<DeviceModel>) =>
  deviceLine({
    ...{
      device: 'ab'.repeat(32),
      name: 'Press 2',
      site: 'plant-1',
      groups: [],
      labels: [],
      state: 'enrolled',
    },
    ...{ why: null, presence: 'online', lastSeenAt: null, clockOffsetMs: null, problems: [] },
    ...{ alerts: { high: 0, medium: 0, low: 0, shelved: 0 }, waiting: null, reportAt: null, version: null },
    models: [
      {
        ...{ id: 'pump', running: '1.0.0', digest: null, state: 'running', since: null, previous: null },
        ...{ staged: '1.1.0', held, answeredBy: 'model', progress: null, ...model },
      },
    ],
  })

it('says once that a version is held, though the hold and its update both tell it', () => {
  const progress = { version: '1.1.0', state: 'held', reason: 'it was taken back here' }
  expect(line({ progress })).toMatch(/pump 1\.0\.0, 1\.1\.0 held$/)
  expect(line({ progress: { ...progress, version: '1.2.0' } })).toMatch(/, 1\.1\.0 held, 1\.2\.0 held$/)
  expect(line({ held: null, progress: { ...progress, state: 'downloading' } })).toMatch(
    /, 1\.1\.0 downloading$/,
  )
})
