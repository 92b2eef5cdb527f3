import { describe, expect, it } from 'vitest'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { ImageTensor } from '#core/contracts/input-tensor.ts'
import { ask } from '#edge/inference/ask.ts'
import type { InferAnswer, InferenceLane, InferRequest } from '#edge/inference/lane.ts'
import { toTensors } from '#edge/inference/to-tensors.ts'
import { createValidator } from '#edge/ingest/validate.ts'
import { numbersOf } from '#support/fed.ts'
import { manifestOf } from '#support/manifest.ts'

const nowMs = Date.parse('2026-11-24T14:00:00Z')
const manifest = manifestOf()
const readings = (values: unknown[]) =>
  values.map((a) => ({ asset: 'x', time: '2026-11-24T13:00:00Z', values: { a, b: 1 } }))
const check = (values: unknown[]) => createValidator(manifest).check(readings(values), nowMs)

/** Answers each row with its first input; refuses whole requests that hold `poison`. */
function lane(poison?: number): InferenceLane & { requests: number[] } {
  const requests: number[] = []
  return {
    requests,
    status: { state: 'ready', pid: 1 },
    ready: Promise.reject(new Error('unused')).catch(() => undefined) as never,
    onStatus: () => undefined,
    close: async () => undefined,
    async infer({ rows, inputs }: InferRequest): Promise<InferAnswer> {
      requests.push(rows)
      const { data, width } = numbersOf(inputs['x'])
      const firsts = Float32Array.from({ length: rows }, (_, i) => data[i * width]!)
      if (poison !== undefined && firsts.includes(poison)) throw new EdgewrightError('inference-failed', 'no')
      return { outputs: { p: { data: firsts, width: 1 } }, runMs: 0, provider: 'cpu' }
    },
  }
}

describe('asking the model', () => {
  it('sends only what is fit, and knows which answer is whose', async () => {
    const answer = await ask(lane(), manifest, check([1, 'bad', 3]), () => undefined)
    expect([...answer.at]).toEqual([0, -1, 1])
    expect([...answer.raw!['p']!.data]).toEqual([1, 3])
  })
  it('one reading that the model refuses does not take its neighbours with it', async () => {
    const answer = await ask(lane(2), manifest, check([1, 2, 3]), () => undefined)
    expect([...answer.at]).toEqual([0, -1, 2])
    expect([answer.raw!['p']!.data[0], answer.raw!['p']!.data[2]]).toEqual([1, 3])
    expect(answer.failures.get(1)?.code).toBe('inference-failed')
  })
  it('says which provider answered, the last where they change on the way, and none where nobody did', async () => {
    const providers = ['cuda', 'cpu']
    const changing: InferenceLane = {
      ...lane(),
      infer: async (request, deadlineMs) => ({
        ...(await lane(2).infer(request, deadlineMs)),
        provider: providers.shift() ?? 'cpu',
      }),
    }
    expect((await ask(changing, manifest, check([1, 3]), () => undefined)).provider).toBe('cuda')
    providers.unshift('cuda')
    expect((await ask(changing, manifest, check([1, 2, 3]), () => undefined)).provider).toBe('cpu')
    expect((await ask(lane(2), manifest, check([2]), () => undefined)).provider).toBe('none')
    expect((await ask(lane(), manifest, check(['bad']), () => undefined)).provider).toBe('none')
  })
  it('does not try a hundred readings that all fail', async () => {
    const refusing = lane(7)
    const answer = await ask(refusing, manifest, check(new Array(100).fill(7)), () => undefined)
    expect(answer.failures.size).toBe(100)
    expect(refusing.requests.length).toBe(1 + 3)
  })
  it('answers every reading where the model’s rows are of different widths', async () => {
    const growing: InferenceLane = {
      ...lane(),
      async infer({ rows, inputs }) {
        if (rows > 1) throw new EdgewrightError('inference-failed', 'no')
        const width = numbersOf(inputs['x']).data[0]!
        return { outputs: { p: { data: new Float32Array(width), width } }, runMs: 0, provider: 'cpu' }
      },
    }
    const answer = await ask(growing, manifest, check([1, 2]), () => undefined)
    expect([...answer.at]).toEqual([-1, -1])
    expect([...answer.failures.values()].map(({ code }) => code)).toEqual([
      'inference-failed',
      'inference-failed',
    ])
  })
  it('fills up a fixed batch and cuts the filling off', async () => {
    const fixed = manifestOf({ operation: { fixedBatch: 2 } })
    const three = lane()
    const answer = await ask(three, fixed, check([1, 2, 3]), () => undefined)
    expect(three.requests).toEqual([2, 2])
    expect([...answer.raw!['p']!.data]).toEqual([1, 2, 3])
  })
  it('asks nothing where nothing is fit', async () => {
    const idle = lane()
    expect((await ask(idle, manifest, check(['bad']), () => undefined)).raw).toBeUndefined()
    expect(idle.requests).toEqual([])
  })
  it('puts the fill in the place of a null', () => {
    const nullable = manifestOf({
      features: [
        { name: 'a', title: 'a', kind: 'number', nullable: true, fill: 9 },
        { name: 'b', title: 'b', kind: 'number', nullable: true, fill: 'nan' },
      ],
    })
    const columns = [Float64Array.of(Number.NaN), Float64Array.of(Number.NaN)]
    expect([...numbersOf(toTensors(nullable, { values: columns }, [0])['x']).data]).toEqual([9, Number.NaN])
  })

  it('answers for an image that cannot be used, in a batch whose rest is refused, too', async () => {
    const picture: ImageTensor = {
      name: 'picture',
      kind: 'image',
      dtype: 'float32',
      feature: 'photo',
      width: 2,
      height: 2,
      colour: 'grey',
      layout: 'channels-first',
      fit: 'fill',
      kernel: 'linear',
    }
    const pictures = manifestOf({
      features: [{ name: 'photo', title: 'Photo', kind: 'image', nullable: false }],
      tensors: [picture],
      operation: { fixedBatch: 2 },
    })
    const png = (byte: number) =>
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, byte]).toString('base64')
    const [good, blank, poison] = [1, 2, 3]
    const raw = [blank, good, good, poison, good].map((byte, k) => ({
      asset: `x${k}`,
      time: '2026-11-24T13:00:00Z',
      values: { photo: png(byte!) },
    }))
    const eye: InferenceLane = {
      ...lane(),
      async infer({ rows, inputs }) {
        const fed = inputs['picture']!
        if (!('images' in fed)) throw new Error('no images')
        const last = fed.images.map((bytes) => bytes.at(-1)!)
        if (last.includes(poison!)) throw new EdgewrightError('inference-failed', 'no')
        return {
          outputs: { p: { data: Float32Array.from(last, (x) => x / 4), width: 1 } },
          badImages: last.flatMap((x, row) =>
            x === blank ? [{ row, code: 'image-blank' as const, reason: 'it is blank' }] : [],
          ),
          runMs: rows,
          provider: 'cpu',
        }
      },
    }
    const answer = await ask(eye, pictures, createValidator(pictures).check(raw, nowMs), () => undefined)
    expect([...answer.at]).toEqual([-1, 1, 2, -1, 4])
    expect([1, 2, 4].map((row) => answer.raw!['p']!.data[row])).toEqual([0.25, 0.25, 0.25])
    expect([...answer.failures].map(([row, { code }]) => [row, code])).toEqual([
      [0, 'image-blank'],
      [3, 'inference-failed'],
    ])
  })
})
