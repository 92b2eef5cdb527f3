import { describe, expect, it } from 'vitest'
import type { DeploymentState } from '#core/contracts/deployment.ts'
import {
  activated,
  arrived,
  arriving,
  candidateIn,
  committed,
  emptyRecord,
  interrupted,
  type ModelRecord,
  places,
  rollbackMeasured,
  rolledBack,
  startedAgain,
  steps,
  stoppedInOrder,
  type VersionRecord,
  versionsIn,
  withdrawn,
} from '#edge/deploy/slots.ts'
import { mayFollow } from '#edge/deploy/states.ts'

const who = { by: 'T. Okafor', reason: 'because' }
const at = Date.UTC(2026, 10, 24)
const iso = new Date(at).toISOString()

const version = (name: string, deployment: DeploymentState): VersionRecord => ({
  version: name,
  release: 1,
  digest: `digest of ${name}`,
  bytes: 1,
  installedAt: iso,
  installedBy: 'admin',
  signedBy: [],
  selfTest: null,
  qualification: null,
  folder: `m/${name}`,
  trial: { windowS: 300, crashLimit: 3 },
  loadMs: null,
  memoryMb: null,
  deployment,
})

/** What happened, as the journal would tell it. */
function told(before: ModelRecord, after: ModelRecord): string[] {
  return steps(before, after, at).map(
    ({ version: v, from }) => `${v.version}: ${from} → ${v.deployment.state}`,
  )
}

const place = (record: ModelRecord) =>
  Object.fromEntries(places.map((name) => [name, record[name]?.version ?? null]))

function installed(record: ModelRecord, name: string): ModelRecord {
  return arrived(arriving(record, version(name, { state: 'verifying', since: iso })), at)
}

const qualifying = (record: ModelRecord) =>
  candidateIn(record, { state: 'qualifying', since: iso, mode: 'replace' })

const run = (record: ModelRecord, name: string) =>
  activated(qualifying(installed(record, name)), who, at, at + 1000)

describe('slots', () => {
  const one = run(emptyRecord('m'), '1.0.0')
  const two = run(one, '1.1.0')

  it('the first version runs without a trial, the next on trial with the one before it as previous', () => {
    expect(one.running?.deployment).toEqual({ state: 'running', since: iso, ...who })
    expect(place(two)).toEqual({ running: '1.1.0', previous: '1.0.0', staged: null, arriving: null })
    expect(two.running?.deployment).toMatchObject({ trialUntil: new Date(at + 1000).toISOString(), boots: 0 })
    expect(committed(two).running?.deployment).toEqual({ state: 'running', since: iso, ...who })
  })

  it('a rollback swaps the pointer, empties previous, and holds the bad version', () => {
    const back = rolledBack(two, who, at, null)
    expect(place(back)).toEqual({ running: '1.0.0', previous: null, staged: '1.1.0', arriving: null })
    expect(told(two, back)).toEqual(['1.0.0: previous → running', '1.1.0: running → rolled-back'])
    const measured = rollbackMeasured(back, who, 4)
    expect(measured.lastRollback).toEqual({ at: iso, from: '1.1.0', to: '1.0.0', ms: 4, ...who })
    expect(told(back, measured)).toEqual([])
    expect(() => rolledBack(back, who, at, null)).toThrow('no previous')
  })

  it('tells every step of a swap, and what leaves', () => {
    const staged = installed(two, '1.2.0')
    expect(told(two, arriving(two, version('1.2.0', { state: 'verifying', since: iso })))).toEqual([
      '1.2.0: absent → verifying',
    ])
    expect(told(staged, qualifying(staged))).toEqual(['1.2.0: staged → qualifying'])
    const three = activated(qualifying(staged), who, at, at)
    expect(told(qualifying(staged), three)).toEqual([
      '1.2.0: qualifying → running',
      '1.1.0: running → previous',
      '1.0.0: previous → retired',
    ])
  })

  it('a version that was withdrawn is nothing to go back to', () => {
    const out = withdrawn(two, who, at)
    expect(told(two, out)).toEqual(['1.1.0: running → withdrawn'])
    const next = run(out, '1.2.0')
    expect(place(next)).toEqual({ running: '1.2.0', previous: '1.0.0', staged: null, arriving: null })
  })

  it('counts the starts of a trial, but not those after a stop in order', () => {
    const again = startedAgain(startedAgain(two, at + 5000), at + 9000)
    expect(again.running?.deployment).toMatchObject({
      boots: 2,
      trialUntil: new Date(at + 9000).toISOString(),
    })
    expect(stoppedInOrder(again).running?.deployment).toMatchObject({ boots: 0 })
    expect(startedAgain(committed(two), at)).toEqual(committed(two))
  })

  it('a start drops what had not arrived, and what was being qualified waits again', () => {
    const coming = arriving(two, version('1.2.0', { state: 'verifying', since: iso }))
    expect(place(interrupted(coming, at))).toEqual(place(two))
    expect(told(coming, interrupted(coming, at))).toEqual([])
    const half = qualifying(installed(two, '1.2.0'))
    expect(interrupted(half, at).staged?.deployment.state).toBe('staged')
  })

  it('never enters a state that the table does not allow', () => {
    expect(() => steps(two, candidateIn(two, { state: 'staged', since: iso }), at)).not.toThrow()
    const jumped = {
      ...emptyRecord('m'),
      running: version('9.9.9', { state: 'running', since: iso, ...who }),
    }
    expect(() => steps(emptyRecord('m'), jumped, at)).toThrow('from absent to running')
    expect(mayFollow('refused', 'running')).toBe(false)
    expect(mayFollow('rolled-back', 'running')).toBe(false)
    expect(mayFollow('rolled-back', 'qualifying')).toBe(true)
  })

  it('holds one version in one place, whatever is done in whatever order', () => {
    const moves: ((record: ModelRecord, n: number) => ModelRecord)[] = [
      (record, n) => run(record, `1.${n}.0`),
      (record) => (record.previous ? rolledBack(record, who, at, 1) : record),
      (record, n) => installed(record, `2.${n}.0`),
      (record) => committed(record),
      (record) => (record.staged ? activated(qualifying(record), who, at, at + 1) : record),
      (record) => (record.running?.deployment.state === 'running' ? withdrawn(record, who, at) : record),
    ]
    let seed = 7
    const next = () => {
      seed = (seed * 48271) % 2147483647
      return seed
    }
    for (let round = 0; round < 200; round++) {
      let record = one
      for (let n = 0; n < 12; n++) {
        const before = record
        const move = moves[next() % moves.length]!
        record = move(record, round * 100 + n)
        if (move === moves[1]) expect(() => steps(before, record, at)).not.toThrow()
        const digests = versionsIn(record).map(({ digest }) => digest)
        expect(new Set(digests).size).toBe(digests.length)
        expect(record.running).not.toBeNull()
      }
    }
  })
})

describe('what a version has come through', () => {
  const ready = installed(activated(installed(emptyRecord('m'), '1.0.0'), who, at, at), '1.1.0')
  const shadow = candidateIn(qualifying(ready), { state: 'shadow', since: iso, ...who })
  const promoted = activated(qualifying(shadow), who, at, at + 1000)

  it('is told of one that was in shadow, committed and taken back, and of one that was taken back on trial', () => {
    expect(rolledBack(committed(promoted), who, at, 4).staged?.been).toEqual([
      'beside',
      'running',
      'committed',
    ])
    expect(rolledBack(promoted, who, at + 1000, 4).staged?.been).toEqual(['beside', 'running', 'committed'])
    expect(rolledBack(promoted, who, at, 4).staged?.been).toEqual(['beside', 'running'])
    expect(withdrawn(promoted, who, at).running?.been).toEqual(['beside', 'running'])
  })

  it('is of shadow alone where it never served, and nothing once it is brought in anew', () => {
    const held = candidateIn(shadow, { state: 'rolled-back', since: iso, ...who, ms: null })
    expect(held.staged?.been).toEqual(['beside'])
    expect(qualifying(held).staged).not.toHaveProperty('been')
    expect(qualifying(rolledBack(promoted, who, at, 4)).staged).not.toHaveProperty('been')
  })
})
