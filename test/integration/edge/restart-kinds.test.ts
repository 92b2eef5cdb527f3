import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ReadingsPage } from '#core/contracts/api.ts'
import type { Decision } from '#core/contracts/decision.ts'
import { startTestEdge, type TestEdge } from '#support/edge.ts'
import { tryKind } from '#support/try-kind.ts'

const zoo = new URL('../../zoo/', import.meta.url).pathname
let edge: TestEdge
let work: string

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'edgewright-kinds-'))
  edge = await startTestEdge()
})
afterAll(async () => {
  await edge.remove()
  rmSync(work, { recursive: true, force: true })
})

const send = (id: string, reading: object) =>
  edge.client.json<Decision>('POST', `/api/models/${id}/readings`, reading)
const newest = async (id: string) =>
  (await edge.client.json<ReadingsPage>('GET', `/api/models/${id}/readings?limit=2`)).readings

describe('after a restart', () => {
  it('an image model, a window model and an .ort model go on where they were', async () => {
    await tryKind(edge, join(zoo, 'image-grey'), work, 'image')
    const windows = await tryKind(edge, join(zoo, 'window-lstm'), work, 'window')
    await tryKind(edge, join(zoo, 'ort-mlp'), work, 'ort')
    const before = await newest('window')
    const { asset, values } = before.find(({ decision }) => decision.verdict !== 'rejected')!

    edge = await edge.restart()

    // The window is full at once: what it needs was in the journal.
    const answer = await send('window', { asset, time: new Date().toISOString(), values })
    expect(answer.quality).toEqual([])
    expect(answer.value ?? answer.probability).toBeTypeOf('number')
    // Another asset has to fill its own.
    const other = await send('window', { asset: 'new', time: new Date().toISOString(), values })
    expect(other).toMatchObject({ verdict: 'abstain' })
    const tensor = windows.manifest.inputs.tensors.find(({ kind }) => kind === 'window')
    expect(other.quality[0]).toMatchObject({
      code: 'window-filling',
      progress: { have: 1, need: tensor?.kind === 'window' && tensor.steps },
    })

    const [ort] = await newest('ort')
    const again = await send('ort', { asset: 'one', time: new Date().toISOString(), values: ort!.values })
    expect(again.verdict).not.toBe('abstain')

    // The image lies in the journal beside its reading, under its sha256.
    const kept = (await newest('image')).find(({ values: kept }) =>
      Object.values(kept).some((v) => v !== null),
    )!
    const reference = String(Object.values(kept.values).find((v) => String(v).startsWith('sha256:')))
    const response = await edge.raw(
      'GET',
      `/api/models/image/attachments/${reference.slice('sha256:'.length)}`,
    )
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('image/png')
    const bytes = Buffer.from(await response.arrayBuffer())
    expect(bytes.subarray(1, 4).toString()).toBe('PNG')
    const name = Object.keys(kept.values)[0]!
    const image = await send('image', {
      asset: 'one',
      time: new Date().toISOString(),
      values: { [name]: bytes.toString('base64') },
    })
    expect(image.quality).toEqual([])
  })
})

describe('the Open Inference Protocol', () => {
  it('names the types of the graph, in its metadata and in its answers', async () => {
    const { manifest } = await tryKind(edge, join(zoo, 'isolation-forest'), work, 'types')
    interface Metadata {
      inputs: { name: string; datatype: string; shape: number[] }[]
      outputs: { name: string; datatype: string; shape: number[] }[]
    }
    const { inputs, outputs } = await edge.client.json<Metadata>('GET', '/v2/models/types')
    const input = inputs[0]!
    const answer = await edge.client.json<{ outputs: { name: string; datatype: string; data: unknown[] }[] }>(
      'POST',
      '/v2/models/types/infer',
      { inputs: [{ ...input, shape: [1, input.shape[1]], data: new Array(input.shape[1]).fill(1) }] },
    )
    const typesOf = (all: { name: string; datatype: string }[]) => all.map((o) => [o.name, o.datatype])
    expect(typesOf(answer.outputs)).toEqual(typesOf(outputs))
    expect(outputs.map(({ name }) => name)).toEqual(manifest.outputs.map(({ name }) => name))
    const js: Record<string, string> = { BOOL: 'boolean', BYTES: 'string' }
    for (const { datatype, data } of answer.outputs) expect(typeof data[0]).toBe(js[datatype] ?? 'number')
    expect(outputs.map(({ datatype }) => datatype)).toEqual(['INT64', 'FP32'])
  })
})
