import { describe, expect, it } from 'vitest'
import type { ModelSummary, Slot } from '#core/contracts/deployment.ts'
import type { GuardrailMetric } from '#core/contracts/guardrail.ts'
import { milling, minuteMs, sceneStartMs } from '#support/fake-scene.ts'
import {
  byRules,
  guardrails,
  heldReason,
  inCanary,
  inShadow,
  onTrial,
  staged,
  swapping,
  takenBack,
} from '#support/fake-slots.ts'
import {
  drillBars,
  drillRange,
  limitText,
  metricText,
  providerName,
  shortDigest,
  timeBars,
} from '../../../renderer/edge/versions/figures.ts'
import {
  bare,
  briefReason,
  shortened,
  standing,
  swapSteps,
  tellTakenBackMs,
} from '../../../renderer/edge/versions/standing.ts'
import { makeFormat } from '../../../renderer/ui/format.ts'

const nowMs = sceneStartMs
const format = makeFormat('en', 'UTC')
const plain = (text: string) => text.replaceAll('\u00a0', ' ')

describe('where a model stands', () => {
  it.each<[string, ModelSummary, object]>([
    ['committed', milling(), { kind: 'normal', version: '1.0.4' }],
    ['waiting', swapping(), { kind: 'normal', version: '1.0.4' }],
    ['on trial', onTrial(), { kind: 'trial', version: '1.1.0', back: '1.0.4' }],
    ['in shadow', inShadow(), { kind: 'shadow', version: '1.1.0', running: '1.0.4' }],
    ['in canary', inCanary(), { kind: 'canary', version: '1.1.0', percent: 10 }],
    ['taken back', takenBack(), { kind: 'taken-back', version: '1.1.0', running: '1.0.4' }],
    ['by rules', byRules(), { kind: 'rules' }],
    ['by nobody', { ...milling(), answeredBy: 'nobody' }, { kind: 'nobody' }],
  ])('%s', (_, model, stands) => {
    expect(standing(model, nowMs)).toMatchObject(stands)
  })

  it('a trial is over with its window, whatever has been heard since', () => {
    expect(standing(onTrial(), nowMs + 4 * minuteMs).kind).toBe('normal')
  })

  it('what was taken back is told for a day', () => {
    const at = Date.parse('2026-11-24T14:02:00Z')
    expect(standing(takenBack(), at + tellTakenBackMs - 1).kind).toBe('taken-back')
    expect(standing(takenBack(), at + tellTakenBackMs).kind).toBe('normal')
  })

  it('rules come before everything else: nobody may think that the model answers', () => {
    expect(standing({ ...inShadow(), answeredBy: 'rules' }, nowMs).kind).toBe('rules')
  })
})

describe('the steps of a swap', () => {
  const since = '2026-11-24T14:00:00Z'
  const steps = (...args: Parameters<typeof staged>) =>
    Object.values(swapSteps(staged(...args), nowMs)).join(' ')
  it.each([
    ['waiting', steps({ state: 'staged', since }), 'done open open open open'],
    ['qualifying', steps({ state: 'qualifying', since, mode: 'shadow' }), 'done here open open open'],
    ['shadow', steps({ state: 'shadow', since, by: '', reason: '' }), 'done done done here open'],
    ['refused', steps({ state: 'refused', since, reason: '' }), 'done failed open open open'],
    [
      'taken back',
      steps({ state: 'rolled-back', since, by: '', reason: '', ms: 4 }),
      'done done done skipped failed',
    ],
    [
      'on trial',
      Object.values(swapSteps(onTrial().slots.running!, nowMs)).join(' '),
      'done done done skipped here',
    ],
    [
      'committed',
      Object.values(swapSteps(milling().slots.running!, nowMs)).join(' '),
      'done done done skipped done',
    ],
  ])('%s', (_, is, expected) => {
    expect(is).toBe(expected)
  })

  it.each<[string, Slot['been'], string]>([
    ['in shadow, before it served', ['beside'], 'done done done failed open'],
    ['on trial', ['running'], 'done done done skipped failed'],
    ['on trial, after shadow', ['beside', 'running'], 'done done done done failed'],
    ['committed, after shadow', ['beside', 'running', 'committed'], 'done done done done done'],
  ])('taken back %s', (_, been, expected) => {
    const held = staged({ state: 'rolled-back', since, by: '', reason: '', ms: 4 })
    expect(Object.values(swapSteps({ ...held, ...(been && { been }) }, nowMs)).join(' ')).toBe(expected)
  })

  it('golden vectors that differ are where it failed', () => {
    const selfTest = { passed: 61, of: 64, at: since, largestDifference: 0.3 }
    const slot = { ...staged({ state: 'refused', since, reason: '' }), selfTest }
    expect(swapSteps(slot, nowMs)).toMatchObject({ load: 'done', golden: 'failed', shadow: 'open' })
    const reason = 'm 1.2.0 answers differently here: golden row 1, column 1'
    const said = staged({ state: 'refused', since, reason })
    expect(swapSteps(said, nowMs)).toMatchObject({ load: 'done', golden: 'failed' })
  })
})

describe('reasons', () => {
  it('of a guardrail are its figures', () => {
    expect(briefReason('guardrail errors (decided by K. Lindqvist)', heldReason)).toBe(
      '12 % of 250 readings in 5 min',
    )
  })

  it('of people are as they wrote them, cut where a line ends', () => {
    expect(briefReason('T. Okafor (admin)', 'Alarms: wrong (twice).')).toBe('Alarms: wrong (twice)')
    expect(shortened('T. Okafor', 60)).toBe('T. Okafor')
    expect(shortened(`T. ${'O'.repeat(200)}`, 60)).toBe(`T. ${'O'.repeat(57)} …`)
    expect(briefReason('T. Okafor', 'x'.repeat(200))).toBe(`${'x'.repeat(80)} …`)
  })

  it('stand inside a sentence without their full stop', () => {
    expect([bare('It is slow. '), bare('It is slow')]).toEqual(['It is slow', 'It is slow'])
  })
})

describe('figures', () => {
  it.each([
    [0.0612, '0.06 ms'],
    [3.8, '3.8 ms'],
    [4, '4 ms'],
    [42.4, '42 ms'],
    [1900, '1.9 s'],
  ])('%d ms is %s', (ms, words) => {
    expect(plain(format.ms(ms))).toBe(words)
  })

  it.each([
    [37 * 1024 ** 2, '37 MB'],
    [9.4 * 1024 ** 3, '9.4 GB'],
    [256 * 1024 ** 3, '256 GB'],
  ])('%d bytes', (bytes, words) => {
    expect(plain(format.bytes(bytes))).toBe(words)
  })

  it.each<[GuardrailMetric, number, string]>([
    ['latency-p95', 8.09, '8.1 ms'],
    ['error-rate', 0.002, '0.2 %'],
    ['alert-rate', 0.12, '12 %'],
    ['reject-rate', 0, '0 %'],
  ])('%s of %d', (metric, value, words) => {
    expect(plain(metricText(metric, value, format))).toBe(words)
  })

  it('a limit has its side', () => {
    expect(plain(limitText(guardrails[0]!, format))).toBe('> 5 %')
    const { above: _, ...when } = guardrails[0]!.when
    expect(plain(limitText({ ...guardrails[0]!, when: { ...when, below: 0.2 } }, format))).toBe('< 20 %')
  })

  it('providers have their makers’ names, digests their ends', () => {
    expect([providerName('dml'), providerName('new')]).toEqual(['DirectML', 'new'])
    expect(shortDigest(`01234567${'0'.repeat(48)}89abcdef`)).toBe('01234567 … 89abcdef')
  })

  it('bars stand against the slowest; what was not timed has none', () => {
    const { trials } = swapping().slots.running!.qualification!
    expect([...timeBars(trials)]).toEqual([
      ['cpu', expect.closeTo(13.5, 1)],
      ['webgpu', 100],
    ])
    expect(timeBars([]).size).toBe(0)
  })

  it('drills stand oldest first; one that failed has no time, and does not count as fast', () => {
    const drills = [
      { passed: false, thereMs: 1 },
      { passed: true, thereMs: 4 },
      { passed: true, thereMs: 8 },
    ]
    expect(drillBars(drills)).toEqual([
      { failed: false, percent: 100 },
      { failed: false, percent: 50 },
      { failed: true, percent: 100 },
    ])
    expect(drillRange(drills)).toEqual({ min: 4, max: 8 })
    expect(drillRange([{ passed: false, thereMs: null }])).toBeUndefined()
  })
})
