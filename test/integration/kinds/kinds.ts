import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { scoreNames } from '#core/contracts/output-tensor.ts'
import type { Reading } from '#core/contracts/reading.ts'
import { workFolder } from '#support/drafts.ts'
import { startTestEdge, type TestEdge } from '#support/edge.ts'
import { inferRequest } from '#support/same-answers.ts'
import { type About, aboutOf, fedBy, foldersIn, type Tried, tryKind } from '#support/try-kind.ts'
import { answersIn, worthlessReadings } from '#support/worthless.ts'
import { meanings, tolerance, tolerances } from './meanings.ts'

export const zoo = join(import.meta.dirname, '../../zoo')

/** Three lots, so that they can be tried beside one another. */
export const lots = ['learners', 'graphs', 'media'] as const
type Lot = (typeof lots)[number]

export function lotOf({ feed, madeBy }: About): Lot {
  if (
    feed.some(
      ({ from, dtype }) => from === 'image' || from === 'window' || from === 'series' || dtype === 'string',
    )
  )
    return 'media'
  return /scikit-learn|LightGBM|XGBoost/.test(madeBy) ? 'learners' : 'graphs'
}

/** Much of a try is waiting for a process that starts. */
const atOnce = 2

export const kinds = foldersIn(zoo)

/** Each model of the lot: from file and reference to a running model that answers as onnxruntime does, or not at all. */
export function describeLot(lot: Lot): void {
  let edge: TestEdge
  const work = workFolder()
  const names = kinds.filter((name) => lotOf(aboutOf(join(zoo, name))) === lot)
  const results = new Map(names.map((name) => [name, Promise.withResolvers<Tried>()]))
  beforeAll(async () => {
    edge = await startTestEdge()
    const waiting = [...results]
    // A failure belongs to the test of its model, which may not have begun.
    for (const { promise } of results.values()) promise.catch(() => undefined)
    const tryNext = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const [name, { resolve, reject }] = next
        await tryKind(edge, join(zoo, name), work.dir, name).then(resolve, reject)
      }
    }
    for (let k = 0; k < atOnce; k++) void tryNext()
  })
  afterAll(async () => {
    await edge.remove()
    work.remove()
  })

  describe.each(names)('%s', (name) => {
    let tried: Tried
    beforeAll(async () => {
      tried = await results.get(name)!.promise
    })

    it('is drafted as what it is', () => {
      const { about, manifest, draft } = tried
      expect(fedBy(manifest)).toEqual(
        about.feed.map(({ input, from, dtype, columns = [], steps, layout }) => ({
          input,
          from,
          dtype,
          columns,
          ...(steps !== undefined && { steps }),
          ...(layout !== undefined && { layout }),
        })),
      )
      expect(manifest.operation.fixedBatch).toBe(batchOf(about))
      const drafted = manifest.outputs.map((output) => {
        const { classes } = meanings[name]![output.name] ?? {}
        const { kind, activation } = output
        const columns = scoreNames(output).length
        return [output.name, { kind, activation, columns, ...(classes && { classes: output.classes }) }]
      })
      expect(drafted).toEqual(Object.entries(meanings[name]!))
      const leftOut = draft.unusedOutputs.map((output) => output.name)
      expect([...Object.keys(meanings[name]!), ...leftOut].sort()).toEqual(Object.keys(about.outputs).sort())
    })

    it('answers as onnxruntime does', () => {
      expect(tried.compared).toBeGreaterThanOrEqual(10)
      expect(tried.largestDifference).toBeLessThanOrEqual(tolerances[name] ?? tolerance)
      if (tried.rawDifference !== null)
        expect(tried.rawDifference).toBeLessThanOrEqual(tolerances[name] ?? tolerance)
    })

    it('answers nothing to what says nothing', async () => {
      const { manifest, good, send } = tried
      const values = worthlessReadings(manifest, good)
      const startMs = Date.parse(good.time) + 60_000
      // A full window of nothing, and then of each kind of nothing, for an asset that has a full window and for a new one.
      const steps = Math.max(1, ...manifest.inputs.tensors.map((t) => (t.kind === 'window' ? t.steps : 1)))
      const readings = ['nobody', good.asset].flatMap((asset) => [
        ...Array.from({ length: steps }, () => ['everything null', asset] as const),
        ...Object.keys(values).map((what) => [what, asset] as const),
      ])
      const decisions = await send(
        readings.map(([what, asset], k): Reading => {
          return { asset, time: new Date(startMs + k).toISOString(), values: values[what]! }
        }),
      )
      const answered = decisions.flatMap((decision, k) => {
        const answers = answersIn(decision)
        return answers.length === 0 ? [] : [`${readings[k]!.join(', ')}: ${answers.join(', ')}`]
      })
      expect(decisions).toHaveLength(readings.length)
      expect(answered).toEqual([])
    })

    it('answers nothing to tensors of nulls', async () => {
      const { manifest, good } = tried
      const request = inferRequest(manifest, [good], () => null)
      if (!request) return expect(manifest.inputs.tensors.some(({ kind }) => kind === 'window')).toBe(true)
      const response = await edge.raw('POST', `/v2/models/${manifest.id}/infer`, {
        body: JSON.stringify(request),
        headers: { 'content-type': 'application/json' },
      })
      expect(response.ok).toBe(false)
      expect(Object.keys((await response.json()) as object)).toEqual(['error'])
    })
  })
}

/** A fixed first axis of what is fed; a model without that axis takes a row at a time. */
function batchOf({ inputs, feed }: About): number | undefined {
  if (feed.every(({ shape, from }) => from === 'columns' && shape.length === 1 && shape[0]! > 1)) return 1
  const fixed = feed.flatMap(({ input, shape }) => {
    const first = /\[(\d+)[,\]]/.exec(inputs[input]!)?.[1]
    return first !== undefined && shape.length > 0 ? [Number(first)] : []
  })
  return fixed[0]
}
