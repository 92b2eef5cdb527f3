import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ReadingsPage } from '#core/contracts/api.ts'
import { startTestEdge, type TestEdge } from '#support/edge.ts'
import { mlp } from '#support/models.ts'
import { installOn, packaged } from '#support/package.ts'

let edge: TestEdge
beforeAll(async () => {
  edge = await startTestEdge()
  const { model } = mlp({ inputs: 3, hidden: 8, outputs: 2, activation: 'softmax', seed: 7 })
  await installOn(edge, await packaged({ id: 'mlp', model, features: ['a', 'b', 'c'] }))
})
afterAll(() => edge.remove())

const infer = async (body: unknown, type: string | null = 'application/json') => {
  const response = await edge.raw('POST', '/v2/models/mlp/infer', {
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: type === null ? {} : { 'content-type': type },
  })
  return {
    status: response.status,
    body: (await response.json()) as {
      error?: string
      outputs?: { name: string; shape: number[]; data: number[] }[]
      id?: string
    },
  }
}
const input = (data: unknown[], shape: number[], datatype = 'FP32') => ({
  inputs: [{ name: 'input', shape, datatype, data }],
})

describe('Open Inference Protocol v2', () => {
  it('describes itself and the model', async () => {
    expect(await edge.client.json('GET', '/v2')).toMatchObject({ name: 'edgewright' })
    expect(await edge.client.json('GET', '/v2/health/live')).toEqual({ live: true })
    expect(await edge.client.json('GET', '/v2/health/ready')).toEqual({ ready: true })
    expect(await edge.client.json('GET', '/v2/models/mlp')).toMatchObject({
      name: 'mlp',
      versions: ['1.0.0'],
      inputs: [{ name: 'input', datatype: 'FP32', shape: [-1, 3] }],
    })
    expect(await edge.client.json('GET', '/v2/models/mlp/versions/1.0.0/ready')).toMatchObject({
      ready: true,
    })
  })

  it('answers rows together as it answers them one by one', async () => {
    const rows = [
      [0.1, 0.2, 0.3],
      [0.4, -0.5, 0.6],
      [-0.7, 0.8, 0.9],
    ]
    const flat = await infer({ id: 'r-1', ...input(rows.flat(), [3, 3]) })
    const nested = await infer(input(rows, [3, 3]))
    expect(flat.body).toMatchObject({ id: 'r-1', outputs: [{ shape: [3, 2] }] })
    expect(nested.body.outputs).toEqual(flat.body.outputs)
    const one = await Promise.all(
      rows.map(async (row) => (await infer(input(row, [1, 3]))).body.outputs![0]!.data),
    )
    one.flat().forEach((p, i) => expect(p).toBeCloseTo(flat.body.outputs![0]!.data[i]!, 5))
  })

  it('takes a body without a type, as the Python client sends it', async () => {
    const bytes = new Blob([JSON.stringify(input([1, 2, 3], [1, 3]))])
    const response = await edge.raw('POST', '/v2/models/mlp/infer', { body: await bytes.bytes() })
    expect(response.status).toBe(200)
  })

  it('is journaled like any reading', async () => {
    const answer = await infer(input([0.25, 0.5, 0.75], [1, 3]))
    const { readings } = await edge.client.json<ReadingsPage>('GET', '/api/models/mlp/readings?limit=1')
    expect(readings[0]).toMatchObject({ values: { a: 0.25, b: 0.5, c: 0.75 } })
    expect(readings[0]?.decision.probability).toBeCloseTo(answer.body.outputs![0]!.data[1]!, 6)
  })

  it.each<[string, unknown, number, RegExp]>([
    ['a wrong width', input([1, 2], [1, 2]), 400, /\[rows, 3\]/],
    [
      'a shape that the data does not fill',
      input([1, 2, 3], [2, 3]),
      400,
      /says shape \[2, 3\] and brings 3 values/,
    ],
    ['a wrong datatype', input([1, 2, 3], [1, 3], 'INT64'), 400, /takes FP32/],
    [
      'an unknown input',
      { inputs: [{ name: 'x', shape: [1, 3], datatype: 'FP32', data: [1, 2, 3] }] },
      400,
      /"x" is not one/,
    ],
    [
      'an unknown output',
      { ...input([1, 2, 3], [1, 3]), outputs: [{ name: 'logits' }] },
      400,
      /"logits" is not one/,
    ],
    ['text in a tensor', input([1, 'two', 3], [1, 3]), 400, /row 0: "b" is the text "two"/],
    ['null in a tensor', input([1, null, 3], [1, 3]), 400, /row 0: "b" is null/],
    ['truncated JSON', '{"inputs": [', 400, /JSON/],
    ['no inputs', {}, 400, /inputs/],
    ['a shape that would fill the memory', input([], [40_000_000, 3]), 400, /at most 20000/],
    ['no rows', input([], [0, 3]), 400, /no rows/],
    [
      'an input twice',
      { inputs: [...input([1, 2, 3], [1, 3]).inputs, ...input([4, 5, 6], [1, 3]).inputs] },
      400,
      /twice/,
    ],
    [
      'a number that is none',
      '{"inputs":[{"name":"input","shape":[1,3],"datatype":"FP32","data":[1e999,2,3]}]}',
      400,
      /finite/,
    ],
    [
      'a tensor nested without end',
      `{"inputs":[{"name":"input","shape":[1,3],"datatype":"FP32","data":${'['.repeat(5000)}${']'.repeat(5000)}}]}`,
      400,
      /./,
    ],
  ])('%s', async (_, body, status, words) => {
    const answer = await infer(body)
    expect(answer.status).toBe(status)
    expect(answer.body.error).toMatch(words)
    expect((await infer(input([1, 2, 3], [1, 3]))).status).toBe(200)
  })

  it('an unknown model or version', async () => {
    expect((await edge.raw('GET', '/v2/models/ghost')).status).toBe(404)
    const response = await edge.raw('GET', '/v2/models/mlp/versions/9.9.9')
    expect([response.status, typeof ((await response.json()) as { error: unknown }).error]).toEqual([
      404,
      'string',
    ])
  })
})
