import { expect, it } from 'vitest'
import { readRecord } from '#edge/deploy/resume.ts'
import { emptyRecord } from '#edge/deploy/slots.ts'

const stored = (state: unknown) => ({ state: <T>() => state as T | undefined })

it('takes up what a runtime with one slot left', () => {
  const running = {
    version: '1.0.0',
    release: 1,
    digest: 'abc',
    installedAt: '2026-11-20T08:00:00.000Z',
    folder: 'm/1.0.0-abc',
    deployment: { state: 'running', since: '2026-11-20T08:00:01.000Z' },
  }
  expect(readRecord(stored(running), 'm')).toMatchObject({
    ...emptyRecord('m'),
    running: { ...running, installedBy: 'admin', signedBy: [], qualification: null },
  })
  const refused = { ...running, deployment: { state: 'refused', reason: 'no' } }
  expect(readRecord(stored(refused), 'm')).toEqual(emptyRecord('m'))
  expect(readRecord(stored(undefined), 'm')).toEqual(emptyRecord('m'))
})
