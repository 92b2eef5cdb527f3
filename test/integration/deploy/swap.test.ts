import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Decision } from '#core/contracts/decision.ts'
import type { ModelSummary, Turned } from '#core/contracts/deployment.ts'
import type { AddressedEvent } from '#edge/journal/journal.ts'
import { startTestEdge, type TestEdge } from '#support/edge.ts'
import { installOn } from '#support/package.ts'
import { smallBase, type Version, versionOf } from '#support/versions.ts'

let edge: TestEdge
let [one, two, three]: Version[] = []

beforeAll(async () => {
  const base = await smallBase('m')
  const make = (release: number) => versionOf(base, { version: `1.${release}.0`, release })
  one = await make(1)
  two = await make(2)
  three = await make(3)
  edge = await startTestEdge()
})
afterAll(() => edge.remove())

const summary = async (): Promise<ModelSummary> =>
  (await edge.client.json<{ models: ModelSummary[] }>('GET', '/api/models')).models[0]!
const post = (step: string, body: object) => edge.client.json<Turned>('POST', `/api/models/m/${step}`, body)
const slots = async () => {
  const { slots: s } = await summary()
  const said = (slot: ModelSummary['slots']['running']) => slot && `${slot.version} ${slot.deployment.state}`
  return [said(s.running), said(s.previous), said(s.staged)]
}
const decide = (n: number) =>
  edge.client.json<Decision[]>(
    'POST',
    '/api/models/m/readings',
    Array.from({ length: n }, (_, k) => ({
      asset: `asset ${k}`,
      time: new Date().toISOString(),
      values: { a: 0.5, b: 0.25 },
    })),
  )
const whoAnswers = async (n = 1) => new Set((await decide(n)).map(({ model }) => model.version))
/** Newest last. */
async function history(): Promise<string[]> {
  const { rows } = await edge.client.json<{ rows: AddressedEvent[] }>('GET', '/api/audit?stream=rollout')
  return rows
    .reverse()
    .filter(({ kind }) => kind.startsWith('deployment.'))
    .map(({ kind, body }) => `${(body as { version?: string }).version ?? ''} ${kind.slice(11)}`.trim())
}

describe('one model and its versions', () => {
  it('the first runs, the second waits, and is brought in while the first stays loaded', async () => {
    await installOn(edge, one!.bytes)
    expect(await slots()).toEqual(['1.1.0 running', null, null])
    await installOn(edge, two!.bytes)
    expect(await slots()).toEqual(['1.1.0 running', null, '1.2.0 staged'])
    const turned = await post('activate', { version: '1.2.0', mode: 'replace', reason: 'better' })
    expect(turned).toMatchObject({ from: '1.1.0', to: '1.2.0' })
    expect(await slots()).toEqual(['1.2.0 running', '1.1.0 previous', null])
    expect(await whoAnswers()).toEqual(new Set(['1.2.0']))
    const { rollback, slots: s } = await summary()
    expect(rollback).toMatchObject({ to: '1.1.0', ready: true })
    expect(s.previous?.lane?.state).toBe('ready')
    expect(s.running?.qualification?.chosen).toBe('cpu')
    expect(s.running?.selfTest).toMatchObject({ passed: s.running?.selfTest?.of })
  })

  it('a drill goes there and back, and is kept', async () => {
    expect(await post('drill', { reason: 'every Wednesday', person: 'T. Okafor' })).toMatchObject({
      from: '1.2.0',
      to: '1.1.0',
    })
    const { drills } = await summary()
    expect(drills[0]).toMatchObject({ passed: true, lost: 0, by: 'T. Okafor (admin)' })
    expect(await whoAnswers()).toEqual(new Set(['1.2.0']))
  })

  it('goes back at a word, once; the bad version is held through a restart', async () => {
    const turned = await post('rollback', { reason: 'false alarms', person: 'T. Okafor' })
    expect(turned).toMatchObject({ from: '1.2.0', to: '1.1.0' })
    expect(await whoAnswers()).toEqual(new Set(['1.1.0']))
    expect(await slots()).toEqual(['1.1.0 running', null, '1.2.0 rolled-back'])
    await expect(post('rollback', { reason: 'again' })).rejects.toMatchObject({ code: 'no-previous' })
    edge = await edge.restart()
    expect(await slots()).toEqual(['1.1.0 running', null, '1.2.0 rolled-back'])
    expect(await whoAnswers()).toEqual(new Set(['1.1.0']))
    const { lastRollback } = await summary()
    expect(lastRollback).toMatchObject({ ms: turned.ms, by: 'T. Okafor (admin)', reason: 'false alarms' })
  })

  it('in shadow it answers nobody, in a canary its share, and promoted everybody', async () => {
    await post('activate', { version: '1.2.0', mode: 'shadow', reason: 'compare' })
    expect(await whoAnswers(20)).toEqual(new Set(['1.1.0']))
    await expect
      .poll(() => edge.client.json<{ compared: number }>('GET', '/api/models/m/comparison'))
      .toMatchObject({ mode: 'shadow', compared: 20 })
    await post('activate', { version: '1.2.0', mode: 'canary', percent: 50, reason: 'try' })
    const first = await decide(40)
    const second = await decide(40)
    expect(new Set(first.map(({ model }) => model.version))).toEqual(new Set(['1.1.0', '1.2.0']))
    expect(second.map(({ model }) => model.version)).toEqual(first.map(({ model }) => model.version))
    await post('abort', { reason: 'not yet' })
    expect(await slots()).toEqual(['1.1.0 running', null, '1.2.0 staged'])
    expect(await whoAnswers(40)).toEqual(new Set(['1.1.0']))
    await post('activate', { version: '1.2.0', mode: 'canary', percent: 10, reason: 'again' })
    await post('promote', { reason: 'good' })
    expect(await slots()).toEqual(['1.2.0 running', '1.1.0 previous', null])
    expect(await whoAnswers(40)).toEqual(new Set(['1.2.0']))
    await expect(post('promote', { reason: 'what?' })).rejects.toMatchObject({ code: 'no-candidate' })
  })

  it('a third version pushes the first out', async () => {
    await installOn(edge, three!.bytes)
    await post('activate', { version: '1.3.0', mode: 'replace', reason: 'newer' })
    expect(await slots()).toEqual(['1.3.0 running', '1.2.0 previous', null])
    expect(await history()).toEqual([
      '1.1.0 verifying',
      '1.1.0 staged',
      '1.1.0 qualifying',
      '1.1.0 running',
      '1.2.0 verifying',
      '1.2.0 staged',
      '1.2.0 qualifying',
      '1.2.0 running',
      '1.1.0 previous',
      'drill',
      '1.1.0 running',
      '1.2.0 rolled-back',
      '1.2.0 qualifying',
      '1.2.0 shadow',
      '1.2.0 qualifying',
      '1.2.0 canary',
      '1.2.0 staged',
      '1.2.0 qualifying',
      '1.2.0 canary',
      '1.2.0 running',
      '1.1.0 previous',
      '1.3.0 verifying',
      '1.3.0 staged',
      '1.3.0 qualifying',
      '1.3.0 running',
      '1.2.0 previous',
      '1.1.0 retired',
    ])
  })

  it('what cannot be is refused in words', async () => {
    const refused = [
      ['activate', { version: '9.9.9', mode: 'replace', reason: 'x' }, 'version-unknown'],
      ['activate', { version: '1.3.0', mode: 'replace', reason: 'x' }, 'model-exists'],
      ['activate', { version: '1.2.0', mode: 'replace', reason: 'x' }, 'model-exists'],
      ['activate', { version: '1.2.0', mode: 'canary', reason: 'x' }, 'request-invalid'],
      ['abort', { reason: 'x' }, 'no-candidate'],
      ['rollback', { reason: '  ' }, 'request-invalid'],
    ] as const
    for (const [step, body, code] of refused) await expect(post(step, body)).rejects.toMatchObject({ code })
    await expect(installOn(edge, two!.bytes)).rejects.toMatchObject({ code: 'model-exists' })
  })
})
