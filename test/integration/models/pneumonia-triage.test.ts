import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Manifest, manifestSchema } from '#core/contracts/manifest.ts'
import { quiet, step } from '#edge/alerts/condition.ts'
import type { BadImage, InferenceLane } from '#edge/inference/lane.ts'
import { openLane } from '#edge/inference/open-lane.ts'
import { fromBase64 } from '#edge/ingest/media.ts'
import { readPackage } from '#edge/package/read-package.ts'
import { stream } from '#models/machine-failure/chance.ts'
import { type Class, classes, drawXray } from '#models/pneumonia-triage/eigen.ts'
import { toPng, unexposed } from '#models/pneumonia-triage/picture.ts'
import { simulateWithTruth, sized, type Taken } from '#models/pneumonia-triage/ward.ts'

const folder = new URL('../../../models/pneumonia-triage/', import.meta.url)
const read = (file: string) => readFileSync(new URL(file, folder))
const manifest: Manifest = manifestSchema.parse(JSON.parse(read('package/model.json').toString()))
const spec = manifest.inputs.tensors.find((tensor) => tensor.kind === 'image')!
const rule = manifest.decision.alerts[0]!
const startMs = Date.parse('2026-11-24T14:00:00Z')

let lane: InferenceLane
beforeAll(async () => {
  const sha256 = createHash('sha256').update(read('package/model.onnx')).digest('hex')
  lane = openLane({ path: fileURLToPath(new URL('package/model.onnx', folder)), sha256 })
  await lane.ready
})
afterAll(() => lane.close())

/** Files to probabilities of pneumonia; NaN: no answer. */
async function ask(images: Uint8Array[]): Promise<{ answers: number[]; bad: BadImage[] }> {
  const request = { rows: images.length, inputs: { xray: { images, spec } }, outputs: ['probability'] }
  const { outputs, badImages = [] } = await lane.infer(request, 20_000)
  return { answers: [...(outputs['probability']!.data as Float32Array)], bad: badImages }
}

const drawn = (kind: Class, count: number) =>
  Array.from({ length: count }, (_, i) => drawXray(kind, stream(5, classes.indexOf(kind), i)))

describe('the X-ray model', () => {
  it('is packed as its folder has it', async () => {
    const into = mkdtempSync(join(tmpdir(), 'edgewright-demo-'))
    try {
      const file = `pneumonia-triage-${manifest.version}.ewp`
      const packed = await readPackage(fileURLToPath(new URL(file, folder)), into)
      expect(packed.manifest).toEqual(manifest)
      for (const name of ['model.onnx', 'card.md', 'baseline.json', 'baseline.bin', 'golden.json'])
        expect(readFileSync(join(packed.dir, name)).equals(read(`package/${name}`)), name).toBe(true)
    } finally {
      rmSync(into, { recursive: true, force: true })
    }
  })

  it('takes grey values and gives one probability, for any number of images', async () => {
    const { inputs, outputs } = await lane.ready
    expect(inputs).toEqual([{ name: 'xray', dtype: 'uint8', shape: ['rows', 1, 28, 28] }])
    expect(outputs).toEqual([{ name: 'probability', dtype: 'float32', shape: ['rows', 1] }])
  })

  it('answers as the trained network did, image by image, and says nothing of one without contrast', async () => {
    const parity = JSON.parse(read('parity.json').toString()) as {
      images: string
      probabilities: (number | null)[]
    }
    const pixels = Buffer.from(parity.images, 'base64')
    const images = parity.probabilities.map((_, i) => pixels.subarray(784 * i, 784 * (i + 1)))
    const { answers } = await ask(images.map((grey) => toPng({ width: 28, height: 28, pixels: grey })))
    expect(answers).toHaveLength(32)
    answers.forEach((p, i) => {
      const expected = parity.probabilities[i]!
      if (expected === null) expect(p).toBeNaN()
      else expect(Math.abs(p - expected)).toBeLessThan(1e-5)
    })
    expect(parity.probabilities.filter((p) => p === null)).toHaveLength(1)
  })

  it('gives no number for images that show nothing or cannot be read', async () => {
    const black = (noise: number, side: number) => toPng(unexposed(side, side, noise, stream(1, noise)))
    const cut = toPng(drawn('pneumonia', 1)[0]!).subarray(0, 300)
    const { answers, bad } = await ask([black(0, 28), black(3, 28), black(3, 512), cut])
    expect(answers.every(Number.isNaN)).toBe(true)
    expect(bad.map(({ row, code }) => [row, code])).toEqual([
      [0, 'image-blank'],
      [3, 'image-unreadable'],
    ])
  })

  it('answers drawn images as the card says', async () => {
    const { spread } = JSON.parse(read('metrics.json').toString()) as {
      spread: {
        generated: Record<Class, { flagged: { value: number }; percentiles: Record<string, number> }>
      }
    }
    for (const kind of classes) {
      const { answers } = await ask(drawn(kind, 500).map(toPng))
      const { flagged, percentiles } = spread.generated[kind]
      const flaggedHere = answers.filter((p) => p >= rule.raise).length / answers.length
      // Four standard errors of a share of 500.
      const error = Math.sqrt((flagged.value * (1 - flagged.value)) / 500)
      expect(Math.abs(flaggedHere - flagged.value)).toBeLessThan(4 * error)
      const median = answers.toSorted((a, b) => a - b)[250]!
      expect(median).toBeGreaterThan(percentiles['25']!)
      expect(median).toBeLessThan(percentiles['75']!)
    }
  })

  it.each(['large', 'wide'] as const)('answers a %s image much as the small one', async (size) => {
    for (const kind of classes) {
      const greys = drawn(kind, 20)
      const { answers } = await ask(greys.map(toPng))
      const { answers: other } = await ask(greys.map((grey) => toPng(sized(grey, size))))
      const differences = other.map((p, i) => Math.abs(p - answers[i]!)).toSorted((a, b) => a - b)
      expect(differences[10]).toBeLessThan(0.05)
      const same = other.filter((p, i) => p >= rule.raise === answers[i]! >= rule.raise)
      expect(same.length).toBeGreaterThanOrEqual(18)
    }
  })
})

interface Raised {
  step: number
  asset: string
  kind: Taken['kind']
}

interface Watched {
  raised: Raised[]
  /** Alerts at the end that no later image has cleared. */
  open: number
  /** Children who were flagged, in a bed that another child's alert still stood for. */
  hidden: number
}

/** What the shipped graph and the manifest's rule make of the simulated ward. */
async function watch(seed: number, steps: number): Promise<Watched> {
  const raised: Raised[] = []
  const conditions = new Map<string, ReturnType<typeof step>>()
  const flagged = new Set<number>()
  const alerted = new Set<number>()
  let k = 0
  for (const taken of simulateWithTruth({ seed, startMs })) {
    if (k >= steps) break
    const { asset, time, values } = taken.reading
    const image = fromBase64(String(values['xray']))!
    const { answers, bad } = await ask([image])
    const unreadable = taken.spoilt === 'cut-off' ? 'image-unreadable' : 'image-blank'
    if (taken.spoilt && taken.spoilt !== 'dark') expect(bad[0]?.code).toBe(unreadable)
    else expect(bad).toEqual([])
    expect(Number.isNaN(answers[0])).toBe(taken.spoilt !== undefined)
    if (!taken.spoilt) {
      const before = conditions.get(asset) ?? quiet
      const after = step(rule, before, answers[0]!, Date.parse(time))
      conditions.set(asset, after)
      if (after.active && !before.active) {
        raised.push({ step: k, asset, kind: taken.kind })
        alerted.add(taken.child)
      }
      if (answers[0]! >= rule.raise) flagged.add(taken.child)
    }
    k += 1
  }
  return {
    raised,
    open: [...conditions.values()].filter(({ active }) => active).length,
    hidden: flagged.size - alerted.size,
  }
}

describe('the X-ray ward', () => {
  it('raises within a minute of its start, honestly, and does not flood', async () => {
    const { raised, open, hidden } = await watch(1, 450)
    expect(raised[0]!.step * 8).toBeLessThan(60)
    expect(raised[0]!.kind).toBe('pneumonia')
    const early = raised.filter((each) => each.step < 75)
    expect(early.length).toBeLessThanOrEqual(10)
    expect(raised.filter(({ kind }) => kind === 'pneumonia').length / raised.length).toBeGreaterThan(0.6)
    expect(open).toBeLessThanOrEqual(8)
    expect(hidden / (raised.length + hidden)).toBeLessThan(0.12)
  })
})
