import { describe, expect, it } from 'vitest'
import { proposed } from '#central/rollout/commands.ts'
import { alertChange, gateFigures, opens, stops } from '#central/rollout/gate.ts'
import { type AlertRates, type GroupCounts, noMachines } from '#central/rollout/types.ts'
import { gateSchema, rolloutPlanSchema } from '#core/contracts/rollout.ts'

const nowMs = Date.parse('2026-11-01T12:00:00Z')
const record = () =>
  proposed(
    rolloutPlanSchema.parse({
      ...{ model: 'm', version: '1.0.0', reason: 'x' },
      groups: [{ name: 'a', choose: {}, gate: { soakMin: 1, minimumN: 1 } }],
    }),
    'd',
    'A',
    nowMs,
  ).groups[0]!
const figures = (
  gate: object,
  counts: Partial<GroupCounts>,
  more: object = {},
  alerts: AlertRates | null = null,
) =>
  gateFigures(
    gateSchema.parse({ soakMin: 60, minimumN: 2, ...gate }),
    { ...record(), state: 'active', ...more },
    { ...noMachines, ...counts },
    alerts,
    nowMs,
  )

describe('failures', () => {
  it.each([
    [{ maxFailures: 2 }, 1, 20, false],
    [{ maxFailures: 2 }, 2, 20, true],
    [{ maxFailures: 0 }, 0, 20, false],
    [{ maxFailures: 0 }, 1, 20, true],
    [{}, 0, 20, false],
    [{}, 1, 20, true],
    [{ maxFailureShare: 0.1 }, 1, 20, false],
    [{ maxFailureShare: 0.1 }, 2, 20, true],
    [{ maxFailureShare: 0.1 }, 0, 0, false],
    [{ maxFailures: 5, maxFailureShare: 0.1 }, 2, 20, true],
  ])('%o with %i of %i stops: %s', (gate, failed, machines, expected) => {
    expect(stops(figures(gate, { failed, machines })) !== undefined).toBe(expected)
  })
})

describe('alerts', () => {
  const rates = (alerts: number, alertsBefore: number, readings = 1000): AlertRates => ({
    ...{ readings, alerts, readingsBefore: 1000, alertsBefore, versionsBefore: ['1.0.4'] },
  })
  const gate = { alertsAgainst: { percent: 20, minimumReadings: 500 } }
  it.each([
    [rates(107, 100), 7, false],
    [rates(120, 100), 20, true],
    [rates(80, 100), -20, true],
    [rates(0, 0), 0, false],
    [rates(10, 100, 499), null, false],
  ])('%o: %s percent, stops: %s', (seen, change, expected) => {
    const found = alertChange(seen, 500)
    if (change === null) expect(found).toBeNull()
    else expect(found).toBeCloseTo(change, 9)
    expect(stops(figures(gate, {}, {}, seen)) !== undefined).toBe(expected)
  })
  it('stops where there were none before and some now', () => {
    expect(stops(figures(gate, {}, {}, rates(1, 0)))?.text).toContain('some, where there were none')
  })
  it('waits with too few readings, and says how many there are', () => {
    const since = { soakSince: '2026-11-01T10:00:00Z' }
    const all = figures(gate, { succeeded: 2, succeededNow: 2, machines: 2 }, since, rates(1, 1, 10))
    expect(opens(all)).toBe(false)
    expect(all.find(({ kind }) => kind === 'alerts')?.text).toContain('10')
    expect(opens(figures(gate, { succeeded: 2, succeededNow: 2, machines: 2 }, since, rates(100, 100)))).toBe(
      true,
    )
  })
  it('is let pass by whoever resumed it knowing that', () => {
    expect(stops(figures(gate, {}, { alertsAccepted: true }, rates(200, 100)))).toBeUndefined()
  })
})

describe('what lets it go on', () => {
  const enough = { succeeded: 2, succeededNow: 2, machines: 5 }
  it.each([
    ['all of it', enough, { soakSince: '2026-11-01T11:00:00Z' }, true],
    ['a minute too early', enough, { soakSince: '2026-11-01T11:01:00Z' }, false],
    ['never enough at once', enough, { soakSince: null }, false],
    ['one of them silent', { ...enough, succeededNow: 1 }, { soakSince: '2026-11-01T10:00:00Z' }, false],
    ['nobody there', noMachines, { soakSince: '2026-11-01T10:00:00Z' }, false],
  ])('%s', (_name, counts, more, expected) => {
    expect(opens(figures({}, counts, more))).toBe(expected)
  })
  it.each([
    [0.05, 'its 3 s without fault begin once enough run it'],
    [1, 'its 1 min without fault begin once enough run it'],
    [1440, 'its 24 h without fault begin once enough run it'],
  ])('says a time of %s minutes in words', (soakMin, text) => {
    const soak = figures({ soakMin }, enough, { soakSince: null }).find(({ kind }) => kind === 'soak')
    expect(soak?.text).toBe(text)
  })
  it('needs as many people as the gate asks for', () => {
    const since = { soakSince: '2026-11-01T10:00:00Z' }
    const one = [{ by: 'A', at: 'x' }]
    expect(opens(figures({ approvals: 2 }, enough, { ...since, approvals: one }))).toBe(false)
    expect(
      opens(figures({ approvals: 2 }, enough, { ...since, approvals: [...one, { by: 'B', at: 'x' }] })),
    ).toBe(true)
  })
})
