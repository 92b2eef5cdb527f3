import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { manifestSchema } from '#core/contracts/manifest.ts'
import { compileFallback } from '#core/rules/fallback.ts'
import { simulateWithTruth } from '#models/machine-failure/simulate.ts'

const startMs = Date.parse('2026-11-24T14:00:00Z')
const alertOf = { HDF: 'heat-dissipation', PWF: 'power', OSF: 'overstrain' } as const

describe.each(['', '1.1.0/'])('the fallback rules in machine-failure/%spackage', (at) => {
  const file = new URL(`../../../models/machine-failure/${at}package/model.json`, import.meta.url)
  const manifest = manifestSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  const { covers, judge } = compileFallback(manifest)!

  it('speak for every alert of the model', () => {
    expect([...covers].toSorted()).toEqual(manifest.decision.alerts.map(({ id }) => id).toSorted())
  })

  it('say of every reading of the line what is true of it, and that a tool is old from 200 min on', () => {
    const found: Record<string, number> = {}
    for (const step of simulateWithTruth({ seed: 1, startMs, stepMs: 4000 })) {
      if (Date.parse(step[0]!.reading.time) >= startMs + 6 * 3600_000) break
      for (const { reading, failures } of step) {
        const values = reading.values as Record<string, number | string | null>
        const said = judge(new Map(Object.entries(values)))
        if (said.cannot !== undefined) throw new Error(said.cannot)
        const difference = Number(values['process_temperature']) - Number(values['air_temperature'])
        const isWhole = values['air_temperature'] !== null && values['process_temperature'] !== null
        for (const [mode, alert] of Object.entries(alertOf)) {
          // At 8.6 K to the tenth, rounding of binary fractions decides.
          if (mode === 'HDF' && Math.abs(difference - 8.6) < 1e-6) continue
          const isTrue = failures[mode as keyof typeof alertOf] && (mode !== 'HDF' || isWhole)
          expect(said.alerts.includes(alert), `${mode} ${JSON.stringify(values)}`).toBe(isTrue)
          if (isTrue) found[mode] = (found[mode] ?? 0) + 1
        }
        expect(said.alerts.includes('tool-wear')).toBe(Number(values['tool_wear']) >= 200)
      }
    }
    for (const mode of Object.keys(alertOf)) expect(found[mode]).toBeGreaterThan(20)
  })
})
