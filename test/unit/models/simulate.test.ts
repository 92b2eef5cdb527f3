import { describe, expect, it } from 'vitest'
import type { Reading } from '#core/contracts/reading.ts'
import { failures, type Mode, powerW, type Sensors } from '#models/machine-failure/rules.ts'
import { history, type Simulated, simulateLine, simulateWithTruth } from '#models/machine-failure/simulate.ts'

const startMs = Date.parse('2026-11-24T14:00:00Z')

function take<T>(steps: Iterable<T[]>, count: number): T[] {
  const taken: T[] = []
  for (const step of steps) {
    if (count-- === 0) return taken
    taken.push(...step)
  }
  return taken
}
const line = (seed: number, steps: number, stepMs = 1000) =>
  take<Simulated>(simulateWithTruth({ seed, startMs, stepMs }), steps)
const isWhole = ({ values }: Reading) => !Object.values(values).includes(null)
const sensors = (reading: Reading) => reading.values as unknown as Sensors
const secondOf = ({ time }: Reading) => (Date.parse(time) - startMs) / 1000
const failing = (all: Simulated[], mode: Mode) => all.filter((s) => s.failures[mode]).map((s) => s.reading)

const mean = (xs: number[]) => xs.reduce((a, b) => a + b, 0) / xs.length
function sigma(xs: number[]): number {
  const m = mean(xs)
  return Math.sqrt(mean(xs.map((x) => (x - m) ** 2)))
}
function correlation(xs: number[], ys: number[]): number {
  const [mx, my] = [mean(xs), mean(ys)]
  return mean(xs.map((x, i) => (x - mx) * (ys[i]! - my))) / (sigma(xs) * sigma(ys))
}

describe('the rules of AI4I', () => {
  const usual: Sensors = {
    type: 'M',
    air_temperature: 300,
    process_temperature: 310,
    rotational_speed: 1400,
    torque: 40,
    tool_wear: 100,
  }
  const which = (changed: Partial<Sensors>, toolFails = false) =>
    Object.entries(failures({ ...usual, ...changed }, toolFails)).flatMap(([mode, holds]) =>
      holds ? [mode] : [],
    )

  it.each<[string, Partial<Sensors>, Mode[]]>([
    ['nothing unusual', {}, []],
    ['heat: close and slow', { process_temperature: 308.5, rotational_speed: 1379 }, ['HDF']],
    ['heat: 8.6 K exactly is not below', { process_temperature: 308.6, rotational_speed: 1379 }, []],
    ['heat: close but fast', { process_temperature: 308.5, rotational_speed: 1380 }, []],
    ['power below 3,500 W', { torque: 13, rotational_speed: 2500 }, ['PWF']],
    ['power above 9,000 W', { torque: 66, rotational_speed: 1310 }, ['PWF']],
    ['overstrain of L', { type: 'L', torque: 55.1, tool_wear: 200 }, ['OSF']],
    ['M bears as much', { type: 'M', torque: 55.1, tool_wear: 200 }, []],
    ['overstrain of M', { type: 'M', torque: 60.1, tool_wear: 200 }, ['OSF']],
    ['H bears as much', { type: 'H', torque: 60.1, tool_wear: 200 }, []],
  ])('%s', (_, changed, modes) => {
    expect(which(changed)).toEqual(modes)
  })

  it('leave the tool to chance', () => {
    expect(which({ tool_wear: 230 })).toEqual([])
    expect(which({ tool_wear: 230 }, true)).toEqual(['TWF'])
  })
})

describe('the simulated line', () => {
  it('is the same for the same seed, and another for another', () => {
    const first = line(1, 300)
    expect(line(1, 300)).toEqual(first)
    expect(line(2, 300)).not.toEqual(first)
    expect(take(simulateLine({ seed: 1, startMs, stepMs: 1000 }), 300)).toEqual(first.map((s) => s.reading))
  })

  it.each([1, 2, 3, 4, 5])('has a past that leads up to its start, in normal operation (seed %i)', (seed) => {
    const past = take(history({ seed, endMs: startMs - 1000, minutes: 20 }), 2000)
    expect(secondOf(past[0]!)).toBe(-1200)
    expect(secondOf(past.at(-1)!)).toBe(-1)
    const failed = past.filter((r) => isWhole(r) && Object.values(failures(sensors(r), false)).includes(true))
    expect(failed).toEqual([])
    for (const { reading } of line(seed, 1)) {
      const before = past.findLast(({ asset }) => asset === reading.asset)!
      expect(secondOf(reading)).toBe(0)
      expect(Math.abs(sensors(reading).tool_wear - sensors(before).tool_wear)).toBeLessThanOrEqual(1)
      expect(Math.abs(sensors(reading).torque - sensors(before).torque)).toBeLessThan(8)
    }
  })

  it('has no more past than it has', () => {
    expect(() => take(history({ seed: 1, endMs: startMs, minutes: 21 }), 1)).toThrow(RangeError)
  })

  it('keeps AI4I’s figures over 55 hours', () => {
    const all = line(7, 20_000, 10_000)
      .map((s) => s.reading)
      .filter(isWhole)
      .map(sensors)
    const of = (name: Exclude<keyof Sensors, 'type'>) => all.map((s) => s[name])
    const kinds = (type: string) => all.filter((s) => s.type === type).length / all.length
    expect(kinds('L')).toBeCloseTo(0.5, 1)
    expect(kinds('M')).toBeCloseTo(0.3, 1)
    expect(kinds('H')).toBeCloseTo(0.2, 1)
    expect(Math.abs(mean(of('air_temperature')) - 300)).toBeLessThan(0.8)
    expect(Math.abs(sigma(of('air_temperature')) - 2)).toBeLessThan(0.5)
    const difference = all.map((s) => s.process_temperature - s.air_temperature)
    expect(Math.abs(mean(difference) - 10)).toBeLessThan(0.25)
    expect(Math.abs(sigma(difference) - 1)).toBeLessThan(0.2)
    expect(Math.abs(mean(of('torque')) - 40)).toBeLessThan(2.5)
    expect(Math.abs(sigma(of('torque')) - 10)).toBeLessThan(1.5)
    // The data itself has 1539 rpm, σ 179, and -0.875 between speed and torque.
    expect(Math.abs(mean(of('rotational_speed')) - 1539)).toBeLessThan(40)
    expect(Math.abs(sigma(of('rotational_speed')) - 179)).toBeLessThan(40)
    expect(correlation(of('rotational_speed'), of('torque'))).toBeLessThan(-0.8)
    expect(Math.min(...of('torque'))).toBeGreaterThanOrEqual(0)
    expect(Math.max(...of('tool_wear'))).toBeLessThan(250)
  })

  it('develops overstrain, failing heat dissipation and power out of range, and gets over them', () => {
    const all = line(1, 900)
    const spans = (['OSF', 'HDF', 'PWF'] as const).map((mode) => {
      const seconds = failing(all, mode).map(secondOf)
      return [mode, Math.min(...seconds), Math.max(...seconds)] as const
    })
    expect(failing(all, 'OSF')[0]).toMatchObject({ asset: 'Mill 3', values: { type: 'L' } })
    const [strain, heat, power] = spans
    expect(strain![1]).toBeGreaterThan(5)
    expect(strain![1]).toBeLessThan(25)
    expect(heat![1]).toBeLessThan(120)
    expect(power![1]).toBeGreaterThan(heat![2])
    const mill3 = all.map((s) => s.reading).filter(({ asset }) => asset === 'Mill 3')
    const wearAt = (second: number) => sensors(mill3.find((r) => secondOf(r) === second)!).tool_wear
    expect([wearAt(209) > 190, wearAt(215) < 3]).toEqual([true, true])
  })

  it('goes on failing every few minutes, in every way, with tools that fail between 200 and 240 min', () => {
    const all = line(3, 5400, 4000)
    for (const mode of ['OSF', 'HDF', 'PWF', 'TWF'] as const)
      expect(failing(all, mode).length).toBeGreaterThan(10)
    const share = all.filter((s) => Object.values(s.failures).includes(true)).length / all.length
    expect(share).toBeGreaterThan(0.02)
    expect(share).toBeLessThan(0.15)
    for (const reading of failing(all, 'TWF')) {
      expect(sensors(reading).tool_wear).toBeGreaterThanOrEqual(200)
      expect(sensors(reading).tool_wear).toBeLessThan(246)
    }
    const powers = failing(all, 'PWF').map((r) => powerW(sensors(r).rotational_speed, sensors(r).torque))
    expect(powers.some((w) => w < 3500)).toBe(true)
    expect(powers.some((w) => w > 9000)).toBe(true)
  })

  it('is silent on one mill for 42 s now and then, and sometimes lacks a temperature', () => {
    const all = line(1, 3600).map((s) => s.reading)
    const gaps = [1, 2, 3, 4, 5].flatMap((n) => {
      const seconds = all.filter(({ asset }) => asset === `Mill ${n}`).map(secondOf)
      return seconds.flatMap((s, i) => (i > 0 && s - seconds[i - 1]! > 1 ? [s - seconds[i - 1]! - 1] : []))
    })
    expect(gaps.length).toBeGreaterThanOrEqual(2)
    expect(new Set(gaps)).toEqual(new Set([42]))
    const incomplete = all.filter((r) => !isWhole(r))
    expect(incomplete.length).toBeGreaterThan(3)
    for (const { values } of incomplete) {
      const missing = Object.keys(values).filter((name) => values[name] === null)
      expect(['air_temperature', 'process_temperature']).toContain(missing.join())
    }
  })
})
