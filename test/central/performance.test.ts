import { afterAll, beforeAll, expect, it } from 'vitest'
import { createPerformance } from '#central/performance/performance.ts'
import { createRecord } from '#central/record/record.ts'
import type { RecordPage } from '#core/contracts/fleet-record.ts'
import type { MetricsWindow } from '#core/contracts/metrics-window.ts'
import type { PerformancePage } from '#core/contracts/performance.ts'
import { LogHistogram } from '#core/statistics/log-histogram.ts'
import { FakeMachine } from '#support/central/fake-machine.ts'
import { type SyncSite, syncSite } from '#support/central/sync-site.ts'

const hour = Date.UTC(2026, 10, 20, 8)
let here: SyncSite
let get: <T>(path: string) => Promise<T>

function window(minute: number, over: Partial<MetricsWindow> & { ms?: number[] } = {}): MetricsWindow {
  const { ms = [1, 2, 4], ...rest } = over
  const histogram = new LogHistogram()
  for (const one of ms) histogram.add(one)
  const { first, counts } = histogram.toJSON()
  const fromMs = hour + minute * 60_000
  return {
    ...{ model: 'm', version: '1.0.0', digest: 'd'.repeat(64), fromMs, toMs: fromMs + 60_000 },
    ...{
      readings: ms.length,
      alert: 1,
      normal: ms.length - 1,
      abstain: 0,
      rejected: 0,
      byRules: 0,
      marked: 0,
      alertsRaised: 0,
    },
    latency: Object.fromEntries(counts.flatMap((n, i) => (n > 0 ? [[String(first + i), n]] : []))),
    ...rest,
  }
}

beforeAll(async () => {
  here = await syncSite((base) => [
    createPerformance({ db: base.db, now: () => hour + 24 * 3600_000 }),
    createRecord(base),
  ])
  get = async (path) => {
    const answer = await here.app.inject({
      url: path,
      headers: { authorization: `Bearer ${here.site.token}` },
    })
    expect(answer.statusCode).toBe(200)
    return answer.json()
  }
  const machines = [new FakeMachine(), new FakeMachine()]
  for (const [k, machine] of machines.entries()) {
    machine.name = `press ${k}`
    await here.enrol(machine)
    await here.tell(machine)
    const windows = [
      window(0, { answers: { 'real-acted': 2, false: 1 } }),
      window(1, { ms: [100], answers: { false: 1, unsure: 5 } }),
      window(61, { version: '1.1.0', ms: [8, 8] }),
    ]
    for (const body of windows)
      machine.append('metrics', [{ kind: 'metrics.window', timeMs: body.toMs, by: 'runtime', body }])
    machine.append('metrics', [{ kind: 'metrics.window', timeMs: 1, by: 'runtime', body: { model: 7 } }])
    expect((await here.send(machine, machine.blocks.get('metrics')!)).body.ack).toBe(4)
    await here.send(machine, machine.blocks.get('metrics')!) // again: nothing counts twice
  }
})
afterAll(() => here.remove())

it('adds up counters over machines, and merges latencies as if they had been counted in one place', async () => {
  const page = await get<PerformancePage>('/api/performance?model=m')
  expect(
    page.items.map(({ key, machines, readings, alert, answers, real }) => ({
      key,
      machines,
      readings,
      alert,
      answers,
      real,
    })),
  ).toEqual([
    {
      key: '1.0.0',
      machines: 2,
      readings: 8,
      alert: 4,
      answers: { 'real-acted': 4, false: 4, unsure: 10 },
      real: { share: 0.5, n: 8 },
    },
    { key: '1.1.0', machines: 2, readings: 4, alert: 2, answers: {}, real: { share: null, n: 0 } },
  ])
  const whole = new LogHistogram()
  for (const ms of [1, 2, 4, 100, 1, 2, 4, 100]) whole.add(ms)
  expect(page.items[0]!.latency).toEqual({
    p50: whole.quantile(0.5),
    p95: whole.quantile(0.95),
    p99: whole.quantile(0.99),
  })
  expect(page.all?.readings).toBe(12)
})

it('by hour, machine and site, a page at a time', async () => {
  const hours = await get<PerformancePage>('/api/performance?model=m&by=hour')
  expect(hours.items.map(({ key, readings }) => [key, readings])).toEqual([
    ['2026-11-20T08:00:00Z', 8],
    ['2026-11-20T09:00:00Z', 4],
  ])
  const first = await get<PerformancePage>('/api/performance?model=m&by=device&limit=1')
  const second = await get<PerformancePage>(`/api/performance?model=m&by=device&limit=1&cursor=${first.next}`)
  expect([first.items.length, second.items.length, second.next]).toEqual([1, 1, null])
  expect([first.items[0]!.name, second.items[0]!.name].sort()).toEqual(['press 0', 'press 1'])
  expect((await get<PerformancePage>('/api/performance?model=m&by=site&site=plant-2')).items).toEqual([])
  expect(await get('/api/performance/models')).toMatchObject({
    models: [{ model: 'm', versions: ['1.0.0', '1.1.0'] }],
  })
})

it('the record of the fleet is read page by page, each event once', async () => {
  const all = (await get<RecordPage>('/api/record')).items
  expect(all.length).toBe(8)
  const paged: RecordPage['items'] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: RecordPage = await get(`/api/record?limit=3${cursor ? `&cursor=${cursor}` : ''}`)
    paged.push(...page.items)
    cursor = page.next
  }
  expect(paged).toEqual(all)
  expect((await get<RecordPage>('/api/record?kind=metrics.&by=RUN')).items.length).toBe(8)
  expect((await get<RecordPage>('/api/record?kind=metr%25')).items).toEqual([])
})
