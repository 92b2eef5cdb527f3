import { describe, expect, it } from 'vitest'
import type { LaneStatus } from '#core/contracts/deployment.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import { createDecider, verdicts } from '#edge/decide/decide.ts'
import { Shadow, type ShadowParts } from '#edge/deploy/shadow/shadow.ts'
import type { InferAnswer, InferenceLane, InferRequest } from '#edge/inference/lane.ts'
import { createValidator } from '#edge/ingest/validate.ts'
import type { EventRow, Journal, Transaction } from '#edge/journal/journal.ts'
import type { Decided } from '#edge/pipeline.ts'
import { numbersOf } from '#support/fed.ts'
import { manifestOf } from '#support/manifest.ts'
import {
  alertOf,
  challenger,
  champion,
  noBaseline,
  placed,
  type Row,
  recordOf,
  sentOf,
  startMs,
} from './shadow-fixture.ts'

/** Remembers what was written; any other use is a mistake of the shadow's. */
function fakeJournal() {
  const written: { stream: string; rows: EventRow[] }[] = []
  const states = new Map<string, unknown>()
  const journal = {
    isFull: false,
    state: (key: string) => states.get(key),
    write: async (work: (tx: Transaction) => unknown) => {
      if (journal.isFull) throw new Error('disk full')
      return work({
        events: (stream: string, rows: EventRow[]) => written.push({ stream, rows }),
        putState: (key: string, value: unknown) => states.set(key, JSON.parse(JSON.stringify(value))),
      } as unknown as Transaction)
    },
  }
  const kinds = () => written.flatMap(({ stream, rows }) => rows.map(({ kind }) => `${stream} ${kind}`))
  return { journal: journal as typeof journal & Journal, written, states, kinds }
}

/** Answers with `score` after `tookMs` of the fake clock; `hangs`: never. */
function fakeLane(clock: { ms: number }, { tookMs = 1, hangs = false, score = 0.1 } = {}) {
  const listeners: ((status: LaneStatus) => void)[] = []
  const asked: number[] = []
  const lane = {
    status: { state: 'ready', pid: 1 } as LaneStatus,
    ready: Promise.resolve({} as never),
    onStatus: (listener: (status: LaneStatus) => void) => listeners.push(listener),
    close: async () => undefined,
    infer: ({ rows, inputs }: InferRequest): Promise<InferAnswer> => {
      asked.push(rows)
      numbersOf(inputs['x'])
      clock.ms += tookMs
      if (hangs) return new Promise(() => undefined)
      const data = new Float32Array(rows).fill(score)
      return Promise.resolve({ outputs: { p: { data, width: 1 } }, runMs: tookMs, provider: 'cpu' })
    },
  }
  const become = (status: LaneStatus) => {
    lane.status = status
    for (const listener of listeners) listener(status)
  }
  return { lane: lane as unknown as InferenceLane, asked, become }
}

const decidedOf = (rows: Row[]): Decided => ({
  record: recordOf(champion, rows),
  placed,
  sent: rows.map(sentOf),
  raw: undefined,
  at: new Int32Array(rows.length),
})
const rowsOf = (n: number, score: number, fromMs = 0, asset = 'Mill 1'): Row[] =>
  Array.from({ length: n }, (_, k) => ({ asset, ms: fromMs + k, score }))

function setup(
  more: Partial<ShadowParts> = {},
  laneOf: Parameters<typeof fakeLane>[1] = {},
  manifest: Manifest = challenger,
) {
  const clock = { ms: 0 }
  const journal = fakeJournal()
  const fake = fakeLane(clock, laneOf)
  const failures: unknown[] = []
  const ends: string[] = []
  const parts: ShadowParts = {
    champion,
    manifest,
    lane: fake.lane,
    validator: createValidator(manifest),
    decider: createDecider(manifest, noBaseline),
    journal: journal.journal,
    now: () => startMs + clock.ms,
    elapsed: () => clock.ms,
    failed: (error) => failures.push(error),
    ended: (reason) => ends.push(reason),
    sleep: async (ms) => {
      clock.ms += ms
    },
    ...more,
  }
  return { ...fake, parts, journal, clock, failures, ends, shadow: new Shadow(parts) }
}

/** Until nothing more happens by itself. */
async function settled() {
  for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve))
}

describe('a shadow', () => {
  it('does nothing while it is told, and compares afterwards', async () => {
    const { shadow, asked, clock } = setup()
    shadow.observe(decidedOf(rowsOf(3, 0.9)))
    expect([asked.length, clock.ms]).toEqual([0, 0])
    await settled()
    expect(asked).toEqual([3])
    expect(shadow.report()).toMatchObject({
      compared: 3,
      agreed: 0,
      skipped: 0,
      cases: [{ champion: { verdict: 'alert' }, challenger: { verdict: 'normal' } }],
    })
  })

  it('begins where the conditions of the champion stand', async () => {
    const conditions = challenger.decision.alerts.map(() => ({ active: true, turningSinceMs: null }))
    const { shadow } = setup({ standing: [['Mill 1', conditions]] }, { score: 0.45 })
    const rows = rowsOf(1, 0.45)
    const champions = decidedOf(rows)
    champions.record.verdicts[0] = verdicts.indexOf('alert') // 0.45 neither raises nor clears
    shadow.observe(champions)
    await settled()
    expect(shadow.report()).toMatchObject({ compared: 1, agreed: 1, cases: [] })
  })

  it('puts small batches together, and cuts large ones', async () => {
    const { shadow, asked } = setup({ limits: { rowsAtOnce: 10 } })
    for (let k = 0; k < 7; k++) shadow.observe(decidedOf(rowsOf(1, 0.1, k)))
    shadow.observe(decidedOf(rowsOf(28, 0.1, 100)))
    await settled()
    expect(asked).toEqual([10, 10, 10, 5])
    expect(shadow.report().agreed).toBe(35)
  })

  it('takes no more than its share of the time, however long its model takes', async () => {
    for (const [cpuShare, tookMs] of [
      [0.25, 7],
      [0.1, 300],
      [1, 3],
    ] as const) {
      const { shadow, asked, clock } = setup({ cpuShare, limits: { rowsAtOnce: 8 } }, { tookMs })
      for (let k = 0; k < 20; k++) shadow.observe(decidedOf(rowsOf(8, 0.1, 10 * k)))
      await settled()
      expect(asked.reduce((sum, rows) => sum + rows, 0)).toBe(160)
      // All of the fake time went by in runs and in the rests between them; after the last run it has not rested yet.
      const busyMs = (asked.length - 1) * tookMs
      const restedMs = clock.ms - asked.length * tookMs
      expect(busyMs).toBeLessThanOrEqual(cpuShare * (busyMs + restedMs) * (1 + 1e-9))
      expect(restedMs).toBeLessThanOrEqual(busyMs * (1 / cpuShare - 1) * 1.001)
    }
  })

  it('spares the challenger the oldest batches where it cannot keep up, and holds no more than it may', async () => {
    const { shadow, asked } = setup({ limits: { rows: 100 } }, { hangs: true })
    for (let k = 0; k < 1000; k++) {
      shadow.observe(decidedOf(rowsOf(10, 0.1, 10 * k)))
      if (k === 3) await settled()
    }
    await settled()
    expect(asked).toHaveLength(1)
    const { skipped, compared, champion: side } = shadow.report()
    expect([skipped, compared, side.readings]).toEqual([10_000 - asked[0]! - 100, 0, skipped])
    expect(shadow.state).toEqual({ state: 'running' })
  })

  it.each(['validator', 'decider'] as const)(
    'never throws where its %s does, and ends with words',
    async (part) => {
      const breaks = () => {
        throw new Error('it is broken')
      }
      const { parts, ends, failures } = setup()
      const broken = { ...parts[part], check: breaks, decide: breaks }
      const shadow = new Shadow({ ...parts, [part]: broken })
      shadow.observe(decidedOf(rowsOf(3, 0.9)))
      await settled()
      shadow.observe(decidedOf(rowsOf(3, 0.9)))
      expect(shadow.state).toEqual({ state: 'ended', reason: 'it could not go on: it is broken' })
      expect([ends.length, failures.length]).toEqual([1, 1])
      expect(shadow.report().verdict.reason).toMatch(
        /^The shadow has ended: it could not go on: it is broken\./,
      )
      await shadow.close()
    },
  )

  it('survives crashes of its lane up to its limit, and ends with the lane that fails', async () => {
    const { shadow, become, ends } = setup()
    become({ state: 'restarting', reason: 'SIGABRT', crashes: 1 })
    become({ state: 'ready', pid: 2 })
    expect(shadow.state).toEqual({ state: 'running', trouble: { times: 1, last: 'SIGABRT' } })
    become({ state: 'restarting', reason: 'SIGABRT', crashes: 1 })
    become({ state: 'restarting', reason: 'SIGSEGV', crashes: 2 })
    expect(shadow.state).toEqual({
      state: 'ended',
      reason: '1.1.0 crashed or hung 3 times; the last: SIGSEGV',
    })
    expect(ends).toHaveLength(1)
    const failing = setup()
    failing.shadow.observe(decidedOf(rowsOf(3, 0.1)))
    failing.become({ state: 'failed', reason: 'it cannot be loaded' })
    await settled()
    expect(failing.shadow.state).toEqual({ state: 'ended', reason: 'it cannot be loaded' })
    expect(failing.shadow.report()).toMatchObject({ skipped: 3, compared: 0 })
    expect(failing.asked).toEqual([])
  })

  it('writes a window a minute and the cases, into metrics only, and no more cases than it may', async () => {
    const { shadow, journal, clock } = setup({ limits: { casesPerMinute: 4 } })
    for (let k = 0; k < 9; k++) shadow.observe(decidedOf(rowsOf(1, 0.9, k, `Mill ${k}`)))
    await settled()
    expect(journal.kinds()).toEqual(new Array(4).fill('metrics comparison.case'))
    clock.ms += 60_000
    shadow.tick()
    await settled()
    expect(journal.kinds().slice(4)).toEqual(['metrics comparison.window'])
    expect(journal.written.at(-1)!.rows[0]!.body).toMatchObject({
      id: champion.id,
      compared: 9,
      agreed: 0,
      casesLeftOut: 5,
      champion: { version: '1.0.0', alertRate: 1 },
      challenger: { version: '1.1.0', alertRate: 0 },
    })
    shadow.observe(decidedOf(rowsOf(1, 0.9, 90_000, 'Press')))
    await settled()
    expect(journal.kinds().slice(5)).toEqual(['metrics comparison.case'])
  })

  it('keeps its own alarms: a challenger with an on-delay says so later, and only by its own condition', async () => {
    const delayed = {
      ...challenger,
      decision: { alerts: [{ ...challenger.decision.alerts[0]!, onDelayS: 2 }] },
    }
    const { shadow } = setup({}, { score: 0.9 }, delayed)
    shadow.observe(decidedOf([0, 1000, 2000, 3000].map((ms) => ({ ms, score: 0.9 }))))
    await settled()
    expect(shadow.report()).toMatchObject({ compared: 4, agreed: 2, challenger: { alertRate: 0.5 } })
  })

  it('takes the answers of people as labels, once what led to them has been compared, and keeps them at once', async () => {
    const { shadow, journal, clock } = setup()
    clock.ms = 1000
    shadow.observe(decidedOf(rowsOf(1, 0.9, 1000)))
    shadow.alertChanged(alertOf({ raised: 1000 }))
    shadow.alertChanged(alertOf({ raised: 1000, answer: 'false', answered: 1500 }))
    expect(shadow.report().verdict.labels).toBe(0)
    await settled()
    expect(shadow.report().verdict).toMatchObject({ labels: 1, wins: 1 })
    const kept = journal.states.get(`comparison:${champion.id}`)
    expect(kept).toMatchObject({ comparison: { labels: { counts: { wins: 1 } } } })
  })

  it('goes on after a start', async () => {
    const first = setup({}, { score: 0.9 })
    first.shadow.observe(decidedOf(rowsOf(3, 0.9)))
    await settled()
    await first.shadow.close()
    first.shadow.observe(decidedOf(rowsOf(3, 0.9)))
    await settled()
    expect(first.asked).toEqual([3])
    const again = new Shadow({ ...first.parts, now: () => startMs + 60_000 })
    expect(again.report()).toMatchObject({ compared: 3, agreed: 3, since: new Date(startMs).toISOString() })
    const { comparison, alarms } = first.journal.states.get(`comparison:${champion.id}`) as Record<
      string,
      object
    >
    expect(comparison).toMatchObject({ isClosed: true })
    expect(alarms).toEqual([['Mill 1', [{ active: true, turningSinceMs: null }]]])
  })

  it('closes although it rests, and counts what still waited as spared', async () => {
    const { shadow } = setup({
      cpuShare: 1e-6,
      sleep: (_, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
    })
    shadow.observe(decidedOf(rowsOf(40, 0.1)))
    await settled()
    await shadow.close()
    expect(shadow.state).toEqual({ state: 'closed' })
    expect(shadow.report()).toMatchObject({ compared: 16, skipped: 24 })
  })

  it('goes on where the journal is full, and says so to whoever hears of trouble', async () => {
    const { shadow, journal, failures } = setup()
    journal.journal.isFull = true
    shadow.observe(decidedOf(rowsOf(1, 0.9)))
    await settled()
    expect(failures).toHaveLength(1)
    expect(shadow.state).toEqual({ state: 'running' })
    expect(shadow.report().compared).toBe(1)
    await expect(shadow.close()).rejects.toThrow('disk full')
  })

  it('lets windows see what the model is spared', async () => {
    const windowed: Manifest = {
      ...manifestOf({
        tensors: [
          {
            kind: 'window',
            name: 'x',
            dtype: 'float32',
            features: ['a', 'b'],
            steps: 4,
            layout: 'time-feature',
          },
        ],
      }),
      version: '1.1.0',
    }
    const { parts, shadow } = setup({ limits: { rows: 10 } }, {}, windowed)
    shadow.observe(decidedOf(rowsOf(8, 0.1)))
    shadow.observe(decidedOf(rowsOf(9, 0.1, 100)))
    await settled()
    expect(shadow.report()).toMatchObject({ skipped: 8, compared: 9, challenger: { abstained: 0 } })
    expect(parts.validator.windows.any).toBe(true)
  })

  it('ignores batches of another version', async () => {
    const { shadow, asked } = setup()
    const decided = decidedOf(rowsOf(1, 0.9))
    shadow.observe({ ...decided, record: { ...decided.record, version: '0.9.0' } })
    await settled()
    expect(asked).toEqual([])
  })
})
