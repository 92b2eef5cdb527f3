import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Alert, alertSchema } from '#core/contracts/alert.ts'
import type { Guardrail } from '#core/contracts/guardrail.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import { AlertDesk } from '#edge/alerts/desk.ts'
import type { Outcome } from '#edge/alerts/guardrail-alert.ts'
import { createDecider } from '#edge/decide/decide.ts'
import type { Firing } from '#edge/deploy/guardrails/firing.ts'
import type { Journal } from '#edge/journal/journal.ts'
import { openJournal } from '#edge/journal/open.ts'
import { workFolder } from '#support/drafts.ts'
import { guardrailOf } from '#support/guardrails.ts'
import { manifestOf } from '#support/manifest.ts'

const startMs = Date.parse('2026-11-24T14:00:00Z')
let nowMs = startMs
let work: ReturnType<typeof workFolder>
let journal: Journal
let desk: AlertDesk
const failures: unknown[] = []

function open(): void {
  journal = openJournal(work.dir, { now: () => nowMs, randomUUID })
  desk = new AlertDesk({ journal, now: () => nowMs, randomUUID, failed: (error) => failures.push(error) })
}
beforeEach(() => {
  nowMs = startMs
  work = workFolder()
  open()
})
afterEach(async () => {
  await journal.close()
  work.remove()
  expect(failures.splice(0)).toEqual([])
})

const version = (name: string): Manifest => ({ ...manifestOf(), version: name })
const firingOf = (guardrail: Guardrail, change: Partial<Firing> = {}): Firing => ({
  state: 'fired',
  guardrail,
  value: 0.123,
  n: 250,
  from: '2026-11-24T13:59:00.000Z',
  to: '2026-11-24T14:00:00.000Z',
  ...change,
})
const raise = (guardrail = guardrailOf(), outcome?: Outcome, manifest = version('1.1.0')) =>
  desk.raiseGuardrail({ manifest, firing: firingOf(guardrail), ...(outcome && { outcome }) })
const kinds = () =>
  journal
    .eventRows({ stream: 'events', limit: 20 })
    .rows.map(({ kind }) => kind)
    .reverse()
const english = (text: Alert['cause']) => (typeof text === 'string' ? text : text['en'])

describe('the alert of a guardrail', () => {
  it('says what fired it, what was done by itself, what to do, and who decided', async () => {
    const alert = alertSchema.parse(await raise())
    expect(alert).toMatchObject({
      state: 'unacknowledged',
      priority: 'medium',
      rule: 'guardrail:errors',
      asset: 'test-model',
      model: { version: '1.1.0' },
      title: 'Too many readings without an answer',
      actions: ['Ask the owner of the model.'],
      score: 0.123,
      raiseLevel: 0.1,
      guardrail: { metric: 'error-rate', n: 250, action: 'alert', decidedBy: { name: 'D. Kim' } },
      escalateTo: { name: 'M. Keller' },
    })
    expect(alert.cause).toEqual({
      en: 'Readings without an answer of the model: 12 % of 250 readings in 1 min (agreed: not more than 10 %).',
      de: 'Messwerte ohne Antwort des Modells: 12 % von 250 Messwerten in 1 min (vereinbart: nicht mehr als 10 %).',
    })
    expect(english(alert.consequence)).toBe(
      'Version 1.1.0 still answers: nothing was changed by itself. Decided beforehand by D. Kim.',
    )
    expect(desk.counts().unacknowledged).toEqual({ high: 0, medium: 1, low: 0 })
  })

  it('is raised once until it has cleared, also over a restart, and then comes back as itself', async () => {
    const first = await raise()
    nowMs += 1000
    expect(await raise()).toBeUndefined()
    await desk.acknowledge(first!.id, 'operator')
    expect(await raise()).toBeUndefined()
    await journal.close()
    open()
    expect(await raise()).toBeUndefined()
    expect(desk.standingGuardrails('test-model', '1.1.0')).toEqual([
      { id: 'errors', since: '2026-11-24T14:00:00.000Z' },
    ])
    expect(desk.standingGuardrails('test-model', '1.0.0')).toEqual([])

    expect(await desk.clearGuardrail('test-model', 'errors', 'it is over')).toMatchObject({ state: 'normal' })
    expect(await desk.clearGuardrail('test-model', 'errors', 'it is over')).toBeUndefined()
    expect(desk.standingGuardrails('test-model', '1.1.0')).toEqual([])
    const second = await raise()
    expect(second!.id).not.toBe(first!.id)
    await desk.clearGuardrail('test-model', 'errors', 'it is over')
    // Nobody has seen it: it is the same alert that comes back.
    nowMs += 1000
    expect(await raise()).toMatchObject({
      id: second!.id,
      state: 'unacknowledged',
      raisedAt: new Date(nowMs).toISOString(),
    })
    expect(kinds()).toEqual([
      'alert.raised',
      'alert.acknowledged',
      'alert.cleared',
      'alert.raised',
      'alert.cleared',
      'alert.raised',
    ])
  })

  it('of a version that was taken back says so, clears at once, and stays until somebody has seen it', async () => {
    const back = await raise(guardrailOf({ action: 'rollback' }), {
      kind: 'rolled-back',
      to: '1.0.4',
      ms: 3.21,
    })
    expect(back).toMatchObject({ state: 'returned-unacknowledged', priority: 'high' })
    expect(english(back!.consequence)).toBe(
      'Version 1.1.0 was taken back by itself in 3.2 ms: version 1.0.4 answers. Decided beforehand by D. Kim.',
    )
    expect(await desk.acknowledge(back!.id, 'operator')).toMatchObject({ state: 'normal' })

    const out = { kind: 'withdrawn', answeredBy: 'nobody' } as const
    const gone = await raise(guardrailOf({ id: 'alerts', action: 'fallback' }), out)
    expect(english(gone!.consequence)).toContain('nobody answers. Follow the manual procedure.')
    expect(gone!.state).toBe('returned-unacknowledged')
  })

  it('says where what should have been done could not be, and stays', async () => {
    const failed = { kind: 'failed', why: 'there is no previous version' } as const
    const alert = await raise(guardrailOf({ action: 'rollback' }), failed)
    expect(alert).toMatchObject({ state: 'unacknowledged', priority: 'high' })
    expect(english(alert!.consequence)).toContain(
      'should have been taken back by itself, and could not be: there is no previous version.',
    )
  })

  it('asks for a new training once, with the figures', async () => {
    const guardrail = guardrailOf({ id: 'disagree', action: 'request-retraining' })
    expect(await raise(guardrail)).toMatchObject({ priority: 'low' })
    await raise(guardrail)
    const { rows } = journal.eventRows({ stream: 'rollout', limit: 10 })
    expect(rows).toMatchObject([
      {
        kind: 'retraining.requested',
        by: 'runtime',
        body: {
          id: 'test-model',
          version: '1.1.0',
          guardrail: 'disagree',
          metric: 'error-rate',
          value: 0.123,
          limit: 0.1,
          n: 250,
          window: { from: '2026-11-24T13:59:00.000Z', to: '2026-11-24T14:00:00.000Z' },
          action: 'request-retraining',
          decidedBy: { name: 'D. Kim' },
        },
      },
    ])
  })

  it('is nothing that the rules of the model raise or clear, and ends with its version', async () => {
    const manifest = version('1.1.0')
    const baseline = { reference: { rows: 0, sha256: '' }, features: {}, absent: {} }
    const alert = await raise()
    desk.watch(manifest, createDecider(manifest, baseline))
    expect(await desk.retireRules('test-model', [manifest])).toEqual([])
    desk.forget()
    expect(desk.get(alert!.id).state).toBe('unacknowledged')
    expect(await desk.retireRules('test-model', [version('1.0.0')])).toMatchObject([
      { id: alert!.id, state: 'returned-unacknowledged' },
    ])
  })

  it('is not there where the journal could not keep it', async () => {
    const broken = { ...journal, write: () => Promise.reject(new Error('disk full')) }
    const parts = { now: () => nowMs, randomUUID, failed: (error: unknown) => failures.push(error) }
    desk = new AlertDesk({ journal: broken, ...parts })
    await expect(raise()).rejects.toThrow('disk full')
    expect(desk.standingGuardrails('test-model', '1.1.0')).toEqual([])
    desk = new AlertDesk({ journal, ...parts })
    expect(desk.counts().unacknowledged.medium).toBe(0)
    expect(await raise()).toBeDefined()
  })
})
