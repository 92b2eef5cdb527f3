import { describe, expect, it } from 'vitest'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Golden } from '#core/contracts/package.ts'
import { compareGolden } from '#core/package/compare-golden.ts'
import { chooseGoldenRows } from '#core/package/golden-rows.ts'
import type { InferAnswer, InferenceLane, InferRequest } from '#edge/inference/lane.ts'
import { makeGolden, verifyGolden } from '#edge/package/golden.ts'
import { numbersOf } from '#support/fed.ts'
import { manifestOf } from '#support/manifest.ts'

const tolerance = { absolute: 0.01, relative: 0.1 }

describe('compareGolden', () => {
  it('allows absolute + relative·|expected|, to the edge', () => {
    expect(compareGolden([[1]], Float32Array.of(1.10999), 1, tolerance).beyond).toBeUndefined()
    expect(compareGolden([[1]], Float32Array.of(1.1101), 1, tolerance).beyond).toMatchObject({
      row: 0,
      column: 0,
      expected: 1,
    })
    expect(compareGolden([[0]], Float32Array.of(0.011), 1, tolerance).beyond).toBeDefined()
  })

  it('takes null for no number, both ways', () => {
    expect(compareGolden([[null]], Float32Array.of(Number.NaN), 1, tolerance).beyond).toBeUndefined()
    expect(compareGolden([[null]], Float32Array.of(1), 1, tolerance).beyond).toMatchObject({
      expected: null,
      found: 1,
    })
    expect(compareGolden([[1]], Float32Array.of(Number.NaN), 1, tolerance).beyond).toMatchObject({
      expected: 1,
    })
  })

  it('finds a column too many or too few', () => {
    expect(compareGolden([[1]], Float32Array.of(1, 0), 2, tolerance).beyond).toMatchObject({ column: 1 })
    expect(compareGolden([[1, 0]], Float32Array.of(1), 1, tolerance).beyond).toMatchObject({ column: 1 })
  })

  it('names the largest difference of all', () => {
    expect(
      compareGolden([[1], [2]], Float32Array.of(1.05, 1.75), 1, { absolute: 1, relative: 0 }).largest,
    ).toBeCloseTo(0.25, 6)
  })
})

describe('chooseGoldenRows', () => {
  const n = 1000
  const rows = Array.from({ length: n }, (_, k) => k)
  const a = Float64Array.from(rows, (row) => (row * 7919) % n)
  const b = Float64Array.from(rows, (row) => (row === 500 ? Number.NaN : (row * 104729) % n))
  const score = Float64Array.from(rows, (row) => (row === 123 ? 1 : row / (2 * n)))

  it('takes both ends of the score and of each feature, and a null', () => {
    const chosen = chooseGoldenRows([a, b], [score], rows)
    expect(chosen).toHaveLength(16)
    expect(new Set(chosen).size).toBe(16)
    for (const row of [0, 123, 500, a.indexOf(0), a.indexOf(n - 1), b.indexOf(0), b.indexOf(n - 1)])
      expect(chosen).toContain(row)
  })

  it('takes all there are of a few', () => {
    expect(chooseGoldenRows([a], [score], [3, 4, 5])).toEqual([3, 4, 5])
  })

  it('takes as many as asked for with many scores and features', () => {
    const many = Array.from({ length: 40 }, (_, k) =>
      Float64Array.from(rows, (row) => (row * (2 * k + 1)) % n),
    )
    expect(chooseGoldenRows(many, many, rows, 4)).toHaveLength(4)
  })
})

/** A lane that answers by a function of one row's numbers and of its batch. */
function laneOf(answer: (row: number[], batch: number[][]) => number): {
  lane: InferenceLane
  batches: number[]
} {
  const batches: number[] = []
  const infer = async ({ rows, inputs }: InferRequest): Promise<InferAnswer> => {
    const { data, width } = numbersOf(inputs['x'])
    const batch = Array.from({ length: rows }, (_, row) => [...data.subarray(row * width, (row + 1) * width)])
    batches.push(rows)
    return {
      outputs: { p: { data: Float32Array.from(batch, (row) => answer(row, batch)), width: 1 } },
      runMs: 0,
      provider: 'cpu',
    }
  }
  const ready = Promise.resolve({
    inputs: [],
    outputs: [],
    provider: 'cpu',
    onnxruntimeVersion: '0',
    loadMs: 0,
  })
  return {
    lane: {
      status: { state: 'ready', pid: 0 },
      ready,
      infer,
      onStatus: () => undefined,
      close: async () => undefined,
    },
    batches,
  }
}

const sum = (row: number[]) => row.reduce((x, y) => x + y, 0)
const inputs = { x: { data: Float32Array.of(0, 0.1, 0.2, 0.3, 0.4, Number.NaN), width: 2 } }
const manifest = manifestOf()

describe('golden vectors', () => {
  const make = (answer: (row: number[], batch: number[][]) => number, of = manifest) =>
    makeGolden(laneOf(answer).lane, inputs, 3, 'finite', of)
  const golden: Golden = {
    madeWith: { onnxruntime: '0', provider: 'cpu', platform: 'test' },
    inputs: {
      x: [
        [0, 0.25],
        [1, 2],
      ],
    },
    outputs: { p: [[0.25], [3]] },
    nullRow: 'finite',
  }

  it('are made one by one and all at once, with null for what is no number', async () => {
    const { lane, batches } = laneOf(sum)
    const made = await makeGolden(lane, inputs, 3, 'not-finite', manifest)
    expect(batches).toEqual([1, 1, 1, 3])
    expect(made.inputs['x']![2]).toEqual([Math.fround(0.4), null])
    expect(made.outputs['p']![2]).toEqual([null])
    expect(made.outputs['p']![1]![0]).toBeCloseTo(0.5, 6)
  })

  it('are refused where an answer depends on the batch or is infinite', async () => {
    await expect(make((row, batch) => sum(row) + batch.length)).rejects.toThrow(
      /depend on the other rows of the batch.*golden row 1, column 1/,
    )
    await expect(make(() => Number.POSITIVE_INFINITY)).rejects.toThrow(/infinite/)
  })

  it('fill a fixed batch up, and cut the filling off', async () => {
    const seen: number[][][] = []
    const { lane, batches } = laneOf((row, batch) => {
      seen.push(batch)
      return sum(row)
    })
    const fixed = manifestOf({ operation: { fixedBatch: 2 } })
    const made = await makeGolden(lane, inputs, 3, 'finite', fixed)
    expect(batches.every((rows) => rows === 2)).toBe(true)
    expect(made.outputs['p']).toHaveLength(3)
    expect(seen[0]).toEqual([seen[0]![0], seen[0]![0]])
  })

  it('agree, or are refused in words with the place', async () => {
    expect(await verifyGolden(laneOf(sum).lane, golden, manifest)).toEqual({
      ok: true,
      passed: 2,
      of: 2,
      largestDifference: 0,
    })
    const off = await verifyGolden(laneOf((row) => sum(row) * 1.001).lane, golden, manifest)
    expect(off).toMatchObject({
      ok: false,
      reason: expect.stringContaining('golden row 1, column 1 of "p" should be 0.25'),
    })
  })

  it('are refused where the lane fails; a fault of ours is no refusal', async () => {
    const { lane } = laneOf(sum)
    const failing = (error: Error) =>
      verifyGolden({ ...lane, infer: () => Promise.reject(error) }, golden, manifest)
    expect(await failing(new EdgewrightError('lane-failed', 'the lane is gone'))).toEqual({
      ok: false,
      reason: 'the lane is gone',
    })
    await expect(failing(new TypeError('a bug'))).rejects.toThrow(TypeError)
  })
})
