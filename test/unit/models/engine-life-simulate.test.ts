import { describe, expect, it } from 'vitest'
import type { Reading } from '#core/contracts/reading.ts'
import { buildEngine, sense, sensorNames } from '#models/engine-life/engine.ts'
import fd001 from '#models/engine-life/fd001.json' with { type: 'json' }
import { openingDropout } from '#models/engine-life/scenario.ts'
import { history, type Simulated, simulateStand, simulateWithTruth } from '#models/engine-life/simulate.ts'
import { stream } from '#models/machine-failure/chance.ts'

const startMs = Date.parse('2026-11-24T14:00:00Z')

function take<T>(steps: Iterable<T[]>, count: number): T[] {
  const taken: T[] = []
  for (const step of steps) {
    if (count-- === 0) return taken
    taken.push(...step)
  }
  return taken
}
const stand = (seed: number, cycles: number, stepMs = 1000) =>
  take<Simulated>(simulateWithTruth({ seed, startMs, stepMs }), cycles)
const cycleOf = ({ time }: Reading, stepMs = 1000) => (Date.parse(time) - startMs) / stepMs
const of = (all: Simulated[], asset: string) => all.filter(({ reading }) => reading.asset === asset)
const assets = [1, 2, 3, 4, 5].map((n) => `Engine ${n}`)
const mean = (xs: number[]) => xs.reduce((a, b) => a + b, 0) / xs.length
function sigma(xs: number[]): number {
  const m = mean(xs)
  return Math.sqrt(mean(xs.map((x) => (x - m) ** 2)))
}

describe('a simulated engine', () => {
  const engines = Array.from({ length: 2000 }, (_, k) => buildEngine(stream(9, k)))
  const { mean: means, factor } = fd001.engine
  const count = sensorNames.length

  it('has FD001’s fourteen sensors', () => {
    expect(count).toBe(14)
    expect(Object.keys(sense(engines[0]!, 50, stream(1)))).toEqual(sensorNames)
  })

  it('lives as long as FD001’s, and differs from others as they do', () => {
    const lives = engines.map(({ lifeCycles }) => lifeCycles)
    expect(Math.min(...lives)).toBeGreaterThanOrEqual(128)
    expect(Math.max(...lives)).toBeLessThanOrEqual(362)
    // FD001: 206 on average, spread 46.
    expect(Math.abs(mean(lives) - 206)).toBeLessThan(6)
    expect(Math.abs(sigma(lives) - 46)).toBeLessThan(7)
    sensorNames.forEach((name, j) => {
      for (const [values, at] of [
        [engines.map(({ level }) => level[j]!), 2 + j],
        [engines.map(({ change }) => change[j]!), 2 + count + j],
      ] as const) {
        const spread = Math.hypot(...factor[at]!)
        // Drawing again where FD001 has no such engine moves these a little.
        expect(Math.abs(mean(values) - means[at]!) / spread, name).toBeLessThan(0.2)
        expect(Math.abs(sigma(values) / spread - 1), name).toBeLessThan(0.15)
      }
    })
  })

  it('lives as long as it is told to', () => {
    for (const life of [140, 206, 350]) expect(buildEngine(stream(2, life), life).lifeCycles).toBe(life)
  })

  it('shows wear as it nears its end, with noise of FD001’s size, rounded as FD001 is', () => {
    const build = engines[3]!
    fd001.sensors.forEach(({ name, noise, decimals }, j) => {
      const at = (left: number) =>
        Array.from({ length: 400 }, (_, k) => sense(build, left, stream(4, left, k))[name]!)
      const [fresh, worn] = [at(build.lifeCycles), at(0)]
      const wear = Math.exp(-build.lifeCycles / build.tauCycles)
      const rounding = 10 ** -decimals / Math.sqrt(12)
      expect(Math.abs(mean(fresh) - build.level[j]! - wear * build.change[j]!) / noise).toBeLessThan(0.25)
      expect(Math.abs(mean(worn) - build.level[j]! - build.change[j]!) / noise).toBeLessThan(0.25)
      expect(Math.abs(sigma(fresh) / Math.hypot(noise, rounding) - 1)).toBeLessThan(0.15)
      for (const value of fresh) expect(Number(value.toFixed(decimals))).toBe(value)
    })
  })
})

describe('the simulated stand', () => {
  it('is the same for the same seed, and another for another', () => {
    const first = stand(1, 300)
    expect(stand(1, 300)).toEqual(first)
    expect(stand(2, 300)).not.toEqual(first)
    expect(take(simulateStand({ seed: 1, startMs, stepMs: 1000 }), 300)).toEqual(first.map((s) => s.reading))
  })

  it('refuses a pace at which the package’s windows would never fill', () => {
    expect(() => stand(1, 1, 10_001)).toThrow(RangeError)
    expect(() => stand(1, 1, 0)).toThrow(RangeError)
  })

  it.each([
    [1, 1000],
    [2, 1000],
    [1, 2000],
    [3, 2000],
  ])(
    'has a past that leads up to its start, long enough for full windows (seed %i, %i ms)',
    (seed, stepMs) => {
      const past = take(history({ seed, endMs: startMs - stepMs, stepMs }), 1000)
      const first = stand(seed, 1, stepMs)
      expect(cycleOf(past.at(-1)!, stepMs)).toBe(-1)
      expect(first.map(({ reading }) => reading.asset)).toEqual(assets)
      for (const { reading, left, lifeCycles } of first) {
        const cycles = past.filter(({ asset }) => asset === reading.asset).map((r) => cycleOf(r, stepMs))
        expect(cycles.length).toBe(lifeCycles - 1 - left)
        expect(cycles.length).toBeGreaterThanOrEqual(30)
        expect(cycles).toEqual(cycles.map((_, k) => k - cycles.length))
        // Nothing is near its end in the past.
        expect(left).toBeGreaterThan(50)
      }
      for (const { values } of past) expect(Object.values(values)).not.toContain(null)
    },
  )

  it.each([500, 1000, 2000])(
    'runs engines to their end, overhauls them and begins anew, at %i ms a cycle',
    (stepMs) => {
      const all = stand(5, 1500, stepMs)
      for (const asset of assets) {
        const own = of(all, asset)
        expect(own.at(-1)!.overhauls).toBeGreaterThanOrEqual(3)
        own.slice(1).forEach((now, k) => {
          const before = own[k]!
          const apart = cycleOf(now.reading, stepMs) - cycleOf(before.reading, stepMs)
          if (before.left > 0) {
            expect([apart, before.left - now.left, now.overhauls]).toEqual([1, 1, before.overhauls])
            return
          }
          expect(apart - 1).toBeGreaterThanOrEqual(90)
          expect((apart - 1) * stepMs).toBeGreaterThanOrEqual(30_000)
          expect([now.overhauls, now.lifeCycles - now.left]).toEqual([before.overhauls + 1, 1])
        })
      }
    },
  )

  it('loses one pressure for 45 cycles, and other sensors later, one at a time', () => {
    const all = stand(1, 3000)
    const missing = all.flatMap(({ reading }) =>
      sensorNames
        .filter((name) => reading.values[name] === null)
        .map((name) => ({ name, asset: reading.asset, cycle: cycleOf(reading) })),
    )
    const first = missing.filter(({ cycle }) => cycle < 100)
    expect(new Set(first.map(({ name, asset }) => `${asset} ${name}`))).toEqual(
      new Set([`Engine 4 ${openingDropout.sensor}`]),
    )
    expect(first.map(({ cycle }) => cycle)).toEqual(Array.from({ length: 45 }, (_, k) => 20 + k))
    expect(new Set(missing.map(({ name }) => name)).size).toBeGreaterThan(3)
    expect(new Set(missing.map(({ cycle }) => cycle)).size).toBe(missing.length)
  })
})
