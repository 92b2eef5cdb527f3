import { describe, expect, it } from 'vitest'
import { Labels } from '#edge/deploy/shadow/labels.ts'
import { ruleOf } from '#support/manifest.ts'
import { alertOf, challenger, champion, startMs, versionOf } from './shadow-fixture.ts'

const minute = 60_000
const labels = (other = challenger) => new Labels(champion, other, startMs)
const none = { wins: 0, losses: 0, bothReal: 0, bothFalse: 0, unknown: 0 }

describe('what an answer to an alert says about champion and challenger', () => {
  it.each([
    ['real-acted', false, { losses: 1 }],
    ['real-known', false, { losses: 1 }],
    ['false', false, { wins: 1 }],
    ['real-acted', true, { bothReal: 1 }],
    ['false', true, { bothFalse: 1 }],
    ['bad-data', false, {}],
    ['unsure', true, {}],
  ] as const)('"%s", and the challenger spoke: %s', (answer, says, expected) => {
    const it = labels()
    it.seen('Mill 1', startMs + minute, true, [says])
    it.changed(alertOf({ raised: minute }))
    it.seen('Mill 1', startMs + 2 * minute, true, [false])
    it.changed(alertOf({ raised: minute, answer, answered: 3 * minute }))
    it.settle(Number.POSITIVE_INFINITY)
    expect(it.counts).toEqual({ ...none, ...expected })
  })

  it.each([
    ['within its on-delay before', -25_000, 'bothFalse'],
    ['long before', -60_000, 'wins'],
    ['while the alert stood', 30_000, 'bothFalse'],
    ['soon after it cleared', 70_000, 'bothFalse'],
    ['long after it cleared', 200_000, 'wins'],
    ['after the answer', 400_000, 'wins'],
  ] as const)('counts what the challenger said %s', (_, afterMs, outcome) => {
    const slow = versionOf('1.1.0', [ruleOf({ onDelayS: 20 })])
    const it = labels(slow)
    const raised = 10 * minute
    const says = (ms: number) => it.seen('Mill 1', startMs + ms, true, [ms === raised + afterMs])
    for (let ms = raised - minute; ms < raised; ms += 5000) says(ms)
    it.changed(alertOf({ raised }))
    for (let ms = raised; ms < raised + minute; ms += 5000) says(ms)
    it.changed(alertOf({ raised, cleared: raised + minute }))
    for (let ms = raised + minute; ms < raised + 5 * minute; ms += 5000) says(ms)
    it.changed(alertOf({ raised, cleared: raised + minute, answer: 'false', answered: raised + 5 * minute }))
    for (let ms = raised + 5 * minute; ms < raised + 8 * minute; ms += 5000) says(ms)
    it.settle(Number.POSITIVE_INFINITY)
    expect(it.counts).toEqual({ ...none, [outcome]: 1 })
  })

  it('looks at the rule of the same id, and at any rule where there is none', () => {
    const two = versionOf('1.1.0', [ruleOf({ id: 'other' }), ruleOf()])
    const renamed = versionOf('1.1.0', [ruleOf({ id: 'wear' }), ruleOf({ id: 'heat' })])
    for (const [other, outcome] of [
      [two, 'losses'],
      [renamed, 'bothReal'],
    ] as const) {
      const it = labels(other)
      it.changed(alertOf({ raised: minute }))
      it.seen('Mill 1', startMs + minute, true, [true, false])
      it.changed(alertOf({ raised: minute, answer: 'real-acted', answered: 2 * minute }))
      it.settle(Number.POSITIVE_INFINITY)
      expect(it.counts).toEqual({ ...none, [outcome]: 1 })
    }
  })

  it.each([
    ['was spared a reading of it', (it: Labels) => it.spared('Mill 1', startMs + minute), 'unknown'],
    [
      'was spared a reading of another machine',
      (it: Labels) => it.spared('Mill 2', startMs + minute),
      'wins',
    ],
    ['was spared one long before', (it: Labels) => it.spared('Mill 1', startMs + 1), 'wins'],
  ])('counts no silence where the challenger %s', (_, happens, outcome) => {
    const it = labels()
    happens(it)
    it.changed(alertOf({ raised: minute + 5000 }))
    it.seen('Mill 1', startMs + minute + 6000, true, [false])
    it.changed(alertOf({ raised: minute + 5000, answer: 'false', answered: 2 * minute }))
    it.settle(Number.POSITIVE_INFINITY)
    expect(it.counts).toEqual({ ...none, [outcome]: 1 })
  })

  it('takes no answer for silence: a challenger that answered nothing wins nothing', () => {
    const it = labels()
    it.changed(alertOf({ raised: minute }))
    it.seen('Mill 1', startMs + minute, false, [false])
    it.changed(alertOf({ raised: minute, answer: 'false', answered: 2 * minute }))
    it.settle(Number.POSITIVE_INFINITY)
    expect(it.counts).toEqual({ ...none, unknown: 1 })
  })

  it('waits until every reading up to the answer has been seen', () => {
    const it = labels()
    it.seen('Mill 1', startMs + minute, true, [false])
    it.changed(alertOf({ raised: minute }))
    it.changed(alertOf({ raised: minute, answer: 'real-acted', answered: 2 * minute }))
    expect(it.settle(startMs + 2 * minute - 1)).toBe(false)
    it.seen('Mill 1', startMs + 1.5 * minute, true, [true])
    expect(it.settle(startMs + 2 * minute)).toBe(true)
    expect(it.counts).toEqual({ ...none, bothReal: 1 })
  })

  it('is corrected by a second answer, and counts a repeated one once', () => {
    const it = labels()
    it.seen('Mill 1', startMs + minute, true, [false])
    it.changed(alertOf({ raised: minute }))
    for (const answer of ['false', 'false', 'real-acted'] as const) {
      it.changed(alertOf({ raised: minute, answer, answered: 2 * minute }))
      it.settle(Number.POSITIVE_INFINITY)
    }
    expect(it.counts).toEqual({ ...none, losses: 1 })
    it.changed(alertOf({ raised: minute, answer: 'unsure', answered: 3 * minute }))
    it.settle(Number.POSITIVE_INFINITY)
    expect(it.counts).toEqual(none)
  })

  it.each([
    ['raised before the comparison began', { raised: -1 }],
    ['of another version', { raised: minute, version: '0.9.0' }],
    ['that fallback rules raised', { raised: minute, by: 'rules' as const }],
    ['of a guardrail', { raised: minute, rule: 'guardrail:latency' }],
  ])('counts no alert %s', (_, parts) => {
    const it = labels()
    it.seen('Mill 1', startMs, true, [false])
    it.changed(alertOf(parts))
    it.changed(alertOf({ ...parts, answer: 'false' }))
    it.settle(Number.POSITIVE_INFINITY)
    expect(it.counts).toEqual(none)
  })

  it('keeps its counts and its open alerts over a start, and forgets no more than it must', () => {
    const first = labels()
    first.seen('Mill 1', startMs + minute, true, [false])
    for (const id of ['a1', 'a2']) first.changed(alertOf({ id, raised: minute }))
    first.changed(alertOf({ raised: minute, answer: 'false', answered: 2 * minute }))
    first.settle(Number.POSITIVE_INFINITY)
    const again = new Labels(champion, challenger, startMs + 3 * minute, JSON.parse(JSON.stringify(first)))
    expect(again.counts).toEqual({ ...none, wins: 1 })
    again.changed(alertOf({ raised: minute, answer: 'false', answered: 2 * minute }))
    again.changed(alertOf({ id: 'a2', raised: minute, answer: 'real-acted', answered: 4 * minute }))
    again.settle(Number.POSITIVE_INFINITY)
    expect(again.counts).toEqual({ ...none, wins: 1, losses: 1 })
  })

  it('stays bounded, and counts nothing twice for that', () => {
    const it = labels()
    for (let k = 0; k < 1200; k++) {
      const raised = k * 100
      it.seen('Mill 1', startMs + raised, true, [false])
      it.changed(alertOf({ id: `a${k}`, raised }))
      it.changed(alertOf({ id: `a${k}`, raised, answer: 'false', answered: raised + 50 }))
      it.settle(Number.POSITIVE_INFINITY)
    }
    expect(it.counts).toEqual({ ...none, wins: 1200 })
    it.changed(alertOf({ id: 'a0', raised: 0, answer: 'false', answered: 50 }))
    it.settle(Number.POSITIVE_INFINITY)
    expect(it.counts.wins).toBe(1200)
    expect(it.toJSON().watches).toHaveLength(1000)
  })
})
