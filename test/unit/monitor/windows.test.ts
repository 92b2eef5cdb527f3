import { describe, expect, it } from 'vitest'
import type { Alert } from '#core/contracts/alert.ts'
import { type MetricsWindow, metricsWindowSchema } from '#core/contracts/metrics-window.ts'
import { LogHistogram } from '#core/statistics/log-histogram.ts'
import type { EventRow, InferenceRecord, RowNotes } from '#edge/journal/journal.ts'
import { MetricWindows } from '#edge/monitor/windows.ts'

const minute = 60_000
const begin = 1_800_000_000_000 - (1_800_000_000_000 % minute)

function scene() {
  const clock = { nowMs: begin + 10_000 }
  const written: { stream: string; rows: EventRow[] }[] = []
  const journal = { refuses: false }
  const failures: unknown[] = []
  const windows = new MetricWindows({
    journal: {
      write: async (work) => {
        if (journal.refuses) throw new Error('no space')
        return work({ events: (stream: string, rows: EventRow[]) => written.push({ stream, rows }) } as never)
      },
    },
    now: () => clock.nowMs,
    digestOf: (model, version) => (model === 'm' ? `${version}-digest` : undefined),
    failed: (error) => failures.push(error),
  })
  const all = () => written.flatMap(({ rows }) => rows.map(({ body }) => body as MetricsWindow))
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  return { windows, clock, written, journal, failures, all, settle }
}

/** `ms` and `verdicts` by row. */
const batch = (
  { version = '1.0.0', model = 'm' },
  verdicts: number[],
  ms: number[],
  notes: [number, RowNotes][] = [],
) => ({
  record: {
    ...{ model, version, rows: verdicts.length },
    verdicts: Uint8Array.from(verdicts),
    ms: Float32Array.from(ms),
    notes: new Map(notes),
  } as InferenceRecord,
})

const alert = (change: object = {}) =>
  ({ asset: 'press', rule: 'hot', model: { id: 'm', version: '1.0.0' }, ...change }) as Alert

describe('metric windows', () => {
  it('count a minute of a version, and become one event of the stream metrics', async () => {
    const { windows, clock, written, all, settle } = scene()
    windows.decided(
      batch(
        {},
        [0, 1, 1, 2, 3],
        [2, 2, 2, 5, Number.NaN],
        [
          [0, { quality: [{ code: 'filled', message: '' }] }],
          [3, { by: 'rules' }],
        ],
      ),
    )
    windows.decided(batch({ version: '1.1.0' }, [1], [3]))
    windows.alert(alert(), 'alert.raised')
    windows.alert(alert({ feedback: { answer: 'false' } }), 'alert.feedback')
    windows.alert(alert(), 'alert.acknowledged')
    windows.alert(alert({ rule: 'guardrail:g' }), 'alert.raised')
    windows.tick()
    expect(written).toEqual([])
    clock.nowMs = begin + minute
    windows.tick()
    await settle()
    expect(written.map(({ stream, rows }) => [stream, rows.length])).toEqual([['metrics', 2]])
    const latency = new LogHistogram()
    latency.add(2, 3)
    latency.add(5)
    const { first, counts } = latency.toJSON()
    expect(all()[0]).toEqual({
      ...{ model: 'm', version: '1.0.0', digest: '1.0.0-digest', fromMs: begin, toMs: begin + minute },
      ...{
        readings: 5,
        alert: 1,
        normal: 2,
        abstain: 1,
        rejected: 1,
        byRules: 1,
        marked: 1,
        alertsRaised: 1,
      },
      answers: { false: 1 },
      latency: Object.fromEntries(counts.flatMap((n, i) => (n > 0 ? [[String(first + i), n]] : []))),
    })
    for (const window of all()) expect(metricsWindowSchema.safeParse(window).success).toBe(true)
    expect(all()[1]).toMatchObject({ version: '1.1.0', readings: 1, normal: 1 })
  })

  it('are closed by the next batch as well, and none is written where nothing happened', async () => {
    const { windows, clock, all, settle } = scene()
    windows.decided(batch({}, [1], [1]))
    clock.nowMs = begin + 5 * minute
    windows.decided(batch({}, [1, 1], [1, 1]))
    clock.nowMs = begin + 9 * minute
    windows.tick()
    await settle()
    windows.tick()
    await settle()
    expect(all().map(({ fromMs, readings }) => [(fromMs - begin) / minute, readings])).toEqual([
      [0, 1],
      [5, 2],
    ])
  })

  it('are never of negative length, whichever way the clock goes', async () => {
    const { windows, clock, all } = scene()
    for (const nowMs of [begin, 0, begin + 10 * 365 * 86_400_000, begin - minute, begin]) {
      clock.nowMs = nowMs
      windows.decided(batch({}, [1], [1]))
    }
    await windows.close()
    expect(all().map(({ toMs, fromMs }) => toMs - fromMs)).toEqual([minute, minute, minute, minute, minute])
    expect(all().reduce((sum, { readings }) => sum + readings, 0)).toBe(5)
  })

  it('wait where the journal refuses them, and come in order', async () => {
    const { windows, clock, journal, failures, all, settle } = scene()
    windows.decided(batch({}, [1], [1]))
    journal.refuses = true
    clock.nowMs = begin + minute
    windows.tick()
    await settle()
    windows.decided(batch({}, [1, 1], [1, 1]))
    journal.refuses = false
    clock.nowMs = begin + 2 * minute
    windows.tick()
    await settle()
    expect(failures).toHaveLength(1)
    expect(all().map(({ readings }) => readings)).toEqual([1, 2])
  })

  it('are written at a stop, unfinished as they are', async () => {
    const { windows, all } = scene()
    windows.decided(batch({}, [1], [1]))
    await windows.close()
    expect(all()).toMatchObject([{ fromMs: begin, toMs: begin + minute, readings: 1 }])
  })
})
