import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { stream } from '#models/machine-failure/chance.ts'
import { classes, drawXray, type Grey } from '#models/pneumonia-triage/eigen.ts'
import { enlarge, toPng, unexposed, widen } from '#models/pneumonia-triage/picture.ts'
import { simulateWard, simulateWithTruth, stepMs, type Taken } from '#models/pneumonia-triage/ward.ts'

const startMs = Date.parse('2026-11-24T14:00:00Z')

function take<T>(from: Iterator<T>, count: number): T[] {
  return Array.from({ length: count }, () => from.next().value as T)
}
const ward = (seed: number, count: number) => take<Taken>(simulateWithTruth({ seed, startMs }), count)
const fileOf = ({ reading: { values } }: Taken) =>
  Buffer.from(String(values['xray']).replace(/^data:image\/png;base64,/, ''), 'base64')
const mean = (xs: ArrayLike<number>) => Array.from(xs).reduce((a, b) => a + b, 0) / xs.length
function deviation(xs: ArrayLike<number>): number {
  const m = mean(xs)
  return Math.sqrt(mean(Array.from(xs, (x) => (x - m) ** 2)))
}

describe('a drawn X-ray', () => {
  it('is the same for the same chance, and another for another', () => {
    const once = drawXray('normal', stream(1, 1))
    expect(once.pixels).toHaveLength(784)
    expect(drawXray('normal', stream(1, 1))).toEqual(once)
    expect(drawXray('normal', stream(1, 2))).not.toEqual(once)
    expect(drawXray('pneumonia', stream(1, 1))).not.toEqual(once)
  })

  it('keeps what tells the classes of the data apart', () => {
    // PneumoniaMNIST's training images: mean grey 139 and 148, contrast within an image 44 and 34.
    const [normal, pneumonia] = classes.map((kind) =>
      Array.from({ length: 400 }, (_, i) => drawXray(kind, stream(3, i)).pixels),
    )
    expect(Math.abs(mean(normal!.map(mean)) - 139)).toBeLessThan(4)
    expect(Math.abs(mean(pneumonia!.map(mean)) - 148)).toBeLessThan(4)
    expect(Math.abs(mean(normal!.map(deviation)) - 44)).toBeLessThan(3)
    expect(Math.abs(mean(pneumonia!.map(deviation)) - 34)).toBeLessThan(3)
  })
})

describe('a picture', () => {
  const drawn = drawXray('normal', stream(2, 1))
  const whole = { resolveWithObject: true } as const
  const pixelsOf = async (grey: Grey) => {
    const { data, info } = await sharp(toPng(grey)).toColourspace('b-w').raw().toBuffer(whole)
    return { pixels: Uint8Array.from(data), width: info.width, height: info.height, channels: info.channels }
  }

  it.each<[string, Grey]>([
    ['drawn', drawn],
    ['one line', { width: 300, height: 1, pixels: Uint8Array.from({ length: 300 }, (_, i) => i) }],
    ['noise', unexposed(40, 30, 90, stream(2, 2))],
  ])('comes out of its PNG as it went in: %s', async (_, grey) => {
    expect(await pixelsOf(grey)).toEqual({ ...grey, channels: 1 })
  })

  it('keeps its greys where it grows, and its middle where it widens', () => {
    const large = enlarge(drawn, 280, 140)
    expect([large.width, large.height, large.pixels.length]).toEqual([280, 140, 280 * 140])
    expect(Math.abs(mean(large.pixels) - mean(drawn.pixels))).toBeLessThan(1)
    expect(enlarge(drawn, 28, 28)).toEqual(drawn)
    const flat = { width: 2, height: 2, pixels: Uint8Array.of(90, 90, 90, 90) }
    expect(new Set(enlarge(flat, 9, 7).pixels)).toEqual(new Set([90]))
    const wide = widen(drawn, 40)
    expect([...wide.pixels.subarray(6, 34)]).toEqual([...drawn.pixels.subarray(0, 28)])
    expect(new Set(wide.pixels.subarray(0, 7))).toEqual(new Set([drawn.pixels[0]]))
  })
})

describe('the simulated ward', () => {
  const day = ward(1, 600)

  it('is the same for the same seed, and another for another', () => {
    const readings = take(simulateWard({ seed: 1, startMs }), 30)
    expect(readings).toEqual(day.slice(0, 30).map(({ reading }) => [reading]))
    expect(ward(2, 30)).not.toEqual(day.slice(0, 30))
  })

  it('sends one image every eight seconds from 24 beds and three devices, each with an id of its own', () => {
    expect(day.map(({ reading }) => Date.parse(reading.time))).toEqual(
      day.map((_, k) => startMs + k * stepMs),
    )
    expect(stepMs).toBe(8000)
    expect(new Set(day.map(({ reading }) => reading.asset)).size).toBe(24)
    expect(new Set(day.map(({ reading }) => reading.id)).size).toBe(600)
    const devices = new Set(day.map(({ reading }) => reading.id!.replace(/-\d+$/, '')))
    expect(devices).toEqual(new Set(['room-1', 'room-2', 'portable-2']))
  })

  it('has a few ill children, who are imaged again until they are well', () => {
    const whole = day.filter(({ spoilt }) => !spoilt)
    const children = Map.groupBy(whole, ({ child }) => child)
    const ill = [...children.values()].filter(([first]) => first!.kind === 'pneumonia')
    expect(ill.length / children.size).toBeGreaterThan(0.04)
    expect(ill.length / children.size).toBeLessThan(0.16)
    for (const images of children.values()) {
      expect(new Set(images.map(({ reading }) => reading.asset)).size).toBe(1)
      const kinds = images.map(({ kind }) => kind)
      const ended = kinds.indexOf('normal')
      if (ended >= 0) expect(ended).toBe(kinds.length - 1)
      expect(kinds.slice(0, -1).every((kind) => kind === 'pneumonia')).toBe(true)
    }
    expect(ill.some((images) => images.length > 2)).toBe(true)
  })

  it('spoils an image now and then in each way, and takes it again at once', () => {
    const spoilt = day.flatMap((taken, k) => (taken.spoilt ? [{ ...taken, k }] : []))
    expect(new Set(spoilt.map((taken) => taken.spoilt))).toEqual(new Set(['black', 'cut-off', 'dark']))
    expect(spoilt.length).toBeLessThan(40)
    for (const { k, child } of spoilt) if (k + 1 < day.length) expect(day[k + 1]!.child).toBe(child)
  })

  it('sends PNGs of three sizes; only those that were cut off cannot be read, and only the black ones show nothing', async () => {
    const sizes = { small: [28, 28], large: [1024, 1024], wide: [640, 512] }
    for (const taken of day.slice(0, 40)) {
      const file = sharp(fileOf(taken), { failOn: 'error' })
      const { width, height } = await file.metadata()
      expect([width, height]).toEqual(sizes[taken.size])
      if (taken.spoilt === 'cut-off') await expect(file.raw().toBuffer()).rejects.toThrow()
      else {
        const contrast = deviation(await file.raw().toBuffer())
        if (taken.spoilt) expect(contrast).toBeLessThan(taken.spoilt === 'black' ? 1e-9 : 5)
        else expect(contrast).toBeGreaterThan(5)
      }
    }
    expect(new Set(day.slice(0, 40).map(({ size }) => size)).size).toBe(3)
  })

  it('arranges the first two minutes: each size, each way of spoiling, two ill children within a minute', () => {
    for (const seed of [1, 2, 3]) {
      const first = ward(seed, 15)
      expect(new Set(first.map(({ size }) => size)).size).toBe(3)
      expect(new Set(first.flatMap(({ spoilt }) => spoilt ?? [])).size).toBe(3)
      const ill = first.slice(0, 8).filter(({ kind }) => kind === 'pneumonia')
      expect(ill.length).toBeGreaterThanOrEqual(2)
    }
  })
})
